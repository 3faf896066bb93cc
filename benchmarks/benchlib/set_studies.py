"""How often intervals of what models lose on a further test set hold the truth."""

from dataclasses import replace
from statistics import fmean

import numpy as np

from benchlib.writer_studies import AS_THE_CNN, Cell, Rates, ways
from benchlib.writers import Law, Writers
from digitbench.analysis.set_drops import Drop, compare_drops, drop_of
from digitbench.analysis.significance import Verdict

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


def _law(writers: Writers, cell: Cell, errors: float) -> Law:
    accuracy = 1 - (1 - cell.accuracy) * errors
    return writers.law(AS_THE_CNN, accuracy, cell.icc, cell.trials)


def _holds(drop: Drop, truth: float) -> bool:
    return drop.interval is not None and drop.interval[0] <= truth <= drop.interval[1]


def _count(counts: Rates, name: str, value: float) -> None:
    counts[name] = counts.get(name, 0.0) + value
