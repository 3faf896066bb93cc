"""The engine `dask` on real schedulers and workers: what dies, and where, costs no other trial."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore
from typing import Any

import psutil
import pytest

pytest.importorskip("distributed")

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.load import load_dataset
from digitbench.errors import EngineError, UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines import Workbench, cluster_fleet
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.engines.cluster import DaskEngine
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.engines.recipe import Recipe
from digitbench.runner.engines.supervision import MARK
from digitbench.runner.selection import parse_models, resolve_models
from digitbench.runner.trial import TrialData
from digitbench.types import DataContext, DatasetInfo, RunPlan, TrialResult

PLUGINS = ("elsewhere", "centroid", "deadly_models")
COMMAND = (sys.executable, "-m", "dask")
QUIET = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class Cluster:
    """A scheduler and workers, each a process."""

    directory: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        file = self.directory / "scheduler.json"
        self._start("scheduler", *QUIET, "--port", "0", "--scheduler-file", str(file))
        until = time.monotonic() + 60
        while time.monotonic() < until and not (file.exists() and file.read_text().endswith("}")):
            time.sleep(0.05)
        self.address: str = json.loads(file.read_text())["address"]

    def start_worker(self, **variables: str) -> subprocess.Popen[bytes]:
        scratch = self.directory / "scratch"
        options = ("--no-nanny", "--nthreads", "2", "--local-directory", str(scratch))
        return self._start("worker", self.address, *QUIET, *options, **variables)

    def remove(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()
        self.processes.remove(worker)

    def _start(self, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "TMPDIR": str(self.directory),
            "DIGITBENCH_CACHE_DIR": str(self.directory / "cache"),
            "DIGITBENCH_DISABLE_PLUGINS": "digitbench",
            "ELSEWHERE_MARKS": str(self.directory / "marks"),
            **variables,
        }
        process = subprocess.Popen(
            [*COMMAND, *command],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    @property
    def scheduler(self) -> subprocess.Popen[bytes]:
        return self.processes[0]

    def trial_processes(self) -> list[psutil.Process]:
        """Return the processes that the workers have started, also those of dead workers."""
        marks = tuple(f"{process.pid}-" for process in self.processes)
        return [process for process in psutil.process_iter() if mark_of(process).startswith(marks)]

    def traces(self) -> list[object]:
        """Return the processes of trials, and their files unless a dead worker may own them."""
        alive = all(process.poll() is None for process in self.processes)
        files = self.directory.glob("scratch/*/*/digitbench-*") if alive else ()
        return [*self.trial_processes(), *files]

    def is_tidy(self, seconds: float = 5) -> bool:
        """Tell whether no trial has left anything, or will have in some seconds."""
        until = time.monotonic() + seconds
        while self.traces() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.traces()

    def end(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


def mark_of(process: psutil.Process) -> str:
    try:
        zombie = process.status() == psutil.STATUS_ZOMBIE
        return "" if zombie else process.environ().get(MARK, "")
    except psutil.Error:
        return ""


def make_cluster(directory: Path) -> Cluster:
    (directory / "marks").mkdir()
    cluster = Cluster(directory)
    cluster.start_scheduler()
    return cluster


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster of two workers, for tests that leave it as it was."""
    cluster = make_cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start_worker()
        cluster.start_worker()
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster without workers, for a test that breaks it."""
    (tmp_path / "own").mkdir()
    cluster = make_cluster(tmp_path / "own")
    try:
        yield cluster
        assert cluster.is_tidy()
    finally:
        cluster.end()


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of(*PLUGINS)


@pytest.fixture
def data(host: PluginHost, tmp_path: Path) -> TrialData:
    dataset = load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path)).dataset
    return TrialData(dataset.train, None, dataset.test)


@pytest.fixture
def plan(host: PluginHost, data: TrialData) -> Callable[..., RunPlan]:
    """Return a function that plans models on the tiny data."""

    def make(models: str, trials: int = 1) -> RunPlan:
        return RunPlan(
            models=resolve_models(parse_models(models), host),
            dataset=DatasetInfo(
                name="tiny",
                source="made for tests",
                fingerprint=fingerprint(data.train, data.test),
                canonical=None,
                train_size=60,
                validation_size=0,
                test_size=40,
            ),
            trials=trials,
            base_seed=0,
            threads=1,
            engine="dask",
        )

    return make


@pytest.fixture
def engine(plugin_file: Callable[[str], Path]) -> Callable[..., DaskEngine]:
    """Return a function that makes the engine, on a cluster or for one of its own."""

    def make(
        cluster: Cluster | None = None, jobs: int = 1, timeout: float | None = None
    ) -> DaskEngine:
        files = [plugin_file(name) for name in PLUGINS]
        return DaskEngine(jobs, timeout, files, cluster.address if cluster else None)

    return make


def errors_of(results: list[TrialResult]) -> dict[str, str | None]:
    return {result.spec.model: result.error for result in results}


def test_results_are_those_of_this_process(
    lasting: Cluster,
    engine: Callable[..., DaskEngine],
    host: PluginHost,
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
) -> None:
    planned = plan("centroid,centroid[noise=0.2]", trials=4)
    models = {name: offer.spec for name, offer in host.models.items()}
    bench = Workbench(models, data, planned)
    trials = planned.trial_specs()
    here = list(InlineEngine().run(trials, bench, events))
    events.steps.clear()
    there = list(engine(lasting).run(trials, bench, events))
    there.sort(key=lambda result: trials.index(result.spec))
    assert [result.spec for result in there] == list(trials)
    assert [result.error for result in there] == [None] * len(trials)
    for one, other in zip(here, there, strict=True):
        assert one.predictions is not None
        assert other.predictions is not None
        assert one.predictions.tolist() == other.predictions.tolist()
        assert one.accuracy == other.accuracy
    assert events.started_trials[len(trials) :] == [trial.model for trial in trials]
    assert set(events.steps) == {1}
    assert lasting.is_tidy()


@pytest.mark.slow
def test_a_fault_costs_one_trial_and_no_worker(
    lasting: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
) -> None:
    planned = plan("segfaults,hangs,writes")
    bench = Workbench({}, data, planned)
    results = list(engine(lasting, timeout=1).run(planned.trial_specs(), bench, events))
    assert errors_of(results) == {
        "segfaults": "the process was ended by SIGSEGV (segmentation fault)",
        "hangs": "timed out after 1 s and was stopped",
        "writes": None,
    }
    assert "a line on stdout" in events.lines
    assert lasting.is_tidy()
    assert all(process.poll() is None for process in lasting.processes)
    assert events.restarts == []


@pytest.mark.slow
def test_closing_it_ends_what_runs(
    lasting: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
) -> None:
    planned = plan("fine,hangs")
    bench = Workbench({}, data, planned)
    with closing(engine(lasting).run(planned.trial_specs(), bench, events)) as results:
        assert next(results).spec.model == "fine"
        assert lasting.trial_processes()
    assert lasting.is_tidy(seconds=1)


@pytest.mark.slow
def test_an_interrupt_gives_what_has_finished(
    lasting: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = Semaphore(0)

    class Inbox(SimpleQueue[object]):
        def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
            super().put(item)
            if isinstance(item, cluster_fleet.Done):
                done.release()

    monkeypatch.setattr(cluster_fleet, "SimpleQueue", Inbox)
    planned = plan("fine,hangs,naps")
    bench = Workbench({}, data, planned)
    results = engine(lasting).run(planned.trial_specs(), bench, events)
    assert next(results).spec.model == "fine"
    assert all(done.acquire(timeout=60) for _ in range(2))  # the nap is over, unseen
    assert results.throw(KeyboardInterrupt()).spec.model == "naps"
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert lasting.is_tidy(seconds=1)


@pytest.mark.slow
def test_a_runner_that_is_killed_leaves_no_trial_running(
    lasting: Cluster, tmp_path: Path, plugin_file: Callable[[str], Path]
) -> None:
    files = [f"--plugin-file={plugin_file(name)}" for name in PLUGINS]
    command = [
        *(sys.executable, "-m", "digitbench", "run", "--dataset", "tiny", "-m", "hangs", *files),
        *("--engine", "dask", "--scheduler", lasting.address, "--runs-dir", str(tmp_path / "runs")),
    ]
    runner = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        until = time.monotonic() + 30
        while not lasting.trial_processes() and time.monotonic() < until:
            time.sleep(0.1)
        assert lasting.trial_processes()
    finally:
        runner.kill()
        runner.wait()
    assert lasting.is_tidy(seconds=10)


@pytest.mark.slow
def test_a_trial_is_run_again_elsewhere_if_its_worker_dies(
    own: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
) -> None:
    own.start_worker()
    own.start_worker()
    planned = plan("kills-once,fine,naps")
    bench = Workbench({}, data, planned)
    results = list(engine(own).run(planned.trial_specs(), bench, events))
    assert errors_of(results) == {"kills-once": None, "fine": None, "naps": None}
    (reason,) = events.restarts
    assert reason.startswith("the Dask worker at tcp://127.0.0.1:")
    assert sorted(events.started_trials) == ["fine", "kills-once", "kills-once", "naps"]
    assert sum(process.poll() is not None for process in own.processes) == 1


@pytest.mark.slow
def test_a_trial_that_takes_every_worker_with_it_fails_in_the_end(
    own: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
) -> None:
    for _ in range(cluster_fleet.MOST_ATTEMPTS + 1):
        own.start_worker()
    planned = plan("kills-always,fine")
    bench = Workbench({}, data, planned)
    errors = errors_of(list(engine(own).run(planned.trial_specs(), bench, events)))
    assert errors["fine"] is None
    assert (errors["kills-always"] or "").startswith("3 Dask workers were lost with it, the last")


@pytest.mark.slow
def test_the_scheduler_is_gone(
    own: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
    capfd: pytest.CaptureFixture[str],
) -> None:
    own.start_worker()
    planned = plan("fine,hangs,naps")
    bench = Workbench({}, data, planned)
    results = engine(own).run(planned.trial_specs(), bench, events)
    assert next(results).spec.model == "fine"
    own.scheduler.kill()
    with pytest.raises(EngineError, match=r"connection to the Dask scheduler at tcp.* was lost"):
        next(results)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_worker_with_other_data_is_refused(
    lasting: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    host: PluginHost,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    planned = plan("hangs,leaves-processes-and-hangs,naps")  # the last finds no other worker
    monkeypatch.setenv("ELSEWHERE_SEED", "1")
    other = load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path)).fingerprint
    odd = lasting.start_worker(ELSEWHERE_SEED="1")
    try:
        with pytest.raises(EngineError) as caught:
            list(engine(lasting).run(planned.trial_specs(), Workbench({}, data, planned), events))
        assert lasting.is_tidy(seconds=1)
    finally:
        lasting.remove(odd)
    message = str(caught.value)
    assert message.startswith("the Dask worker at tcp://127.0.0.1:")
    assert f"has the fingerprint {other}" in message
    assert planned.dataset.fingerprint in message


@pytest.mark.slow
def test_a_cluster_without_workers_is_not_waited_for_without_end(
    own: Cluster,
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_fleet, "WORKER_SECONDS", 1.5)
    planned = plan("fine")
    with pytest.raises(EngineError, match=r"has had no worker for 1.5 s; start some with `dask"):
        list(engine(own).run(planned.trial_specs(), Workbench({}, data, planned), events))


@pytest.mark.slow
def test_a_cluster_of_its_own(
    engine: Callable[..., DaskEngine],
    plan: Callable[..., RunPlan],
    data: TrialData,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    before = psutil.Process().children(recursive=True)
    planned = plan("exits,naps")
    bench = Workbench({}, data, planned)
    results = list(engine(jobs=2).run(planned.trial_specs(), bench, events))
    assert [error is None for error in errors_of(results).values()].count(True) == 1
    assert psutil.Process().children(recursive=True) == before
    assert list(scratch.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_nobody_answers_at_the_address(
    plan: Callable[..., RunPlan], data: TrialData, events: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitbench.runner.engines.cluster_client._CONNECT_SECONDS", 1)
    planned = plan("fine")
    engine = DaskEngine(scheduler="tcp://127.0.0.1:9")
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(engine.run(planned.trial_specs(), Workbench({}, data, planned), events))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "0.0.1"}, "it has digitbench .* and the run 0.0.1"),
        ({"source_hash": "0" * 64}, "its source of the model centroid is not that of the run"),
        ({"distribution": "strange", "version": "2"}, "single file and the run's from strange 2"),
        ({"name": "unheard-of"}, "it has no model unheard-of"),
    ],
)
def test_a_worker_with_other_versions_is_refused(
    change: dict[str, str], message: str, host: PluginHost, plan: Callable[..., RunPlan]
) -> None:
    planned = plan("centroid")
    recipe = Recipe.of(planned, None, offline=True)
    assert len(recipe.open(host).train) == 60
    if change.keys() == {"version"}:
        changed = recipe.__class__(**{**vars(recipe), **change})
    else:
        model = planned.models[0].model_copy(update=change)
        changed = recipe.__class__(**{**vars(recipe), "models": (model,)})
    with pytest.raises(EngineError, match=message):
        changed.open(host)


def test_a_missing_model_comes_with_the_plugins_that_failed(
    plan: Callable[..., RunPlan], plugin_file: Callable[[str], Path]
) -> None:
    recipe = Recipe.of(plan("centroid"), None, offline=True)
    host = load_plugins(files=[plugin_file("raises_on_import")], installed=[])
    with pytest.raises(EngineError, match=r"it has no model centroid \(plugin .*raises_on_import"):
        recipe.open(host)


def test_how_the_engine_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_engine("dask", scheduler="tcp://127.0.0.1:9").name == "dask"
    with pytest.raises(UsageError, match="--scheduler is for the engine dask"):
        make_engine("process", scheduler="tcp://127.0.0.1:9")
    monkeypatch.setattr("digitbench.runner.engines.choice.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "digitbench\[dask\]"'):
        make_engine("dask")
