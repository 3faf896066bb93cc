"""Pages of small runs, opened in Debian's Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digitbench.analysis.calibration import calibrations
from digitbench.datasets.bundled import DigitsLoader
from digitbench.metrics import NOTHING_COMPUTED
from digitbench.plugins import PluginHost, load_plugins
from digitbench.report.page import RunParts, report_page, runs_page
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import DataContext, RunPlan, RunRecord, TrialData

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TRIALS = 3
MODELS = ",".join(f"centroid[noise={0.2 * place:.1f}]" for place in range(12))
HOSTILE = (
    "<script>document.title='owned'</script>",
    "=cmd|' /C calc'!A0",
    "<img src=https://example.org/x onerror=\"document.title='owned'\">",
    "a | b ` c * @d",
)
REASON = "Chromium is not installed: the tests in a browser DO NOT RUN (apt-get install chromium)"

Opener = Callable[..., AbstractContextManager["Opened"]]


@dataclass
class Opened:
    """A page in the browser, with what it asked for and complained of."""

    page: "Page"
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Start Chromium once."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("DIGITBENCH_NEEDS_BROWSER"):
            pytest.fail(REASON)
        pytest.skip(REASON)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def pages(
    plugin_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Path]:
    """Make a run on the bundled digits, and pages of it with more or fewer models."""
    from page_sets import with_all_kinds

    host = load_plugins(files=[plugin_file("centroid"), plugin_file("faulty_models")], installed=[])
    folder = tmp_path_factory.mktemp("pages")
    dataset = DigitsLoader("digits")(DataContext(folder))
    data = TrialData(dataset.train, None, dataset.test)
    record = _run(host, data, folder)
    labels = [model.label for model in record.plan.models]
    kinds = {
        "1": _with(record, {labels[8]: labels[8]}),
        "2": _with(record, {label: label for label in labels[7:9]}),
        "5": _with(record, {label: label for label in [*labels[6:10], "wrong-labels"]}),
        "12": _with(record, {label: label for label in labels[:12]}),
        "hostile": _with(record, dict(zip(labels[6:10], HOSTILE, strict=True))),
        "failed": _with(record, {"wrong-labels": "wrong-labels"}),
    }
    kinds["sets"] = with_all_kinds(kinds["5"])
    html = {name: _page(kind, data) for name, kind in kinds.items()}
    plan = kinds["1"].plan
    other = plan.dataset.model_copy(update={"name": "other", "fingerprint": "f" * 64})
    elsewhere = {"plan": plan.model_copy(update={"dataset": other})}
    sets = with_all_kinds(kinds["1"])
    runs = [sets, sets, kinds["1"].model_copy(update=elsewhere), kinds["failed"]]
    html["several"] = runs_page(
        [_parts(run, data, f"run-{number}") for number, run in enumerate(runs)]
    )
    paths = {name: folder / f"{name}.html" for name in html}
    for name, path in paths.items():
        path.write_text(html[name], "utf-8")
    return paths


def _run(host: PluginHost, data: TrialData, folder: Path) -> RunRecord:
    from builders import made_dataset

    plan = RunPlan(
        models=resolve_models(parse_models(f"{MODELS},wrong-labels"), host),
        dataset=made_dataset(name="digits", train_size=len(data.train), test_size=len(data.test)),
        trials=TRIALS,
        base_seed=0,
        threads=1,
        engine="inline",
    )
    return read_run(run_plan(plan, host, data, InlineEngine(), folder / "runs"))


def _with(record: RunRecord, labels: Mapping[str, str]) -> RunRecord:
    """Keep the models that have a new label, under it."""
    models = tuple(
        model.model_copy(update={"label": labels[model.label]})
        for model in record.plan.models
        if model.label in labels
    )
    results = tuple(
        result.model_copy(
            update={
                "spec": result.spec.model_copy(update={"model": labels[result.spec.model]}),
                "history": tuple({"loss": 1 / epoch} for epoch in range(1, 6)),
            }
        )
        for result in record.results
        if result.spec.model in labels
    )
    plan = record.plan.model_copy(update={"models": models})
    return record.model_copy(update={"plan": plan, "results": results})


def _page(record: RunRecord, data: TrialData) -> str:
    parts = _parts(record, data, record.id)
    return report_page(record, images=parts.images, calibrations=parts.calibrations)


def _parts(record: RunRecord, data: TrialData, run_id: str) -> RunParts:
    assert record.test_labels is not None
    return RunParts(
        record.model_copy(update={"id": run_id}),
        images=data.test.images,
        calibrations=calibrations(record.results, record.test_labels),
        computed=NOTHING_COMPUTED,
    )


@pytest.fixture(scope="session")
def _held() -> dict[str, "Page"]:
    """Keep the pages that tests share."""
    return {}


@pytest.fixture
def shared(
    browser: "Browser", pages: Mapping[str, Path], _held: dict[str, "Page"]
) -> Callable[[str], "Page"]:
    """Return a function that gives a page to look at, which other tests look at too."""

    def look(name: str) -> "Page":
        if name not in _held:
            _held[name] = browser.new_page()
            _held[name].set_default_timeout(30_000)
            _held[name].goto(pages[name].as_uri())
        page = _held[name]
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")
        page.evaluate("() => scrollTo(0, 0)")
        return page

    return look


@pytest.fixture
def opened(browser: "Browser", pages: Mapping[str, Path]) -> Opener:
    """Return a function that opens a page, and sees to it that nothing was asked for or wrong."""

    @contextmanager
    def open_page(
        name: str, *, width: int = 1280, dark: bool = False, script: bool = True
    ) -> Iterator[Opened]:
        with browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        ) as context:
            found = Opened(context.new_page())
            found.page.set_default_timeout(30_000)
            context.on("request", lambda request: found.requests.append(request.url))
            context.on("console", lambda message: found.complaints.append(message.text))
            found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
            url = pages[name].as_uri()
            found.page.goto(url)
            yield found
            asked = [each for each in found.requests if not each.startswith(("data:", "blob:"))]
            assert asked == [url]
            assert found.complaints == []

    return open_page
