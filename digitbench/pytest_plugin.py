"""The gate as a plugin of pytest: a fixture, and a mark that says what is asked.

pytest loads this module at every start, so it imports nothing but pytest until a test is marked.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from digitbench.analysis.gate import Check
    from digitbench.types import RunRecord

_FIXTURE = "digitbench_run"
_MARK = "digitbench"
_MARK_HELP = (
    "digitbench(models=..., baseline=..., trials=..., min_accuracy=..., ...): run models and fail "
    "if one is worse than asked; see digitbench's page on continuous integration"
)
_RUNS = pytest.StashKey[dict[str, "DigitbenchRun"]]()
_REPORT_COLUMNS = 100


class DigitbenchRun:
    """The run that a test's mark asks for, judged.

    Attributes:
        check: what the gates found.
    """

    def __init__(self, check: "Check", images: Any) -> None:
        """Keep a check and the test images, if they could be had."""
        self.check = check
        self.looked_at = False
        self._images = images

    @property
    def record(self) -> "RunRecord":
        """The run, with its predictions."""
        return self.check.record

    @property
    def passed(self) -> bool:
        """Whether the gates let pass; who asks this decides himself what to do."""
        self.looked_at = True
        return self.check.passed

    @property
    def report(self) -> str:
        """What the gates found, as `digitbench check` prints it, below a line that sums it up."""
        import io

        from rich.console import Console

        from digitbench.report.gate import check_report, headline

        console = Console(file=io.StringIO(), width=_REPORT_COLUMNS, no_color=True)
        with console.capture() as captured:
            console.print(check_report(self.check, self._images))
        lines = [line.rstrip() for line in captured.get().splitlines()]
        return "\n".join([f"digitbench {headline(self.check)}", "", *lines])

    def accuracy(self, model: str) -> float:
        """Return a model's mean accuracy, a fraction.

        Args:
            model: its label, such as `knn[k=3]`.
        """
        for checked in self.check.models:
            if checked.label == model and checked.now is not None:
                return checked.now.accuracy
        raise KeyError(model)

    def assert_passed(self) -> None:
        """Fail the test if a gate failed, with what became wrong."""
        __tracebackhide__ = True
        if not self.passed:
            pytest.fail(self.report, pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", _MARK_HELP)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give marked tests the fixture, if they do not name it themselves."""
    if not isinstance(item, pytest.Function) or item.get_closest_marker(_MARK) is None:
        return
    if _FIXTURE not in item.fixturenames:
        item.fixturenames.append(_FIXTURE)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> "Generator[None, object, object]":
    """Judge the run after a marked test, unless the test has done so."""
    result = yield
    run = pyfuncitem.funcargs.get(_FIXTURE)
    if isinstance(run, DigitbenchRun) and not run.looked_at:
        run.assert_passed()
    return result


@pytest.fixture
def digitbench_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> DigitbenchRun:
    """Return the run that the test's mark asks for; tests with equal marks share it."""
    mark = request.node.get_closest_marker(_MARK)
    if mark is None:
        pytest.fail(f"{_FIXTURE} needs a mark: @pytest.mark.{_MARK}(models=...)", pytrace=False)
    if mark.args:
        pytest.fail(f"@pytest.mark.{_MARK} takes names only, as models=...", pytrace=False)
    runs = request.config.stash.setdefault(_RUNS, {})
    key = repr(sorted(mark.kwargs.items()))
    if key not in runs:
        runs[key] = _judged(mark.kwargs, request.config.rootpath, tmp_path_factory.mktemp(_MARK))
    return runs[key]


def _judged(asked: dict[str, Any], root: Path, runs_dir: Path) -> DigitbenchRun:
    from rich.console import Console

    from digitbench.cli.checking import CheckInterruptedError, judge_asked
    from digitbench.cli.images import test_images
    from digitbench.errors import DigitbenchError

    messages = Console(file=sys.stderr, highlight=False)
    if "data_dir" not in asked and (directory := os.environ.get("DIGITBENCH_DATA_DIR")):
        asked = asked | {"data_dir": directory}
    try:
        check, request = judge_asked(asked, root, runs_dir, messages)
    except DigitbenchError as error:
        fault = str(error)
    except CheckInterruptedError as error:
        raise KeyboardInterrupt from error
    else:
        fault = ""
    if fault:  # outside the handler, so that the report does not repeat the error as its context
        pytest.fail(f"digitbench: {fault}", pytrace=False)
    images = None
    if not check.passed:
        images = test_images(
            check.record,
            data_dir=request.data_dir,
            offline=request.offline,
            messages=messages,
            plugin_files=request.plugin_files,
        )
    return DigitbenchRun(check, images)
