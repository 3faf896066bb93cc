"""Runs that are looked at more than once: trials are added until what is asked is answered.

`looks` is the one loop for this, for `--until-decided` here and for the gate in `check.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from digitbench.analysis.estimate import expected_seconds
from digitbench.analysis.sequential import Standing, State
from digitbench.report import formatting
from digitbench.report.sequential import (
    NOTHING_TO_GAIN,
    after,
    always_failed,
    finding,
    standing_of,
)
from digitbench.store import read_run
from digitbench.types import RunRecord, SequentialDesign, TrialResult
from digitbench.workflows.execute import PendingRun
from digitbench.workflows.messages import Messages


@dataclass(frozen=True, eq=False)
class Look:
    """A run at a moment when it is judged.

    Attributes:
        path: the run's directory.
        record: the run, read back from there.
        next: what would be run up to the next look; None if this is the last one, or the run was
            interrupted.
    """

    path: Path
    record: RunRecord
    next: PendingRun | None


def looks(pending: PendingRun, counts: Sequence[int], messages: Messages) -> Iterator[Look]:
    """Run up to each number of trials, as long as the caller asks for another look.

    Plugins and data are prepared once, by whoever made `pending`.

    Args:
        pending: the trials up to the first look, or what is missing up to the one that was next.
        counts: numbers of trials of each model, growing.
        messages: where progress is shown.

    Raises:
        DigitbenchError: as `PendingRun.execute` does.
    """
    following: PendingRun | None = pending
    while following is not None:
        pending = following
        more = next((count for count in counts if count > pending.plan.trials), None)
        until = "next look" if more is not None else "last look"
        path = pending.execute(messages, until if len(counts) > 1 else "")
        record = read_run(path)
        following = None
        if more is not None and record.status == "complete":
            following = pending.with_trials(more, record, path)
        yield Look(path, record, following)


def execute(pending: PendingRun, messages: Messages) -> Path:
    """Run what is to be done, look by look if the plan says so; return the run's directory."""
    design = pending.plan.sequential
    if design is None:
        return pending.execute(messages)
    began = monotonic()
    earlier = pending.stored.record.results if pending.stored else ()
    clock = _Clock(design.budget_seconds, busy_seconds(earlier), began)
    if pending.stored and (late := clock.too_late(pending, pending.stored.record)):
        messages.info(f"no trial is run: {late}; a larger --budget lets it go on")
        return pending.stored.path
    for look in looks(pending, design.looks, messages):
        path = look.path
        if look.record.status != "complete":
            break
        standing = standing_of(look.record, design)
        end = _end(standing, look, design) or clock.too_late(look.next, look.record)
        found = f"{finding(standing)}: " if standing else ""
        goal = look.next.plan.trials if look.next else 0
        messages.info(f"{after(look.record)}: {found}{end or f'going on to {goal}'}")
        if end:
            break
    return path


@dataclass(frozen=True)
class _Clock:
    """The wall time that a run may take, and has taken, that of earlier sittings included."""

    budget_seconds: float | None
    spent_before: float
    began: float

    def too_late(self, pending: PendingRun | None, record: RunRecord) -> str:
        """Say why the trials to be done would not fit into the budget; nothing if they would."""
        if self.budget_seconds is None or pending is None or not pending.trials:
            return ""
        left = self.budget_seconds - self.spent_before - (monotonic() - self.began)
        due = expected_seconds(record, pending.trials)
        if due <= left:
            return ""
        budget = formatting.duration(self.budget_seconds)
        return (
            f"not settled, and the {len(pending.trials)} trials up to the next look would take "
            f"some {formatting.duration(due)} where {formatting.duration(max(0.0, left))} of "
            f"{budget} is left"
        )


def busy_seconds(results: Iterable[TrialResult]) -> float:
    """Return for how long at least one of some trials was under way; reused ones count nothing.

    So the time between an interrupt and the resumption of a run does not count.
    """
    spans = sorted(
        (result.started_at.timestamp(), result.finished_at.timestamp())
        for result in results
        if result.finished_at is not None and result.reused_from is None
    )
    busy, until = 0.0, float("-inf")
    for start, end in spans:
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return busy


def _end(standing: Standing | None, look: Look, design: SequentialDesign) -> str:
    """Say why a look is the last one; nothing if it is not."""
    if standing is None:
        failed = " and ".join(always_failed(look.record, design))
        return f"every trial of {failed} failed, so that nothing can be settled"
    if standing.state is State.DECIDED:
        return "settled"
    if standing.state is State.UNDECIDABLE:
        return NOTHING_TO_GAIN
    return "" if look.next else "not settled by the most trials there are to be"
