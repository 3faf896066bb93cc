"""`digitbench run --until-decided`: trials are added until a comparison is settled."""

from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Self

from rich.console import Console

from digitbench.analysis.estimate import expected_seconds
from digitbench.analysis.sequential import Standing, State, looks
from digitbench.cli.quantities import parse_seconds
from digitbench.cli.work import Work
from digitbench.report import numbers
from digitbench.report.sequential import (
    NOTHING_TO_GAIN,
    after,
    always_failed,
    finding,
    standing_of,
)
from digitbench.runner.plan import RunRequest
from digitbench.runner.resume import resumption
from digitbench.runner.sequential import busy_seconds
from digitbench.store import read_run
from digitbench.types import RunRecord, SequentialDesign


def with_looks(
    request: RunRequest, until_decided: str | None, budget: str | None, max_trials: int
) -> RunRequest:
    """Return a request that begins with the trials of the first look, if looks are asked for.

    Args:
        request: what else is asked for.
        until_decided: the models to compare, as `RunRequest` takes them.
        budget: wall time, as `parse_seconds` takes it.
        max_trials: the most there are to be.

    Raises:
        UsageError: the budget is no length of time.
    """
    seconds = None if budget is None else parse_seconds(budget, "--budget")
    if until_decided is None:
        return replace(request, budget_seconds=seconds)  # a stored run may be given another one
    numbers_of_trials = looks(max_trials)
    return replace(
        request,
        until_decided=until_decided,
        looks=numbers_of_trials,
        trials=numbers_of_trials[0],
        budget_seconds=seconds,
    )


def perform_until_decided(work: Work, messages: Console, *, progress_shown: bool) -> Path:
    """Run trials look by look, say what each finds, and return the run's directory.

    Args:
        work: the trials up to the first look, or what is missing up to the one that was next.
        messages: where it is said.
        progress_shown: whether a display is drawn while trials run.
    """
    clock = _Clock.started(work)
    if work.resumption is not None and (late := clock.too_late(work, work.resumption.record)):
        _say(messages, f"no trial is run: {late}; a larger --budget lets it go on")
        return work.resumption.path
    while True:
        path = work.perform(messages, progress_shown=progress_shown)
        record = read_run(path)
        design = record.plan.sequential
        if design is None or record.status != "complete":
            return path
        standing = standing_of(record, design)
        end = _end(standing, record, design)
        if not end:
            work = _up_to_next_look(work, path, record, design)
            end = clock.too_late(work, record)
        found = f"{finding(standing)}: " if standing else ""
        goal = work.prepared.plan.trials
        _say(messages, f"{after(record)}: {found}{end or f'going on to {goal}'}")
        if end:
            return path


@dataclass(frozen=True)
class _Clock:
    """The wall time that a run has taken, that of earlier sittings included."""

    spent_before: float
    began: float

    @classmethod
    def started(cls, work: Work) -> Self:
        earlier = work.resumption.record.results if work.resumption else ()
        return cls(busy_seconds(earlier), monotonic())

    def too_late(self, work: Work, record: RunRecord) -> str:
        """Say why the trials of a work would not fit into the budget; nothing if they would."""
        design = work.prepared.plan.sequential
        if design is None or design.budget_seconds is None or not work.trials:
            return ""
        left = design.budget_seconds - self.spent_before - (monotonic() - self.began)
        due = expected_seconds(record, work.trials)
        if due <= left:
            return ""
        budget = numbers.duration(design.budget_seconds)
        return (
            f"not settled, and the {len(work.trials)} trials up to the next look would take some "
            f"{numbers.duration(due)} where {numbers.duration(max(0.0, left))} of {budget} is left"
        )


def _end(standing: Standing | None, record: RunRecord, design: SequentialDesign) -> str:
    """Say why a look is the last one; nothing if it is not."""
    if standing is None:
        failed = " and ".join(always_failed(record, design))
        return f"every trial of {failed} failed, so that nothing can be settled"
    if standing.state is State.DECIDED:
        return "settled"
    if standing.state is State.UNDECIDABLE:
        return NOTHING_TO_GAIN
    if record.plan.trials >= design.looks[-1]:
        return "not settled by the most trials there are to be"
    return ""


def _up_to_next_look(work: Work, path: Path, record: RunRecord, design: SequentialDesign) -> Work:
    """Return the trials that the next look needs, in the same run."""
    trials = next(look for look in design.looks if look > record.plan.trials)
    plan = work.prepared.plan.model_copy(update={"trials": trials})
    found = resumption(path, record, plan, retry_failed=False)
    return replace(
        work,
        prepared=work.prepared._replace(plan=plan),
        trials=found.missing,
        done=found.done,
        resumption=found,
    )


def _say(messages: Console, text: str) -> None:
    messages.print(text, soft_wrap=True, markup=False)
