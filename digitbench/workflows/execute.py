"""The one driver of runs: new, resumed, with reused trials, or of a paper's experiments."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from digitbench.analysis.estimate import Estimate, estimate
from digitbench.analysis.trial_times import ExpectedSeconds, expected_phases
from digitbench.errors import UsageError
from digitbench.runner.history import earlier_runs
from digitbench.runner.resolve import find_model
from digitbench.runner.resume import (
    Resumption,
    differences,
    found_sets,
    resumption,
    timing_differences,
)
from digitbench.runner.reuse import reusable_results
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.runner.set_requests import sets_text
from digitbench.store import find_run, read_run
from digitbench.types import ModelSpec, RunPlan, RunRecord, SequentialDesign, TrialResult, TrialSpec
from digitbench.workflows.chosen import ChosenModels
from digitbench.workflows.messages import Messages, Workload
from digitbench.workflows.plan import mixing
from digitbench.workflows.prepare import Examine, Prepared, prepare
from digitbench.workflows.request import RunRequest, spelling
from digitbench.workflows.stored_request import request_from_plan


@dataclass(frozen=True)
class PendingRun:
    """A plan, and what of it is to be done.

    Attributes:
        prepared: the plan with what it takes.
        runs_dir: where runs are kept.
        stored: the run to complete; None for a new one.
        reuse: whether identical trials are taken from earlier runs.
        name: what a new run's directory is called after the time; by default the models.
    """

    prepared: Prepared
    runs_dir: Path
    stored: Resumption | None = None
    reuse: bool = False
    name: str | None = None

    @property
    def plan(self) -> RunPlan:
        """What there is to be in the end."""
        return self.prepared.plan

    @property
    def trials(self) -> tuple[TrialSpec, ...]:
        """Those that are to be run."""
        return self.stored.missing if self.stored else self.plan.trial_specs()

    @property
    def done(self) -> tuple[TrialResult, ...]:
        """Those that are there."""
        return self.stored.done if self.stored else ()

    @property
    def specs(self) -> dict[str, ModelSpec]:
        """The plugins' records of the models, by name."""
        host = self.prepared.host
        return {model.name: find_model(model.name, host).spec for model in self.plan.models}

    def left_after_reuse(self) -> tuple[TrialSpec, ...]:
        """Return the trials that no earlier run has."""
        if not self.reuse:
            return self.trials
        wanted = self.plan.model_copy(update={"keep": "none"})  # what is kept need not be read
        found = reusable_results(self.runs_dir, wanted, environment_of(self.plan))
        there = {(result.spec.model, result.spec.trial) for result in found}
        return tuple(trial for trial in self.trials if (trial.model, trial.trial) not in there)

    def estimate(self) -> tuple[tuple[TrialSpec, ...], Estimate]:
        """Return the trials that would be run, and how long that may take by earlier runs."""
        trials = self.left_after_reuse()
        earlier = earlier_runs(self.runs_dir)
        return trials, estimate(self.plan, trials, environment_of(self.plan), earlier)

    def expected_seconds(self) -> dict[str, ExpectedSeconds]:
        """Return how long trials of each model took in earlier runs, by label, where known."""
        return expected_phases(self.plan, environment_of(self.plan), earlier_runs(self.runs_dir))

    def with_trials(self, trials: int, record: RunRecord, path: Path) -> Self:
        """Return the same run, as it is stored now, with more trials of each model to be done."""
        plan = self.plan.model_copy(update={"trials": trials})
        return replace(
            self,
            prepared=replace(self.prepared, plan=plan),
            stored=resumption(path, record, plan, retry_failed=False),
        )

    def execute(self, messages: Messages, until: str = "") -> Path:
        """Run the trials and return the run's directory.

        Args:
            messages: where progress is shown.
            until: what the trials lead up to, such as `next look`; by default the end.

        Raises:
            DigitbenchError: the run's directory cannot be written, or the engine broke down.
        """
        if self.stored and not self.trials and not self.stored.cut_off:
            return self.stored.path
        host, data, engine = self.prepared.host, self.prepared.data, self.prepared.engine
        work = Workload(self.trials, self.done, self.plan.jobs, self.expected_seconds, until)
        with messages.progress(work) as listener:
            listeners = [] if listener is None else [listener]
            if self.stored:
                return resume_run(self.stored, host, data, engine, listeners, reuse=self.reuse)
            return run_plan(
                *(self.plan, host, data, engine, self.runs_dir, listeners, self.name),
                reuse=self.reuse,
            )


def new_run(
    request: RunRequest,
    messages: Messages,
    examine: Examine | None = None,
    *,
    chosen: ChosenModels | None = None,
    reuse: bool = False,
    early: object | None = None,
) -> PendingRun:
    """Prepare a new run; the arguments are those of `digitbench.workflows.prepare.prepare`.

    Raises:
        DigitbenchError: as that does.
    """
    prepared = prepare(request, messages, examine, chosen, early=early)
    if prepared.plan.dataset.validation_rule is None and (mixed := mixing(prepared.data)):
        messages.warn(mixed)
    return PendingRun(prepared, request.runs_dir, reuse=reuse)


def resumed_run(
    name: str | Path,
    given: Mapping[str, Any],
    settings: Mapping[str, Any],
    messages: Messages,
    examine: Examine | None = None,
    *,
    chosen: ChosenModels | None = None,
    retry_failed: bool = False,
) -> PendingRun:
    """Prepare to complete a stored run.

    Args:
        name: the run's, as `digitbench.store.find_run` takes it.
        given: what the user says now, by field of `RunRequest`; the rest is as it was.
        settings: what holds of that which no plan says, such as where runs are kept.
        messages: where it is said how much is there.
        examine: gets the error of a trial that fails.
        chosen: the models; None for those that the request names, or else the run's own.
        retry_failed: run the trials that failed again.

    Raises:
        UsageError: there is no such run, or it cannot be completed as it was begun.
        DigitbenchError: as `digitbench.workflows.prepare.prepare` does.
    """
    for laid_out in sorted(given.keys() & {"until_decided", "max_trials", "quick"}):
        raise UsageError(
            f"{spelling(laid_out)} is laid out when a run begins: leave it out with --resume"
        )
    runs_dir = {"runs_dir": Path("runs"), **settings, **given}["runs_dir"]
    path = find_run(runs_dir, str(name))
    if "test_sets" in given:
        raise UsageError(
            "--test-sets is laid out when a run begins: leave it out with --resume; `digitbench "
            f"test {shlex.quote(path.name)} --test-sets "
            f"{shlex.quote(sets_text(given['test_sets']))}` adds test sets"
        )
    stored = read_run(path)
    design = stored.plan.sequential
    _check_design(path, design, given)
    request = request_from_plan(stored.plan, given, settings)
    design = design and design.model_copy(update={"budget_seconds": request.budget_seconds})
    if chosen is None and "models" not in given:
        chosen = ChosenModels.stored(stored.plan)
    prepared = prepare(request, messages, examine, chosen, design, stored.plan.test_sets)
    plan = prepared.plan
    if changed := differences(stored, plan, environment_of(plan)):
        raise UsageError(
            f"{path.name} cannot be completed: {'; '.join(changed)}. Undo that, or begin a new run"
        )
    found = resumption(path, stored, plan, retry_failed=retry_failed)
    there, total = len(found.done), len(found.done) + len(found.missing)
    messages.info(f"completing {path.name}: {there} of {total} trials are there")
    for change in timing_differences(stored.plan, plan) if found.missing else ():
        messages.warn(f"the times of its trials are hard to compare: {change}")
    for label in found_sets(stored.plan, plan):
        others = "trials have it from here on; " if found.missing else ""
        messages.warn(
            f"test set {label} could not be loaded before and is there now: {others}"
            f"`digitbench test {shlex.quote(path.name)} --test-sets {shlex.quote(label)}` adds it "
            f"to the {'others' if found.missing else 'trials'}"
        )
    return PendingRun(prepared, runs_dir, found)


def _check_design(path: Path, design: SequentialDesign | None, given: Mapping[str, Any]) -> None:
    """Refuse what would change how the number of a stored run's trials is decided.

    Raises:
        UsageError: something would.
    """
    if design is None:
        if "budget_seconds" in given:
            raise UsageError(f"{path.name} was not begun with --until-decided: leave out --budget")
        return
    for name in ("models", "trials"):
        if name in given:
            raise UsageError(
                f"{path.name} goes on until its models are told apart, as was laid out when it "
                f"began: leave out --{name}"
            )
