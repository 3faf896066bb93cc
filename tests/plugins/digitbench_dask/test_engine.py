"""The engine `dask` on real schedulers and workers: what dies, and where, costs no other trial."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore
from typing import Any

import numpy as np
import psutil
import pytest

from builders import made_dataset
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.load import load_dataset
from digitbench.errors import EngineError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.early import MARK
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.set_requests import parse_test_sets
from digitbench.runner.wanted_sets import load_sets, resolve_test_sets
from digitbench.types import (
    DataContext,
    EngineContext,
    PluginSources,
    Results,
    RunInputs,
    RunPlan,
    TrialData,
    TrialResult,
)

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask")
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


@dataclass
class Bench:
    """The engine on the tiny data set of the plugin file `elsewhere`.

    Attributes:
        host: the plugins.
        data: the images.
        events: what the engine reports.
    """

    host: PluginHost
    data: TrialData
    events: Any
    context: EngineContext

    def inputs(self, models: str, trials: int = 1) -> RunInputs:
        plan = RunPlan(
            models=resolve_models(parse_models(models), self.host),
            dataset=made_dataset(
                name="tiny", fingerprint=fingerprint(self.data.train, self.data.test)
            ),
            trials=trials,
            base_seed=0,
            threads=1,
            engine="dask",
        )
        specs = {name: offer.spec for name, offer in self.host.models.items()}
        return RunInputs(plan, specs, self.data)

    def run(self, cluster: Cluster | None, what: str | RunInputs, **context: Any) -> Results:
        """Run a plan, or one trial of each model named; without a cluster, on one made for it."""
        from digitbench_dask.engine import DaskEngine

        inputs = self.inputs(what) if isinstance(what, str) else what
        engine = DaskEngine(cluster.address if cluster else None, replace(self.context, **context))
        return engine.run(inputs.plan.trial_specs(), inputs, self.events)


@pytest.fixture
def bench(
    host_of: Callable[..., PluginHost],
    plugin_file: Callable[[str], Path],
    events: Any,
    tmp_path: Path,
) -> Bench:
    host = host_of(*PLUGINS)
    dataset = load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path)).dataset
    files = tuple(plugin_file(name) for name in PLUGINS)
    context = EngineContext(plugins=PluginSources(files))
    return Bench(host, TrialData(dataset.train, None, dataset.test), events, context)


def errors_of(results: list[TrialResult]) -> dict[str, str | None]:
    return {result.spec.model: result.error for result in results}


def test_results_are_those_of_this_process(lasting: Cluster, bench: Bench) -> None:
    inputs, events = bench.inputs("centroid,centroid[noise=0.2]", trials=4), bench.events
    trials = inputs.plan.trial_specs()
    here = list(InlineEngine().run(trials, inputs, events))
    events.steps.clear()
    events.phases.clear()
    there = sorted(bench.run(lasting, inputs), key=lambda result: trials.index(result.spec))
    assert [result.spec for result in there] == list(trials)
    assert [result.error for result in there] == [None] * len(trials)
    for one, other in zip(here, there, strict=True):
        assert one.predictions is not None
        assert other.predictions is not None
        assert one.predictions.tolist() == other.predictions.tolist()
        assert one.accuracy == other.accuracy
    assert events.started_trials[len(trials) :] == [trial.model for trial in trials]
    assert set(events.steps) == {1}
    assert sorted(events.phases) == sorted(["fit", "predict", "latency"] * len(trials))
    assert lasting.is_tidy()


@pytest.mark.slow
def test_test_sets_are_made_on_the_workers_and_must_be_the_same(
    lasting: Cluster, bench: Bench, tmp_path: Path, plugin_file: Callable[[str], Path]
) -> None:
    files = (*bench.context.plugins.files, plugin_file("further_sets"))
    bench.context = replace(bench.context, plugins=PluginSources(files))
    bench.host = load_plugins(files=files, installed=[])
    inputs = bench.inputs("centroid")
    context = DataContext(tmp_path)
    loaded = load_dataset(bench.host.datasets["tiny"].spec, context)

    def with_sets(text: str) -> RunInputs:
        wanted = resolve_test_sets(parse_test_sets(text), bench.host)
        sets = load_sets(wanted, loaded, context, lambda _: None)
        plan = inputs.plan.model_copy(update={"test_sets": sets.planned})
        return replace(inputs, plan=plan, data=replace(inputs.data, test_sets=sets.test_sets))

    sound = with_sets("dim[steps=3],raises,relabelled")
    (here,) = InlineEngine().run(sound.plan.trial_specs(), sound, bench.events)
    (there,) = bench.run(lasting, sound)
    assert [part.test_set for part in there.set_results] == ["dim[steps=3]", "relabelled"]
    for one, other in zip(here.set_results, there.set_results, strict=True):
        assert one.predictions is not None
        assert other.predictions is not None
        assert np.array_equal(one.predictions, other.predictions)
    with pytest.raises(EngineError, match=r"cannot take part: its test set changes has the"):
        list(bench.run(lasting, with_sets("changes")))
    assert lasting.is_tidy()


@pytest.mark.slow
def test_a_fault_costs_one_trial_and_no_worker(lasting: Cluster, bench: Bench) -> None:
    results = list(bench.run(lasting, "segfaults,hangs,writes", timeout_seconds=1))
    assert errors_of(results) == {
        "segfaults": "the process was ended by SIGSEGV (segmentation fault)",
        "hangs": "timed out after 1 s and was stopped",
        "writes": None,
    }
    assert "a line on stdout" in bench.events.lines
    assert lasting.is_tidy()
    assert all(process.poll() is None for process in lasting.processes)
    assert bench.events.restarts == []


@pytest.mark.slow
def test_closing_it_ends_what_runs(lasting: Cluster, bench: Bench) -> None:
    with closing(bench.run(lasting, "fine,hangs")) as results:
        assert next(results).spec.model == "fine"
        assert lasting.trial_processes()
    assert lasting.is_tidy(seconds=1)


@pytest.mark.slow
def test_an_interrupt_gives_what_has_finished(
    lasting: Cluster, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Semaphore(0)

    class Inbox(SimpleQueue[Any]):
        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            super().put(item)
            if item.func.__name__ == "_finish":
                done.release()

    monkeypatch.setattr("digitbench_dask.dispatcher.SimpleQueue", Inbox)
    results = bench.run(lasting, "fine,hangs,naps")
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
        until = time.monotonic() + 120
        while not lasting.trial_processes() and time.monotonic() < until:
            time.sleep(0.1)
        assert lasting.trial_processes()
    finally:
        runner.kill()
        runner.wait()
    assert lasting.is_tidy(seconds=10)


@pytest.mark.slow
def test_a_trial_is_run_again_elsewhere_if_its_worker_dies(own: Cluster, bench: Bench) -> None:
    own.start_worker()
    own.start_worker()
    results = list(bench.run(own, "kills-once,fine,naps"))
    assert errors_of(results) == {"kills-once": None, "fine": None, "naps": None}
    (reason,) = bench.events.restarts
    assert reason.startswith("the Dask worker at tcp://127.0.0.1:")
    assert sorted(bench.events.started_trials) == ["fine", "kills-once", "kills-once", "naps"]
    assert sum(process.poll() is not None for process in own.processes) == 1


@pytest.mark.slow
def test_a_trial_that_takes_every_worker_with_it_fails_in_the_end(
    own: Cluster, bench: Bench
) -> None:
    from digitbench_dask import dispatcher

    for _ in range(dispatcher.MOST_ATTEMPTS + 1):
        own.start_worker()
    errors = errors_of(list(bench.run(own, "kills-always,fine")))
    assert errors["fine"] is None
    assert (errors["kills-always"] or "").startswith("3 Dask workers were lost with it, the last")


@pytest.mark.slow
def test_the_scheduler_is_gone(
    own: Cluster, bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    own.start_worker()
    results = bench.run(own, "fine,hangs,naps")
    assert next(results).spec.model == "fine"
    own.scheduler.kill()
    with pytest.raises(EngineError, match=r"connection to the Dask scheduler at tcp.* was lost"):
        next(results)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_worker_with_other_data_is_refused(
    lasting: Cluster, bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inputs = bench.inputs("hangs,leaves-processes-and-hangs,naps")  # the last: no other worker
    monkeypatch.setenv("ELSEWHERE_SEED", "1")
    other = load_dataset(bench.host.datasets["tiny"].spec, DataContext(tmp_path)).fingerprint
    odd = lasting.start_worker(ELSEWHERE_SEED="1")
    try:
        with pytest.raises(EngineError) as caught:
            list(bench.run(lasting, inputs))
        assert lasting.is_tidy(seconds=1)
    finally:
        lasting.remove(odd)
    message = str(caught.value)
    assert message.startswith("the Dask worker at tcp://127.0.0.1:")
    assert f"has the fingerprint {other}" in message
    assert inputs.plan.dataset.fingerprint in message


@pytest.mark.slow
def test_a_cluster_without_workers_is_not_waited_for_without_end(
    own: Cluster, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitbench_dask.dispatcher.WORKER_SECONDS", 1.5)
    with pytest.raises(EngineError, match=r"has had no worker for 1.5 s; start some with `dask"):
        list(bench.run(own, "fine"))


@pytest.mark.slow
def test_a_cluster_of_its_own(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    before = psutil.Process().children(recursive=True)
    results = list(bench.run(None, "exits,naps", jobs=2))
    assert [error is None for error in errors_of(results).values()].count(True) == 1
    assert psutil.Process().children(recursive=True) == before
    assert list(scratch.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_nobody_answers_at_the_address(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitbench_dask.connection._CONNECT_SECONDS", 1)
    from digitbench_dask.engine import DaskEngine

    inputs = bench.inputs("fine")
    results = DaskEngine("tcp://127.0.0.1:9", bench.context).run(
        inputs.plan.trial_specs(), inputs, bench.events
    )
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        next(results)
