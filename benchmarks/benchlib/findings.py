"""What the writers of a test set have to do with the errors of real models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchlib.writer_studies import ways
from digitbench.analysis.clustering import intraclass_correlation
from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import Groups

Values = NDArray[np.float64]

SHUFFLES = 500
"""How often the errors are dealt anew to find what chance gives."""
CURVE_POINTS = 99


@dataclass(frozen=True)
class ModelFindings:
    """A model's errors by series and writer.

    Attributes:
        label: the model's.
        trials: how many trainings.
        accuracy: the mean accuracy, a fraction.
        errors_by_series: fractions, by series.
        icc: correlation of two outcomes of one writer in one trial, within the series.
        worst_tenth: share of the errors by the tenth of the writers that have the most.
        worst_tenth_by_chance: the same with the errors dealt anew among the images of a series.
        faultless: writers without an error in any trial.
        faultless_by_chance: likewise, with the errors dealt anew.
        design_effect: variance of the accuracy over writers as a multiple of that over images.
        intervals: of the accuracy, `plain` and `grouped`; None where there is none.
        curve: share of the errors by the worst 1/n, 2/n ... of the writers, n of `CURVE_POINTS`.
        curve_by_chance: likewise.
    """

    label: str
    trials: int
    accuracy: float
    errors_by_series: tuple[float, ...]
    icc: float
    worst_tenth: float
    worst_tenth_by_chance: float
    faultless: int
    faultless_by_chance: float
    design_effect: float
    intervals: dict[str, tuple[float, float] | None]
    curve: tuple[float, ...]
    curve_by_chance: tuple[float, ...]


@dataclass(frozen=True)
class PairFindings:
    """Two models compared, with and without writers.

    Attributes:
        first, second: their labels; the first has the higher accuracy.
        difference: of their accuracies, a fraction.
        design_effect: variance of the difference over writers as a multiple of that over images.
        p_values: not adjusted, `plain` and `grouped`; None where there is no test.
        intervals: likewise, of the difference, as a family.
        verdicts: likewise, in words.
    """

    first: str
    second: str
    difference: float
    design_effect: float
    p_values: dict[str, float | None]
    intervals: dict[str, tuple[float, float] | None]
    verdicts: dict[str, str]


def model_findings(rng: np.random.Generator, model: Outcomes, groups: Groups) -> ModelFindings:
    """Look at a model's errors by series and writer."""
    errors = 1 - model.image_accuracy
    curve = worst_first(by_writer(errors, groups))
    dealt = [by_writer(deal(rng, errors, groups), groups) for _ in range(SHUFFLES)]
    by_chance = np.mean([worst_first(found) for found in dealt], axis=0)
    tenth = round(len(curve) / 10) - 1
    shares = np.arange(1, CURVE_POINTS + 1) / CURVE_POINTS
    places = (shares * len(curve)).round().astype(np.int64) - 1
    in_series = [errors[groups.strata == s].mean() for s in range(len(groups.stratum_names))]
    return ModelFindings(
        label=model.label,
        trials=len(model.trials),
        accuracy=model.accuracy,
        errors_by_series=tuple(map(float, in_series)),
        icc=intraclass_correlation(replace(model, groups=groups)) or 0.0,
        worst_tenth=float(curve[tenth]),
        worst_tenth_by_chance=float(by_chance[tenth]),
        faultless=int((by_writer(errors, groups) == 0).sum()),
        faultless_by_chance=float(np.mean([(found == 0).sum() for found in dealt])),
        design_effect=design_effect(errors, groups),
        intervals={way: uncertainty(seen).interval for way, (seen,) in ways([model]).items()},
        curve=tuple(map(float, curve[places].round(4))),
        curve_by_chance=tuple(map(float, by_chance[places].round(4))),
    )


def pair_findings(models: Sequence[Outcomes], groups: Groups) -> list[PairFindings]:
    """Compare every two models, as one family, with and without writers."""
    compared = {way: compare(seen) for way, seen in ways(models).items()}
    return [_pair(one, other, compared, groups) for one, other in combinations(models, 2)]


def _pair(
    one: Outcomes, other: Outcomes, compared: dict[str, Comparison], groups: Groups
) -> PairFindings:
    pairs: dict[str, Pair] = {
        way: found.pair(one.label, other.label) for way, found in compared.items()
    }
    shown = pairs["grouped"]
    return PairFindings(
        first=shown.first.label,
        second=shown.second.label,
        difference=shown.difference,
        design_effect=design_effect(one.image_accuracy - other.image_accuracy, groups),
        p_values={way: pair.population.p_value for way, pair in pairs.items()},
        intervals={way: pair.population.interval for way, pair in pairs.items()},
        verdicts={way: str(pair.population.verdict) for way, pair in pairs.items()},
    )


def by_writer(values: Values, groups: Groups) -> Values:
    """Return the sum of the images' values of each writer, `(n_writers,)`."""
    _, numbers = np.unique(groups.numbers, return_inverse=True)
    return np.bincount(numbers, values).astype(np.float64)


def worst_first(values: Values) -> Values:
    """Return the share of the whole that the writers with the most have, one after the other."""
    shares: Values = np.sort(values)[::-1].cumsum() / values.sum()
    return shares


def deal(rng: np.random.Generator, values: Values, groups: Groups) -> Values:
    """Return the images' values in another order, within the series."""
    dealt = values.copy()
    for series in range(len(groups.stratum_names)):
        inside = np.flatnonzero(groups.strata == series)
        dealt[inside] = values[rng.permutation(inside)]
    return dealt


def design_effect(values: Values, groups: Groups) -> float:
    """Return the variance of the mean by writers as a multiple of that by images, within series."""
    alone = replace(groups, numbers=np.arange(len(groups), dtype=np.int32))
    by_images = _variance(values, alone)
    return _variance(values, groups) / by_images if by_images else 1.0


def _variance(values: Values, groups: Groups) -> float:
    """Return the variance of the sum over groups that are drawn within their strata."""
    total = 0.0
    for stratum in np.unique(groups.strata):
        inside = groups.strata == stratum
        _, numbers = np.unique(groups.numbers[inside], return_inverse=True)
        sums = np.bincount(numbers, values[inside] - values[inside].mean())
        total += len(sums) / (len(sums) - 1) * float(sums @ sums)
    return total
