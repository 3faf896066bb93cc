"""The plugin as digitbench sees it: idle unless asked, live, exporting, and quiet."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.datasets.test_sets import fingerprint_of, planned_conditions
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.plugin_metrics import metrics_of_run, with_metrics
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import PlannedTestSet, RunPlan, TestCondition, TestSet, TrialData
from digitbench_mlflow import Tracker, export

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader:DeprecationWarning")
"""MLflow uses what newer versions of SQLAlchemy advise against."""

RecordOf = Callable[..., Any]


@pytest.fixture
def host(plugin_file: Callable[[str], Path]) -> PluginHost:
    """Return the plugin as it is installed, with some models."""
    installed = [entry for entry in entry_points(group="digitbench") if entry.name == "mlflow"]
    files = [plugin_file(name) for name in ("centroid", "faulty_models", "one_metric")]
    return load_plugins(files=files, installed=installed)


def test_it_is_found_and_costs_nothing_unless_asked_for() -> None:
    code = (
        "import sys; from digitbench.plugins import load_plugins; host = load_plugins();"
        "print([str(f) for f in host.failures], list(host.exporters),"
        " [m for m in ('mlflow', 'sqlalchemy', 'tensorflow') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[] ['mlflow'] []"


def test_a_run_is_not_logged_unless_that_was_asked_for(
    host: PluginHost,
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "mlflow", None)  # so that its import fails
    plan = plan_of(host, "centroid", trials=1)
    run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "runs")
    assert host.failures == []
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_run_goes_on_without_mlflow_and_says_how_to_get_it(
    host: PluginHost,
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setenv("DIGITBENCH_MLFLOW", "sqlite:///mlflow.db")
    plan = plan_of(host, "centroid[noise=1]", trials=2)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path)
    assert read_run(path).status == "complete"
    (line,) = caplog.messages
    assert 'pip install "digitbench[mlflow]"' in line


def with_set(plan: RunPlan, data: TrialData) -> tuple[RunPlan, TrialData]:
    """Add the test images upside down as a test set."""
    images = np.ascontiguousarray(data.test.images[:, ::-1])
    found = TestSet((TestCondition(data.test.labels, images),), "made for tests")
    planned = PlannedTestSet(
        label="turned",
        name="turned",
        fingerprint=fingerprint_of(found),
        conditions=planned_conditions(found),
    )
    plan = plan.model_copy(update={"test_sets": (planned,)})
    return plan, replace(data, test_sets={"turned": found})


def test_live_and_exported_runs_are_the_same(
    host: PluginHost,
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    new_store: Callable[[str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live, exported = new_store("live"), new_store("exported")
    monkeypatch.setenv("DIGITBENCH_MLFLOW", live.uri)
    plan = plan_of(host, "centroid[noise=1],raises-in-fit", trials=2)
    plan, data = with_set(plan, tiny_data)
    path = run_plan(plan, host, data, InlineEngine(), tmp_path / "runs")
    assert host.failures == []
    record = read_run(path)
    record = with_metrics(record, metrics_of_run(record, host))

    said = export(record, exported.uri)
    assert said == f"run {record.id}: 4 trials logged to experiment 'digitbench' in {exported.uri}"
    assert exported.content() == live.content()
    assert [run.info.status for run in live.trials()] == ["FINISHED", "FAILED"] * 2
    assert ["zeros_missed" in run.data.metrics for run in live.trials()] == [True, False] * 2
    key = "test_sets.turned.accuracy"
    assert [key in run.data.metrics for run in live.trials()] == [True, False] * 2
    assert f"{key}.centroid_noise_1_0" in live.parents()[0].data.metrics
    for run, result in zip(live.trials(), record.results, strict=True):
        assert run.info.end_time / 1000 >= result.started_at.timestamp()
        assert run.info.end_time <= live.parents()[0].info.end_time

    said = export(record, None)  # the store of DIGITBENCH_MLFLOW
    assert said.endswith(f"is already in experiment 'digitbench' in {live.uri}; nothing was added")
    assert exported.content() == live.content()


def test_a_run_taken_up_again_goes_on_in_the_same_place(
    store: Any, record_of: RecordOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITBENCH_MLFLOW", store.uri)
    whole = record_of(trials=3)
    part = whole.results[:1]
    begun = whole.model_copy(update={"results": (), "status": "running", "finished_at": None})
    tracker = Tracker()
    tracker.digitbench_run_started(begun)
    tracker.digitbench_trial_finished(part[0])
    tracker.digitbench_run_finished(
        whole.model_copy(update={"results": part, "status": "interrupted"})
    )
    assert store.parents()[0].info.status == "KILLED"

    tracker = Tracker()
    tracker.digitbench_run_started(begun.model_copy(update={"results": part}))
    assert store.parents()[0].info.status == "RUNNING"
    for result in whole.results[1:]:
        tracker.digitbench_trial_finished(result)
    tracker.digitbench_run_finished(whole)
    (parent,) = store.parents()
    assert parent.info.status == "FINISHED"
    assert len(store.trials()) == 3


WATCHED = """
import sys
heard = []
sys.addaudithook(lambda event, args: heard.append(event) if event.startswith("socket.") else None)
from digitbench.cli import app
try:
    app(["export", "--to", "mlflow", "--runs-dir", sys.argv[1]])
except SystemExit as end:
    assert not end.code, end.code
from mlflow.telemetry import get_telemetry_client
print([event for event in heard if event in ("socket.connect", "socket.getaddrinfo")])
print(get_telemetry_client())
"""


@pytest.mark.slow
def test_no_word_no_network_no_telemetry_and_no_file_but_the_store(
    plan_of: Callable[..., RunPlan],
    host_of: Callable[..., PluginHost],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    pytest.importorskip("mlflow")
    host = host_of("centroid")
    run_plan(plan_of(host, "centroid"), host, tiny_data, InlineEngine(), tmp_path / "runs")
    work, home, temporary = (tmp_path / name for name in ("work", "home", "tmp"))
    for directory in (work, home, temporary):
        directory.mkdir()
    quiet = ("PYTEST", "MLFLOW", "DIGITBENCH", "CI", "XDG")  # what would keep telemetry off anyway
    environment = {k: v for k, v in os.environ.items() if not k.startswith(quiet)}
    environment |= {"HOME": str(home), "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "runs")],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    said, events, client = done.stdout.splitlines()
    assert "1 trial logged to experiment 'digitbench' in sqlite:///" in said
    assert (events, client) == ("[]", "None")
    assert [path.name for path in work.iterdir()] == ["mlflow.db"]
    assert list(home.rglob("*")) == []
    assert list(temporary.rglob("*")) == []


def test_a_server_that_is_not_there_costs_one_line_and_not_the_run(
    host: PluginHost,
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DIGITBENCH_MLFLOW", " http://127.0.0.1:1 ")
    plan = plan_of(host, "centroid", trials=1)
    path = run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "runs")
    assert read_run(path).status == "complete"
    (said,) = (record.getMessage() for record in caplog.records)
    assert "the run goes on without, and `digitbench export` logs it afterwards" in said
    assert "no MLflow answers at 127.0.0.1:1 (Connection refused)" in said
