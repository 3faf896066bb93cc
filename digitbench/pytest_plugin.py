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

    from digitbench.analysis.gate.judgement import Judgement
    from digitbench.types import RunRecord

_FIXTURE = "digitbench_run"
_MARK = "digitbench"
_MARK_HELP = (
    "digitbench(models=..., baseline=..., trials=..., min_accuracy=..., ...): run models and fail "
    "if one is worse than asked; see digitbench's page on continuous integration"
)
_JUDGED = pytest.StashKey[dict[str, tuple["Judgement", Any]]]()
"""What the session has run and judged, by what was asked: a check and the test images, if any."""
_RUNS = pytest.StashKey[list["DigitbenchRun"] | None]()
"""A test's own view of each run that its marks ask for, in this attempt to run the test; None
before they are made."""
_NO_VERDICT = pytest.StashKey[bool]()
"""Whether a test's marks could not be judged."""
_REPORT_COLUMNS = 100


class DigitbenchRun:
    """The run that a test's mark asks for, judged.

    Tests with equal marks share a run, but each has an object of this class of its own, so that
    none decides for another.

    Attributes:
        check: what the gates found.
        looked_at: whether the test has asked for the verdict, and decides itself what to do.
    """

    def __init__(self, check: "Judgement", images: Any) -> None:
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

        from digitbench.display.console import PlainConsole
        from digitbench.report.gate import check_report, headline

        console = PlainConsole(io.StringIO(), width=_REPORT_COLUMNS, no_color=True)
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


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> "Generator[None, None, None]":
    """Make the runs that a marked test asks for, after its fixtures; whatever kind of test it is.

    Each attempt to run a test begins here, so that a repeated test is judged again.
    """
    item.stash[_RUNS] = None
    item.stash[_NO_VERDICT] = False
    yield
    if not item.config.getoption("setuponly", False):
        _runs_of(item)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> "Generator[None, None, None]":
    """Judge the runs of a marked test that ends well, unless the test has done so.

    A test that fails or skips by itself is reported as it is.
    """
    yield
    for run in item.stash.get(_RUNS, None) or ():
        if not run.looked_at:
            run.assert_passed()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> "Generator[None, pytest.TestReport, pytest.TestReport]":
    """Report a mark that cannot be judged as an error, even of a test that is meant to fail."""
    report = yield
    if item.stash.get(_NO_VERDICT, False) and hasattr(report, "wasxfail"):
        del report.wasxfail
        report.outcome = "failed"
    return report


@pytest.fixture
def digitbench_run(request: pytest.FixtureRequest) -> DigitbenchRun:
    """Return the run that the test's mark asks for; of several marks, the one closest to the test.

    Tests with equal marks share the run; each decides on its own what becomes of it.
    """
    runs = _runs_of(request.node)
    if not runs:
        pytest.fail(f"{_FIXTURE} needs a mark: @pytest.mark.{_MARK}(models=...)", pytrace=False)
    return runs[0]


def _runs_of(item: pytest.Item) -> list[DigitbenchRun]:
    """Return a run for each mark of a test, the closest first; none twice in one attempt."""
    runs = item.stash.get(_RUNS, None)
    if runs is None:
        item.stash[_NO_VERDICT] = True
        runs = [_run_of(mark, item.config) for mark in item.iter_markers(_MARK)]
        item.stash[_RUNS] = runs
        item.stash[_NO_VERDICT] = False
    return runs


def _run_of(mark: pytest.Mark, config: pytest.Config) -> DigitbenchRun:
    """Return a new view of the run that a mark asks for; the run is made once."""
    if mark.args:
        pytest.fail(f"@pytest.mark.{_MARK} takes names only, as models=...", pytrace=False)
    judged = config.stash.setdefault(_JUDGED, {})
    key = repr(sorted(mark.kwargs.items()))
    if key not in judged:
        judged[key] = _judge(dict(mark.kwargs), config.rootpath, _new_directory(config))
    return DigitbenchRun(*judged[key])


def _new_directory(config: pytest.Config) -> Path:
    """Return a new directory, if pytest's own plugin is there one that pytest clears away in time.

    pytest hands its directories to fixtures alone, and not every kind of test has fixtures.
    """
    factory: pytest.TempPathFactory | None = vars(config).get("_tmp_path_factory")
    if factory is not None:
        return factory.mktemp(_MARK)
    import tempfile

    return Path(tempfile.mkdtemp(prefix=f"{_MARK}-"))


def _judge(asked: dict[str, Any], root: Path, runs_dir: Path) -> tuple["Judgement", Any]:
    """Make a run and judge it."""
    from digitbench.display.console import PlainConsole
    from digitbench.display.messages import RichMessages
    from digitbench.errors import DigitbenchError
    from digitbench.workflows.check import CheckInterruptedError, judge_asked
    from digitbench.workflows.images import load_test_images

    messages = RichMessages(PlainConsole(sys.stderr), progress_shown=False)
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
        images = load_test_images(
            check.record,
            data_dir=request.data_dir,
            offline=request.offline,
            messages=messages,
            plugin_files=request.plugin_files,
        )
    return check, images
