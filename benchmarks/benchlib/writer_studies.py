"""How often the statistics are right where writers make images alike, with and without groups.

Every figure exists twice, from the same draws: `grouped`, where the comparison knows the writers,
and `plain`, where it takes each image for an independent one.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from benchlib.sequential_ends import end_of_run
from benchlib.simulated import SETTINGS
from benchlib.writers import Writers
from digitbench.analysis.comparison import compare
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.sequential import State, looks
from digitbench.analysis.significance import Verdict
from digitbench.types import SequentialDesign

AS_THE_CNN = SETTINGS[1]
FAMILIES = (2, 4, 8)
"""Numbers of models that are compared together."""
_SAME = 1e-12

Rates = dict[str, float]
"""Fractions, and means, by name; each name ends in `grouped` or `plain`."""


@dataclass(frozen=True)
class Cell:
    """What is simulated.

    Attributes:
        icc: intraclass correlation of the outcomes.
        accuracy: the true one.
        trials: of each model; 0 for deterministic models.
        models: how many there are, an even number.
        other_icc: that of every second model; None where all have the same.
        other_errors: how many times the errors of the others every second model makes.
    """

    icc: float
    accuracy: float
    trials: int
    models: int = 2
    other_icc: float | None = None
    other_errors: float = 1.0

    @property
    def accuracies(self) -> dict[str, float]:
        """The true accuracy of each model, by label."""
        both = self.accuracy, 1 - (1 - self.accuracy) * self.other_errors
        return {f"m{number}": both[number % 2] for number in range(self.models)}

    def draw(
        self, rng: np.random.Generator, writers: Writers, runs: int
    ) -> Iterator[list[Outcomes]]:
        """Yield the models of each run."""
        iccs = self.icc, self.icc if self.other_icc is None else self.other_icc
        laws = [
            writers.law(AS_THE_CNN, accuracy, iccs[number % 2], self.trials)
            for number, accuracy in enumerate(self.accuracies.values())
        ]
        return (writers.models(rng, laws) for _ in range(runs))


@dataclass(frozen=True)
class Design:
    """How much is simulated.

    Attributes:
        runs: of each cell.
        seed: of all chance; each cell has its own, whatever the number of processes.
        jobs: how many processes.
        every: only each so many writers take part, to see that it works.
    """

    runs: int
    seed: int = 0
    jobs: int = 1
    every: int = 1


Study = Callable[[np.random.Generator, Writers, Cell, int], Rates]


def run_cells(study: Study, cells: Sequence[Cell], design: Design) -> Iterator[Rates]:
    """Study cells, and yield the rates of each, in order."""
    numbers = range(len(cells))
    if design.jobs == 1:
        yield from map(_run_cell, repeat(study), cells, numbers, repeat(design))
        return
    with ProcessPoolExecutor(design.jobs) as pool:
        yield from pool.map(_run_cell, repeat(study), cells, numbers, repeat(design))


def _run_cell(study: Study, cell: Cell, number: int, design: Design) -> Rates:
    rng = np.random.default_rng([design.seed, number])
    return study(rng, Writers.of_mnist(design.every), cell, design.runs)


def ways(models: Sequence[Outcomes]) -> dict[str, list[Outcomes]]:
    """Return the models with and without their groups."""
    return {"grouped": list(models), "plain": [replace(model, groups=None) for model in models]}


def coverage(rng: np.random.Generator, writers: Writers, cell: Cell, runs: int) -> Rates:
    """Count intervals that hold the truth, and false claims, of two models."""
    counts: Rates = {}
    for drawn in cell.draw(rng, writers, runs):
        for way, models in ways(drawn).items():
            compared = compare(models)
            (pair,) = compared.pairs
            for model in compared.models:
                held = _holds(model.uncertainty.interval, cell.accuracies[model.outcomes.label])
                _count(counts, f"accuracy {way}", held / len(models))
            _count(counts, f"difference {way}", _pair_holds(pair, cell))
            _count(counts, f"false {way}", _is_false(pair, cell))
    return _shares(counts, runs)


def families(rng: np.random.Generator, writers: Writers, cell: Cell, runs: int) -> Rates:
    """Count families with a false claim, and those whose intervals all hold the truth."""
    counts: Rates = {}
    for drawn in cell.draw(rng, writers, runs):
        for way, models in ways(drawn).items():
            for size in FAMILIES:
                starts = range(0, len(models) - size + 1, size)
                for start in starts:
                    pairs = compare(models[start : start + size]).pairs
                    false = any(_is_false(pair, cell) for pair in pairs)
                    held = all(_pair_holds(pair, cell) for pair in pairs)
                    _count(counts, f"false {size} {way}", false / len(starts))
                    _count(counts, f"held {size} {way}", held / len(starts))
    return _shares(counts, runs)


def sequential(rng: np.random.Generator, writers: Writers, cell: Cell, runs: int) -> Rates:
    """Count how runs of equal models end that go on until it is decided."""
    design = SequentialDesign(pair=None, looks=looks(cell.trials))
    counts: Rates = {}
    for drawn in cell.draw(rng, writers, runs):
        for way, models in ways(drawn).items():
            state, trials = end_of_run(models, design)
            _count(counts, f"decided {way}", state is State.DECIDED)
            _count(counts, f"given up {way}", state is State.UNDECIDABLE)
            _count(counts, f"trials {way}", trials)
    return _shares(counts, runs)


def power(rng: np.random.Generator, writers: Writers, cell: Cell, runs: int) -> Rates:
    """Count how often the better of two models is called so."""
    counts: Rates = {}
    best = max(cell.accuracies, key=lambda label: cell.accuracies[label])
    for drawn in cell.draw(rng, writers, runs):
        for way, models in ways(drawn).items():
            (pair,) = compare(models).pairs
            found = pair.population.verdict is Verdict.BETTER and pair.first.label == best
            _count(counts, f"found {way}", found)
    return _shares(counts, runs)


def _truth(pair: Pair, cell: Cell) -> float:
    """Return the true difference of a pair, its first model less its second."""
    truth = cell.accuracies[pair.first.label] - cell.accuracies[pair.second.label]
    return 0.0 if abs(truth) < _SAME else truth


def _pair_holds(pair: Pair, cell: Cell) -> bool:
    return _holds(pair.population.interval, _truth(pair, cell))


def _is_false(pair: Pair, cell: Cell) -> bool:
    """Tell whether a model is called better that is not."""
    return pair.population.verdict is Verdict.BETTER and _truth(pair, cell) <= 0


def _holds(interval: tuple[float, float] | None, truth: float) -> bool:
    return interval is not None and interval[0] <= truth <= interval[1]


def _count(counts: Rates, name: str, value: float) -> None:
    counts[name] = counts.get(name, 0.0) + value


def _shares(counts: Rates, runs: int) -> Rates:
    return {name: value / runs for name, value in counts.items()}
