"""A model over the runs: its figures, what changed from one run to the next, and noise told apart.

The method is in `docs/methodology.md`, "A model over runs".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.baseline_sets import full_set_name, sets_called
from digitbench.analysis.difference import MeanDifference, mean_difference
from digitbench.analysis.gate.power import flip_std
from digitbench.analysis.on_test_set import on_test_set
from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.provenance import (
    DifferenceKind,
    Fact,
    differing,
    machine_facts,
    option_facts,
    plan_facts,
    plugin_facts,
    short,
    timing_facts,
)
from digitbench.types import RunRecord


class Movement(StrEnum):
    """What the change of a mean accuracy is, by its 95 % interval, on this test set.

    Members:
        HIGHER: the interval lies above 0.
        LOWER: it lies below 0.
        NOISE: it holds 0.
        UNKNOWN: there is none, because the spread over seeds is not known.
    """

    HIGHER = "higher"
    LOWER = "lower"
    NOISE = "within noise"
    UNKNOWN = "spread unknown"


@dataclass(frozen=True)
class HistoryStep:
    """How the mean accuracy moved since an earlier run on the same data.

    Attributes:
        since: the earlier run: the last one before with a trial that succeeded.
        difference: the mean less the earlier one, with its 95 % interval over seeds (Welch).
        movement: whether that is more than noise.
    """

    since: str
    difference: MeanDifference
    movement: Movement


@dataclass(frozen=True, eq=False)
class HistoryEntry:
    """A model in one run.

    Attributes:
        run: the run's id.
        started_at: when it started, UTC.
        summary: the model's figures.
        changes: what differs from the entry before.
        step: how the accuracy moved; None for the first on these data, or if no trial succeeded.
    """

    run: str
    started_at: datetime
    summary: ModelSummary
    changes: tuple[Fact, ...]
    step: HistoryStep | None


@dataclass(frozen=True, eq=False)
class Series:
    """A model with one set of options on one data set, oldest run first.

    Attributes:
        label: the model as it was asked for.
        dataset: name of the data set.
        test_set: the whole name of the further test set, or its condition, that accuracies are of;
            None for the test images.
        entries: at least one.
    """

    label: str
    dataset: str
    test_set: str | None
    entries: tuple[HistoryEntry, ...]


def model_history(
    records: Iterable[RunRecord], model: str, test_set: str | None = None
) -> tuple[Series, ...]:
    """Return a model's history, a series for each set of options, data set and test set.

    Args:
        records: the runs, oldest first, read with their predictions.
        model: the model's name, or the full label of one set of options.
        test_set: the further test set that accuracies are of, or a condition of one, by a name
            that `full_set_name` takes; runs without it are left out. None for the test images.

    Raises:
        UsageError: a run has several test sets of that name, or the set has no accuracy.
    """
    rows: dict[tuple[str, str, str | None], list[_Row]] = {}
    for record in records:
        for name, seen in _seen(record, test_set):
            for summary in summarise(seen):
                if summary.planned.is_called(model):
                    key = summary.planned.label, record.plan.dataset.name, name
                    rows.setdefault(key, []).append(_Row(seen, summary))
    return tuple(Series(*key, tuple(_entries(found))) for key, found in rows.items())


def _seen(record: RunRecord, test_set: str | None) -> Iterator[tuple[str | None, RunRecord]]:
    """Yield a run as its test images or a further test set show it; nothing if it lacks the set."""
    if test_set is None:
        yield None, record
    elif sets_called(test_set, record.plan):
        name = full_set_name(test_set, record.plan)
        if not any(one.label == name and one.error for one in record.plan.test_sets):
            yield name, on_test_set(record, name)


@dataclass(frozen=True, eq=False)
class _Row:
    record: RunRecord
    summary: ModelSummary

    @property
    def exact(self) -> bool:
        """Whether another trial would have given the same."""
        return self.record.plan.runs_once(self.summary.planned)

    @property
    def accuracies(self) -> list[float]:
        """Those of the trials that succeeded."""
        return [t.accuracy for t in self.summary.succeeded if t.accuracy is not None]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which predictions of these trials are wrong, `(n_trials, n_images)`."""
        predictions = [t.predictions for t in self.summary.succeeded if t.predictions is not None]
        wrong: NDArray[np.bool_] = np.stack(predictions) != self.record.test_labels
        return wrong


def _entries(rows: Sequence[_Row]) -> Iterator[HistoryEntry]:
    references: dict[str, _Row] = {}
    for before, row in pairwise((None, *rows)):
        if row is None:
            continue
        fingerprint = row.record.plan.dataset.fingerprint
        yield HistoryEntry(
            run=row.record.id,
            started_at=row.record.started_at,
            summary=row.summary,
            changes=() if before is None else _changes(before, row),
            step=_step(references.get(fingerprint), row),
        )
        if row.summary.accuracy is not None:
            references[fingerprint] = row


def _step(before: _Row | None, row: _Row) -> HistoryStep | None:
    if before is None or row.summary.accuracy is None:
        return None
    difference = _difference(before, row)
    return HistoryStep(before.record.id, difference, _movement(difference))


def _difference(before: _Row, now: _Row) -> MeanDifference:
    """Return the difference of two means; a model that runs once has a value without spread.

    A few trials can agree by chance, so that the spread is not taken to be less than the flips of
    single images give, from the trials of both runs.
    """
    if now.exact and before.exact:
        mean = now.accuracies[0] - before.accuracies[0]
        return MeanDifference(mean, (mean, mean))
    if before.exact:
        least = _flip_std(now)
        turned = mean_difference(before.accuracies, now.accuracies, exact=True, smallest_std=least)
        interval = turned.interval and (-turned.interval[1], -turned.interval[0])
        return MeanDifference(-turned.mean, interval)
    least = _flip_std(before) if now.exact else _flip_std(before, now)
    return mean_difference(now.accuracies, before.accuracies, exact=now.exact, smallest_std=least)


def _flip_std(*rows: _Row) -> float:
    """Return the least spread of a trial's accuracy, from the trials of rows on the same images."""
    wrong = np.concatenate([row.wrong for row in rows])
    return flip_std(wrong.sum(axis=0, dtype=np.int64), len(wrong))


def _movement(difference: MeanDifference) -> Movement:
    if difference.interval is None:
        return Movement.UNKNOWN
    low, high = difference.interval
    if low > 0:
        return Movement.HIGHER
    return Movement.LOWER if high < 0 else Movement.NOISE


def _changes(before: _Row, now: _Row) -> tuple[Fact, ...]:
    """Return what may explain why two rows of a series differ."""
    return differing(_facts(before, now))


def _facts(before: _Row, now: _Row) -> Iterator[Fact]:
    """Yield what decides the figures of two rows of a series."""
    models = before.summary.planned, now.summary.planned
    environments = before.record.environment, now.record.environment
    for fact in plan_facts(before.record.plan, now.record.plan):
        if (
            fact.kind is DifferenceKind.FINGERPRINT
        ):  # the data set is the same, and not named before it
            yield Fact(DifferenceKind.DATA, short(str(fact.then)), short(str(fact.now)))
        else:
            yield fact
    yield from plugin_facts(*models)
    yield from option_facts(*models)
    others = {m.distribution for r in (before, now) for m in r.record.plan.models}
    yield from machine_facts(*environments, others - {model.distribution for model in models})
    yield Fact(DifferenceKind.CPUS, environments[0].cpus, environments[1].cpus)
    yield from timing_facts(before.record.plan, now.record.plan)
