"""A whole run: the plan's trials go through an engine, and the hooks hear of each step."""

import logging
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digitbench.errors import EngineError, StoreError
from digitbench.kept import Keeper
from digitbench.plugins import PluginHost
from digitbench.printable import printable
from digitbench.runner.environment import describe_environment
from digitbench.runner.interrupts import interrupt_deferred, termination_as_interrupt
from digitbench.runner.lock import sole_writer
from digitbench.runner.plugin_metrics import metrics_of_run, with_metrics
from digitbench.runner.resolve import find_model
from digitbench.runner.resume import Resumption, count_results
from digitbench.runner.reuse import reusable_results
from digitbench.runner.set_predictions import with_missing_sets
from digitbench.store import RunWriter, create_run, read_run, reopen_run
from digitbench.types import (
    Engine,
    Environment,
    FitProgress,
    RunInputs,
    RunPlan,
    RunRecord,
    TrialData,
    TrialPhase,
    TrialResult,
    TrialSpec,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HookEvents:
    """Passes an engine's events on to the hooks.

    Attributes:
        host: whose hooks.
        plan: what is gone through.
    """

    host: PluginHost
    plan: RunPlan

    def started(self, trial: TrialSpec) -> None:
        """Call `digitbench_trial_started`."""
        self.host.notify("digitbench_trial_started", plan=self.plan, trial=trial)

    def entered(self, trial: TrialSpec, phase: TrialPhase) -> None:
        """Call `digitbench_trial_phase`."""
        self.host.notify("digitbench_trial_phase", plan=self.plan, trial=trial, phase=phase)

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Call `digitbench_trial_progress`."""
        self.host.notify(
            "digitbench_trial_progress", plan=self.plan, trial=trial, progress=progress
        )

    def printed(self, trial: TrialSpec, line: str) -> None:
        """Show what a plugin writes in another process where it would show in this one."""
        shown = _without_controls(line)
        sys.stderr.write(f"{printable(trial.model)}, trial {trial.trial}: {shown}\n")

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        """Say that a trial begins anew."""
        _log.warning("%s, trial %d is run again: %s", trial.model, trial.trial, reason)


def _without_controls(line: str) -> str:
    """Return a line as a terminal would show it in the end, without colours."""
    from rich.text import Text

    return printable(Text.from_ansi(line.rstrip("\r").rpartition("\r")[2]).plain)


def run_plan(
    plan: RunPlan,
    host: PluginHost,
    data: TrialData,
    engine: Engine,
    runs_dir: Path,
    listeners: Iterable[object] = (),
    name: str | None = None,
    *,
    reuse: bool = False,
) -> Path:
    """Run every trial of a plan and return the run's directory.

    Each result is on disk before any hook hears of it and the next trial starts. An interrupt
    (Ctrl-C) ends the run early: its status is then `interrupted`, and what was finished is kept.

    Args:
        plan: what to run.
        host: the plugins; its models must hold those of the plan.
        data: the images.
        engine: where the trials run.
        runs_dir: where the run's directory is made.
        listeners: hook users of the caller's, such as a progress display.
        name: what the directory is called after the time; by default the models.
        reuse: take trials from earlier runs below `runs_dir` where they are identical.

    Raises:
        StoreError: the run directory cannot be written.
    """
    environment = environment_of(plan)
    reused = reusable_results(runs_dir, plan, environment) if reuse else ()
    writer = create_run(
        *(runs_dir, plan, environment, data.test.labels, name),
        test_groups=data.test.groups,
        test_sets=data.test_sets,
    )
    with sole_writer(writer.path):
        _run(writer, plan.trial_specs, host, engine, data, listeners, reused)
    return writer.path


def resume_run(
    resumption: Resumption,
    host: PluginHost,
    data: TrialData,
    engine: Engine,
    listeners: Iterable[object] = (),
    *,
    reuse: bool = False,
) -> Path:
    """Run the trials that a stored run lacks and return its directory, which is the same.

    The hooks hear of a run with the widened plan and of its missing trials; the record at the
    end holds all its results.

    Args:
        resumption: the stored run and what it lacks (`digitbench.runner.resume`).
        host: the plugins; its models must hold those of the plan.
        data: the images.
        engine: where the trials run.
        listeners: hook users of the caller's, such as a progress display.
        reuse: take trials from other runs beside it where they are identical.

    Raises:
        StoreError: the run directory cannot be written, is being written by another process, or
            was since the resumption was made.
    """
    path, record, missing = resumption.path, resumption.record, resumption.missing
    reused: Iterable[TrialResult] = ()
    if reuse and missing:
        reused = reusable_results(path.parent, record.plan, record.environment, missing)
    with sole_writer(path):
        if count_results(read_run(path)) != resumption.results_stored:
            raise StoreError(f"another process has written to {path}: give the command again")
        new = {label: one for label, one in data.test_sets.items() if label not in record.test_sets}
        writer = reopen_run(path, record, test_sets=new)
        _run(writer, lambda: missing, host, engine, data, listeners, reused)
    return path


def environment_of(plan: RunPlan) -> Environment:
    """Describe this machine, with the versions of the plugins that a plan needs."""
    return describe_environment(m.distribution for m in plan.models if m.distribution)


def _run(
    writer: RunWriter,
    trials: Callable[[], Sequence[TrialSpec]],
    host: PluginHost,
    engine: Engine,
    data: TrialData,
    listeners: Iterable[object],
    reused: Iterable[TrialResult] = (),
) -> None:
    """Run trials into a store that is open for them, and tell the hooks of it.

    The trials are made when they are due: those of a long run are gone before it is read back.

    Raises:
        EngineError: the engine broke down; what had finished is stored all the same.
    """
    record = writer.record
    models = {m.name: find_model(m.name, host).spec for m in record.plan.models}
    inputs = RunInputs(record.plan, models, data)
    keeper = Keeper(writer.path, record)
    with host.listening(writer, *listeners):
        host.notify("digitbench_run_started", plan=record.plan, record=record)
        there = set()
        for result in reused:  # one at a time: each comes with its arrays
            _finish(result, record.plan, host, keeper)
            there.add((result.spec.model, result.spec.trial))
        breakdown = None
        try:
            _run_trials(_left(trials(), there, record.plan), host, engine, inputs, keeper)
        except EngineError as error:
            breakdown = error
        results = read_run(writer.path).results  # with their predictions, mapped from the file
        done = len(results) == record.plan.trial_count
        finished = {
            "results": results,
            "status": "complete" if done else "interrupted",
            "finished_at": datetime.now(UTC),
        }
        record = _measured(record.model_copy(update=finished), host)
        host.notify("digitbench_run_finished", record=record)
    if breakdown is not None:
        kept = f"what had finished is stored in {writer.path}"
        raise EngineError(f"{breakdown}; {kept}") from breakdown


def _left(
    trials: Iterable[TrialSpec], there: Collection[tuple[str, int]], plan: RunPlan
) -> list[TrialSpec]:
    """Return the trials that are not there, each with whether its classifier is to be kept."""
    return [
        trial.model_copy(update={"keep": True}) if plan.keeps(trial) else trial
        for trial in trials
        if (trial.model, trial.trial) not in there
    ]


def _run_trials(
    trials: Sequence[TrialSpec], host: PluginHost, engine: Engine, inputs: RunInputs, keeper: Keeper
) -> None:
    """Tell the hooks of the results in the order they come, to the end or to an interrupt."""
    arriving = engine.run(trials, inputs, HookEvents(host, inputs.plan))
    with suppress(KeyboardInterrupt), termination_as_interrupt(), closing(arriving):
        result = next(arriving, None)
        while result is not None:
            try:
                with interrupt_deferred():
                    whole = _with_all_sets(_told(result, inputs), inputs.plan)
                    _finish(whole, inputs.plan, host, keeper)
            except KeyboardInterrupt as interrupt:  # the engine may have more that is finished
                result = arriving.throw(interrupt)
            else:
                result = next(arriving, None)


def _finish(result: TrialResult, plan: RunPlan, host: PluginHost, keeper: Keeper) -> None:
    """Keep a result's model, then tell the hooks, of which the store is the first."""
    host.notify("digitbench_trial_finished", plan=plan, result=keeper.keep(result))


def _measured(record: RunRecord, host: PluginHost) -> RunRecord:
    """Return a run with the metrics of plugins, as far as they can be computed."""
    try:
        computed = metrics_of_run(record, host)
    except StoreError as error:  # the run itself is sound, and is to end as such
        _log.warning("the metrics of plugins are left out: %s", error)
        return record
    for problem in computed.problems:
        _log.warning("%s", problem)
    return with_metrics(record, computed)


def _told(result: TrialResult, inputs: RunInputs) -> TrialResult:
    """Return a result of an engine; say if its model was to be kept, could be, and is not."""
    spec = result.spec
    due = inputs.plan.keeps(spec) and inputs.models[spec.name].load is not None
    if not due or result.status != "ok" or result.kept_files is not None:
        return result
    reason = result.not_kept or "the engine did not pass its files on"
    _log.warning("%s, trial %d: the model is not kept: %s", spec.model, spec.trial, reason)
    return result.model_copy(update={"not_kept": reason})


def _with_all_sets(result: TrialResult, plan: RunPlan) -> TrialResult:
    """Return a result with every test set of the plan; say which it has no predictions of.

    A run that is taken up again may lack a set that was there when it began.
    """
    if result.status == "ok":
        labels = [one.label for one in plan.test_sets if one.error is None]
        result = with_missing_sets(result, labels, "its images were not there")
    failed: dict[str, list[str]] = {}
    for part in result.set_results:
        if part.error is not None:
            failed.setdefault(part.error, []).append(part.test_set)
    for reason, labels in failed.items():
        _log.warning(
            "%s, trial %d has no predictions of test set%s %s: %s",
            result.spec.model,
            result.spec.trial,
            "s" if len(labels) > 1 else "",
            ", ".join(labels),
            reason,
        )
    return result
