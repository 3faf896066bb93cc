"""The engine of worker processes: whatever a model does, it costs that trial and no other."""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore
from typing import Any

import psutil
import pytest

from digitbench.runner.engines import pool, supervision
from digitbench.runner.engines.early import MARK, EarlyWorker, WorkerProcess
from digitbench.runner.engines.messages import Finished
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.engines.recipe import RunConfig
from digitbench.runner.engines.supervision import Worker, WorkerEvent, reason_of_end
from digitbench.types import (
    EngineContext,
    PluginSources,
    RunInputs,
    TrialData,
    TrialResult,
    TrialSpec,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="looks for traces as Linux has them"
)

TrialsOf = Callable[..., list[TrialSpec]]
MEMORY = "most often that is the system, when memory runs out"
Run = Callable[..., list[TrialResult]]


def worker_processes(runner: int | None = None) -> list[str]:
    """Return every process that a worker of a runner, by default this one, is or has started."""
    mark = f"{runner or os.getpid()}-"
    found = []
    for running in psutil.process_iter():
        try:
            marked = running.environ().get(MARK, "").startswith(mark)
            if marked and running.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(running.cmdline()))
        except psutil.Error:
            continue
    return found


def wait_until(state: Callable[[], bool]) -> bool:
    """Wait for a state that is to come, however busy the machine is; return whether it has come."""
    until = time.monotonic() + 60
    while not (there := state()) and time.monotonic() < until:
        time.sleep(0.01)
    return there


@pytest.fixture(autouse=True)
def no_trace_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check after each test that no process and no temporary file is left."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    descriptors = psutil.Process().num_fds()
    yield
    assert wait_until(lambda: not worker_processes()), worker_processes()
    assert list(scratch.iterdir()) == []
    # Threads that read from workers are about to see their end.
    assert wait_until(lambda: psutil.Process().num_fds() <= descriptors)


MakeEngine = Callable[..., ProcessEngine]


@pytest.fixture
def make_engine(plugin_file: Callable[[str], Path]) -> MakeEngine:
    """Return a function that makes the engine for the models of a plugin file."""

    def make(
        jobs: int = 1, timeout: float | None = None, plugin: str = "deadly_models"
    ) -> ProcessEngine:
        return ProcessEngine(EngineContext(jobs, timeout, PluginSources((plugin_file(plugin),))))

    return make


@pytest.fixture
def run(make_engine: MakeEngine, trials_of: TrialsOf, inputs: RunInputs, events: Any) -> Run:
    """Return a function that runs models in worker processes and returns the results by trial."""

    def results(
        *models: str,
        jobs: int = 1,
        timeout: float | None = None,
        plugin: str = "deadly_models",
    ) -> list[TrialResult]:
        found = list(make_engine(jobs, timeout, plugin).run(trials_of(*models), inputs, events))
        return sorted(found, key=lambda result: result.spec.trial)

    return results


def test_results_are_those_of_a_trial_in_this_process(
    run: Run, tiny_data: TrialData, events: Any
) -> None:
    (result,) = run("centroid", plugin="centroid")
    assert result.status == "ok"
    assert result.predictions is not None
    assert result.accuracy == (result.predictions == tiny_data.test.labels).mean() > 0.9
    assert (events.started_trials, events.steps) == (["centroid"], [1])
    assert events.phases == ["fit", "predict", "latency"]


def test_a_fault_is_a_row_with_its_reason_and_nothing_else_is_lost(run: Run) -> None:
    faults = {
        "raises": "RuntimeError: out of luck",
        "exits": "the process ended by itself, with exit code 7",
        "segfaults": "the process was ended by SIGSEGV (segmentation fault)",
        "aborts": "the process was ended by SIGABRT (aborted)",
        "is-killed": f"the process was ended by SIGKILL (killed); {MEMORY}",
        "returns-nonsense": "predict returned shape () where (40,) was due",
        "leaves-processes-and-dies": "the process ended by itself, with exit code 9",
        "leaves-files": "the process ended by itself, with exit code 1",
    }
    models = [name for fault in faults for name in (fault, "fine")]
    results = run(*models, jobs=2)
    assert [result.spec.model for result in results] == models
    for result in results:
        if result.spec.model == "fine":
            assert result.status == "ok"
        else:
            assert (result.status, result.error) == ("failed", faults[result.spec.model])


def test_memory_that_cannot_be_had_is_named(run: Run) -> None:
    failed, after = run("runs-out-of-memory", "fine")
    assert failed.error is not None
    assert "MemoryError" in failed.error
    assert after.status == "ok"


def test_trials_that_hang_are_stopped_for_good(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_TERMINATE_SECONDS", 0.2)
    models = (
        "hangs",
        "hangs-and-keeps-the-interpreter-locked",
        "hangs-on-import",
        "leaves-processes-and-hangs",
    )
    *hung, after = run(*models, "fine", jobs=4, timeout=0.5)
    assert [result.error for result in hung] == ["timed out after 0.5 s and was stopped"] * 4
    assert after.status == "ok"


def test_a_crash_is_explained_by_the_last_output_of_the_process(run: Run, events: Any) -> None:
    (failed,) = run("segfaults")
    assert failed.traceback is not None
    assert "Segmentation fault" in failed.traceback
    assert "in segfaults" in failed.traceback
    assert events.lines == []


def test_a_worker_is_used_again_until_it_breaks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Worker] = []

    class Counted(Worker):
        def __init__(self, *arguments: Any) -> None:
            started.append(self)
            super().__init__(*arguments)

    monkeypatch.setattr(pool, "Worker", Counted)
    assert len(run(*["fine"] * 6)) == 6
    assert len(started) == 1
    results = run("fine", "is-killed", "fine", "fine")
    assert [result.status for result in results] == ["ok", "failed", "ok", "ok"]
    assert len(started) == 1 + 3  # the one that was killed was run again in a new worker


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_crash_after_other_models_is_run_again_in_a_new_worker(
    run: Run, events: Any, jobs: int
) -> None:
    model = "segfaults-where-others-ran"
    results = run("fine", "fine", model, model, jobs=jobs)
    assert [result.status for result in results] == ["ok"] * 4
    reason = "the process was ended by SIGSEGV (segmentation fault); it had run fine before"
    assert set(events.restarts) == {reason}


def test_a_model_that_crashes_by_itself_is_run_again_once(run: Run, events: Any) -> None:
    results = run("fine", "segfaults", "segfaults")
    assert [result.status for result in results] == ["ok", "failed", "failed"]
    assert len(events.restarts) == 1


def test_what_a_worker_has_to_do_at_its_end_is_done(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goodbye = tmp_path / "goodbye"
    goodbye.mkdir()
    monkeypatch.setenv("GOODBYE", str(goodbye))
    (result,) = run("says-goodbye")
    assert result.status == "ok"
    assert {path.name for path in goodbye.iterdir()} == {"registered", "thread"}


def test_a_worker_that_was_started_early_is_the_first_one(
    plugin_file: Callable[[str], Path],
    trials_of: TrialsOf,
    inputs: RunInputs,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[int] = []

    class Counted(WorkerProcess):
        @classmethod
        def start(cls, threads: int, mark: str | None = None) -> WorkerProcess:  # type: ignore[override]
            started.append(threads)
            return WorkerProcess.start(threads, mark)

    with EarlyWorker(inputs.plan.threads) as early:
        monkeypatch.setattr(pool, "WorkerProcess", Counted)
        plugins = PluginSources((plugin_file("deadly_models"),))
        engine = ProcessEngine(EngineContext(plugins=plugins, early=early))
        for _ in range(2):
            assert [r.status for r in engine.run(trials_of("fine"), inputs, events)] == ["ok"]
    assert started == [inputs.plan.threads]  # for the second run


def test_a_flood_of_output_is_cut_short_and_stops_nothing(run: Run, events: Any) -> None:
    flooding, after = run("floods", "fine", timeout=60)
    assert (flooding.status, after.status) == ("ok", "ok")
    assert 2 <= len(events.lines) <= 40
    assert max(map(len, events.lines)) <= 400
    assert events.lines[-1] == "(what else it writes is left out)"


def test_what_a_model_writes_is_passed_on(run: Run, events: Any) -> None:
    assert [result.status for result in run("writes", "fine")] == ["ok", "ok"]
    assert set(events.lines) >= {"a line on stdout", "a line on stderr"}


def test_processes_that_a_trial_leaves_are_ended_and_told_of(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "digitbench"):
        left, after = run("leaves-processes", "fine")
    assert (left.status, after.status) == ("ok", "ok")
    (record,) = caplog.records
    assert "leaves-processes, trial 1 left processes running" in record.getMessage()
    assert record.getMessage().count("sleep") >= 3


@pytest.mark.slow
def test_they_are_ended_with_their_trial_and_not_only_with_the_run(
    make_engine: MakeEngine, trials_of: TrialsOf, inputs: RunInputs, events: Any
) -> None:
    engine = make_engine()
    models = ("leaves-processes", "leaves-processes-and-dies", "fine")
    for _ in engine.run(trials_of(*models), inputs, events):
        assert not [command for command in worker_processes() if "sleep" in command]


def test_several_trials_run_at_a_time(
    run: Run, events: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "meeting"
    place.mkdir()
    monkeypatch.setenv("MEETING_PLACE", str(place))
    assert [result.error for result in run("meets", "meets", jobs=2)] == [None, None]
    assert events.started_trials == ["meets", "meets"]


def test_a_run_that_is_given_up_leaves_nothing(
    make_engine: MakeEngine, trials_of: TrialsOf, inputs: RunInputs, events: Any
) -> None:
    engine = make_engine(2)
    results = engine.run(trials_of("fine", "hangs", "fine"), inputs, events)
    assert next(results).spec.model == "fine"
    results.close()


def test_an_interrupt_keeps_what_has_finished(
    make_engine: MakeEngine,
    trials_of: TrialsOf,
    inputs: RunInputs,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finished = Semaphore(0)

    class Inbox(SimpleQueue[WorkerEvent]):
        def put(self, item: WorkerEvent, block: bool = True, timeout: float | None = None) -> None:
            super().put(item)
            if isinstance(item.content, Finished):
                finished.release()

    monkeypatch.setattr(pool, "SimpleQueue", Inbox)
    engine = make_engine(2)
    results = engine.run(trials_of("fine", "naps", "hangs"), inputs, events)
    assert next(results).spec.model == "fine"
    assert all(finished.acquire(timeout=60) for _ in range(2))  # the second, unseen
    assert results.throw(KeyboardInterrupt()).spec.model == "naps"
    with pytest.raises(KeyboardInterrupt):
        next(results)


def test_no_trials_need_no_worker(run: Run) -> None:
    assert run() == []


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("exiting", "no worker could be started: the process ended by itself, with exit code 5"),
        ("hanging", "no worker was ready after 1 s: a plugin hangs on import"),
    ],
)
def test_a_plugin_that_no_worker_can_load_fails_its_trials(
    run: Run, monkeypatch: pytest.MonkeyPatch, how: str, reason: str
) -> None:
    monkeypatch.setenv("DIES_BY", how)
    for module in ("supervision", "pool") if how == "hanging" else ():
        monkeypatch.setattr(f"digitbench.runner.engines.{module}.START_SECONDS", 1.0)
    results = run("shy", "shy", plugin="dies_in_workers")
    assert [result.error for result in results] == [reason, reason]


@pytest.mark.slow
def test_workers_end_with_a_runner_that_is_killed(
    plugin_file: Callable[[str], Path], tmp_path: Path
) -> None:
    line = [sys.executable, "-m", "digitbench", "run", "--dataset", "digits", "--offline"]
    line += [
        "--models",
        "leaves-processes-and-hangs",
        "--trials",
        "1",
        "--runs-dir",
        str(tmp_path / "r"),
    ]
    line += ["--plugin-file", str(plugin_file("deadly_models"))]
    runner = subprocess.Popen(line, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert wait_until(lambda: len(worker_processes(runner.pid)) >= 4)
    runner.kill()
    runner.wait()
    assert wait_until(lambda: not worker_processes(runner.pid)), worker_processes(runner.pid)


def test_ends_are_put_into_words() -> None:
    assert reason_of_end(0) == "the process ended by itself, with exit code 0"
    assert reason_of_end(-11).startswith("the process was ended by SIGSEGV (")
    assert reason_of_end(-99) == "the process was ended by signal 99"


def test_a_worker_without_more_trials_ends_while_the_last_result_is_stored(
    make_engine: MakeEngine, trials_of: TrialsOf, inputs: RunInputs, events: Any
) -> None:
    running = make_engine().run(trials_of("fine", "fine"), inputs, events)
    assert next(running).status == "ok"
    assert worker_processes()
    assert next(running).status == "ok"
    assert wait_until(lambda: not worker_processes())
    assert list(running) == []


def test_a_trial_that_comes_back_after_all_gets_a_new_worker(
    plugin_file: Callable[[str], Path], trials_of: TrialsOf, inputs: RunInputs, events: Any
) -> None:
    context = EngineContext(1, None, PluginSources((plugin_file("deadly_models"),)))
    first, second = trials_of("fine", "fine")
    with pool.WorkerPool(RunConfig.local(inputs, context)) as workers:
        for trial in (first, second):
            result = workers.run_one(trial, events)
            assert result is not None
            assert result.status == "ok"
            workers.dismiss()
