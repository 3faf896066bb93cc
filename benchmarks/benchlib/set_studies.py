"""How often intervals of what models get on a further test set, and lose there, hold the truth."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np

from benchlib.writer_studies import AS_THE_CNN, Cell, Rates, ways
from benchlib.writers import Law, Writers
from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis
from digitbench.analysis.set_drops import Drop, compare_drops, drop_of
from digitbench.analysis.significance import Verdict
from digitbench.analysis.summary import CONFIDENCE
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import PlannedCondition, PlannedTestSet

TIMES_THE_ERRORS = 1.5
"""How many times the errors on the test images each model makes on the other ones."""


def drops(rng: np.random.Generator, writers: Writers, cell: Cell, runs: int) -> Rates:
    """Count intervals that hold the true loss, and false claims that one model loses more.

    Two equal models, of the same trials on both sets. `paired` images were made of the test images:
    they share how hard an image is. Images `apart` are by other writers.
    """
    truth = (1 - cell.accuracy) * (TIMES_THE_ERRORS - 1)
    laws = [_law(writers, cell, 1), _law(writers, cell, TIMES_THE_ERRORS)]
    everywhere = np.arange(len(writers.groups), dtype=np.uint32)
    counts: Rates = {}
    for _ in range(runs):
        qualities = [laws[0].qualities(rng) for _ in range(2)]
        both = [writers.models(rng, laws, [quality, quality]) for quality in qualities]
        others = writers.models(rng, [laws[1]] * 2, qualities)
        worse = [
            replace(after, planned=other.planned, trials=other.trials)
            for (_, after), other in zip(both, others, strict=True)
        ]
        sides = {
            "paired": ([before for before, _ in both], worse, everywhere),
            "apart": (writers.models(rng, [laws[0]] * 2, qualities), others, None),
        }
        for name, (before, after, positions) in sides.items():
            for way, ours in ways(before).items():
                theirs = ways(after)[way]
                found = [drop_of(b, a, positions) for b, a in zip(ours, theirs, strict=True)]
                _count(counts, f"{name} {way}", fmean(_holds(drop, truth) for drop in found))
                (pair,) = compare_drops(found)
                claimed = pair.population.verdict is Verdict.BETTER
                _count(counts, f"more {name} {way}", float(claimed))
    return {name: value / runs for name, value in counts.items()}


def corruptions(rng: np.random.Generator, writers: Writers, cell: Cell, runs: int) -> Rates:
    """Count intervals of a mean over three corruptions, and of its corruption error, that hold."""
    errors = {"m0": (3.0, 4.0, 12.0), "m1": (1.0, 2.0, 4.0)}
    laws = {label: [_law(writers, cell, times) for times in of] for label, of in errors.items()}
    mean = 1 - (1 - cell.accuracy) * fmean(errors["m1"])
    corruption_error = fmean(one / of for one, of in zip(errors["m1"], errors["m0"], strict=True))
    counts: Rates = {}
    for _ in range(runs):
        qualities = [of[0].qualities(rng) for of in laws.values()]
        drawn = [writers.models(rng, both, qualities) for both in zip(*laws.values(), strict=True)]
        for way in ("grouped", "plain"):
            found = _set_of([ways(models)[way] for models in drawn])
            _count(counts, f"mean {way}", _within(uncertainty(found.models[1]).interval, mean))
            (error,) = (one for one in corruption_errors(found) if one.model == "m1")
            _count(counts, f"mCE {way}", _within(error.interval, corruption_error))
    return {name: value / runs for name, value in counts.items()}


def _set_of(drawn: Sequence[Sequence[Outcomes]]) -> SetAnalysis:
    """Make a test set of conditions whose images were made of test images."""
    images = drawn[0][0].images
    planned = PlannedTestSet(
        label="drawn",
        name="drawn",
        conditions=tuple(
            PlannedCondition(name=f"c{number}", size=images, paired=True)
            for number in range(len(drawn))
        ),
    )
    level, positions = 1 - CONFIDENCE, np.arange(images, dtype=np.uint32)
    conditions = tuple(
        ConditionAnalysis(planned, condition, tuple(models), level, positions)
        for condition, models in zip(planned.conditions, drawn, strict=True)
    )
    # The least accurate one on these is the reference model.
    return SetAnalysis(planned, conditions, (), tuple(drawn[-1]), level)


def _law(writers: Writers, cell: Cell, errors: float) -> Law:
    accuracy = 1 - (1 - cell.accuracy) * errors
    return writers.law(AS_THE_CNN, accuracy, cell.icc, cell.trials)


def _holds(drop: Drop, truth: float) -> bool:
    return _within(drop.interval, truth)


def _within(interval: tuple[float, float] | None, truth: float) -> bool:
    return interval is not None and interval[0] <= truth <= interval[1]


def _count(counts: Rates, name: str, value: float) -> None:
    counts[name] = counts.get(name, 0.0) + value
