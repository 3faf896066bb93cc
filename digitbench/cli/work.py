"""What `digitbench run` is about to do: a new run, or the rest of a stored one."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from digitbench.cli.console import warn
from digitbench.cli.prepare import Prepared, prepare
from digitbench.cli.progress import RunProgress
from digitbench.errors import UsageError
from digitbench.runner.plan import RunRequest, mixing, request_again
from digitbench.runner.resume import Resumption, differences, resumption, timing_differences
from digitbench.runner.reuse import reusable_results
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.store import find_run, read_run
from digitbench.types import SequentialDesign, TrialResult, TrialSpec

Examine = Callable[[BaseException], None]


@dataclass(frozen=True)
class Work:
    """A plan, and what of it is to be done.

    Attributes:
        prepared: the plan with what it takes.
        runs_dir: where runs are kept.
        trials: those that are to be run.
        done: those that are there.
        resumption: the stored run to complete; None for a new one.
        reuse: whether identical trials are taken from earlier runs.
    """

    prepared: Prepared
    runs_dir: Path
    trials: tuple[TrialSpec, ...]
    done: tuple[TrialResult, ...] = ()
    resumption: Resumption | None = None
    reuse: bool = False

    def left_after_reuse(self) -> tuple[TrialSpec, ...]:
        """Return the trials that no earlier run has."""
        if not self.reuse:
            return self.trials
        plan = self.prepared.plan
        found = reusable_results(self.runs_dir, plan, environment_of(plan))
        there = {(result.spec.model, result.spec.trial) for result in found}
        return tuple(trial for trial in self.trials if (trial.model, trial.trial) not in there)

    def perform(self, messages: Console, *, progress_shown: bool) -> Path:
        """Run the trials and return the run's directory."""
        plan, host, data, engine = self.prepared
        progress = RunProgress(
            messages, self.trials, self.done, jobs=plan.jobs, shown=progress_shown
        )
        if self.resumption is None:
            with progress:
                return run_plan(
                    plan, host, data, engine, self.runs_dir, [progress], reuse=self.reuse
                )
        if self.trials or self.resumption.cut_off:
            with progress:
                resume_run(self.resumption, host, data, engine, [progress], reuse=self.reuse)
        return self.resumption.path


def new_work(
    request: RunRequest, messages: Console, examine: Examine | None = None, *, reuse: bool
) -> Work:
    """Prepare a new run.

    Raises:
        DigitbenchError: as `digitbench.cli.prepare.prepare` does.
    """
    prepared = prepare(request, messages, examine)
    plan, data = prepared.plan, prepared.data
    if plan.dataset.validation_rule is None and (mixed := mixing(data)):
        warn(messages, mixed)
    return Work(prepared, request.runs_dir, plan.trial_specs(), reuse=reuse)


def remaining_work(
    name: str,
    request: RunRequest,
    given: Collection[str],
    messages: Console,
    examine: Examine | None = None,
    *,
    retry_failed: bool,
) -> Work:
    """Prepare to complete a stored run.

    Args:
        name: the run's, as `digitbench.store.find_run` takes it.
        request: what the user says now.
        given: which attributes of it the user has given; the rest is as it was.
        messages: where it is said how much is there.
        examine: gets the error of a trial that fails.
        retry_failed: run the trials that failed again.

    Raises:
        UsageError: there is no such run, or it cannot be completed as it was begun.
        DigitbenchError: as `digitbench.cli.prepare.prepare` does.
    """
    path = find_run(request.runs_dir, name)
    stored = read_run(path)
    _check_design(path, stored.plan.sequential, given)
    prepared = prepare(request_again(stored.plan, request, given), messages, examine)
    plan = prepared.plan
    if changed := differences(stored, plan, environment_of(plan)):
        raise UsageError(
            f"{path.name} cannot be completed: {'; '.join(changed)}. Undo that, or begin a new run"
        )
    found = resumption(path, stored, plan, retry_failed=retry_failed)
    there, total = len(found.done), len(found.done) + len(found.missing)
    said = f"completing {path.name}: {there} of {total} trials are there"
    messages.print(said, style="dim", soft_wrap=True, markup=False)
    for change in timing_differences(stored.plan, plan) if found.missing else ():
        warn(messages, f"the times of its trials are hard to compare: {change}")
    return Work(prepared, request.runs_dir, found.missing, found.done, found)


def _check_design(path: Path, design: SequentialDesign | None, given: Collection[str]) -> None:
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
