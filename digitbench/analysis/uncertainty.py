"""How sure a model's mean accuracy is: over seeds, over the test set, and over both.

Two sources of error, which the figures keep apart (`docs/methodology.md`, "How sure a mean is"):
trials differ by their seeds, and the test images are a sample of the digits there are, drawn by the
writer or one by one.
"""

from dataclasses import dataclass
from math import inf, sqrt

import scipy

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.summary import CONFIDENCE, FRACTION, spread, variance_factor
from digitbench.analysis.variance import EXACT, Variance, variance_over_groups

_FEWEST_DEGREES_OF_FREEDOM = 2
"""Of what groups of images give a mean accuracy. With fewer, intervals of models that make a
handful of errors would say nothing."""


@dataclass(frozen=True)
class Uncertainty:
    """How sure the mean accuracy of a model is; fractions.

    Attributes:
        mean: the mean accuracy.
        population: what `interval` is about: `new writers` or what the groups of test images are,
            `new digits` where none are known.
        seed_std: sample standard deviation over trials; None for one trial.
        seed_interval: 95 % t interval over trials: about this test set. With resampled
            training sets it has the correction of `variance_factor`. None for one trial.
        test_set_standard_error: what the finite test set gives; None where it is of a single
            group of images, or a single image, which does not tell.
        standard_error: of both together; None likewise, and where the spread over trials is not
            known, which is so for a single trial of a model that is not deterministic.
        interval: the 95 % interval of both together; None where the spread over trials is not
            known. A single group counts as a single image.
    """

    mean: float
    population: str
    seed_std: float | None
    seed_interval: tuple[float, float] | None
    test_set_standard_error: float | None
    standard_error: float | None
    interval: tuple[float, float] | None


def uncertainty(outcomes: Outcomes, confidence: float = CONFIDENCE) -> Uncertainty:
    """Return how sure the mean accuracy of a model is.

    Args:
        outcomes: its trials.
        confidence: of the intervals.
    """
    trials = outcomes.variance
    of_trials = repeats_variance(outcomes, trials.of_mean)
    images = _images_variance(outcomes)
    total = None
    if of_trials is not None and images is not None:
        total = (of_trials + images).or_more(Variance(trials.of_groups, inf))
    seeds = spread(
        outcomes.accuracies.tolist(), outcomes.training_overlap, confidence, within=FRACTION
    )
    interval = None
    if of_trials is not None:
        interval = _hull(_score_interval(outcomes, total, confidence), seeds.interval)
    return Uncertainty(
        mean=outcomes.accuracy,
        population=outcomes.sampling.population,
        seed_std=seeds.std,
        seed_interval=seeds.interval,
        test_set_standard_error=None if images is None else sqrt(images.value),
        standard_error=None if total is None else sqrt(total.value),
        interval=interval,
    )


def repeats_variance(outcomes: Outcomes, of_mean: Variance | None) -> Variance | None:
    """Return what repeating the training adds to a mean's variance; None if that is not known.

    Args:
        outcomes: the trials.
        of_mean: the variance that their spread gives the mean; None for a single trial.
    """
    if outcomes.exact:
        return EXACT
    if of_mean is None:
        return None
    n_trials = len(outcomes.trials)
    factor = n_trials * variance_factor(n_trials, outcomes.training_overlap)
    return Variance(of_mean.value * factor, of_mean.freedom)


def _images_variance(outcomes: Outcomes) -> Variance | None:
    """Return what the finite test set gives the mean; None for a single group of images.

    For single images it follows from the mean itself, as Wilson's interval supposes; for groups it
    is an estimate, with degrees of freedom.
    """
    sampling = outcomes.sampling
    sums = outcomes.group_totals
    found = variance_over_groups(sums, len(outcomes.trials), outcomes.variance.of_groups, sampling)
    if found is None:
        return None
    freedom = inf if sampling.one_by_one else max(_FEWEST_DEGREES_OF_FREEDOM, found.freedom)
    return Variance(found.value, freedom)


def _score_interval(
    outcomes: Outcomes, total: Variance | None, confidence: float
) -> tuple[float, float]:
    """Return Wilson's interval of a proportion, with the number of images that gives the variance.

    A proportion of p(1 - p)/Var independent images would be as sure as the mean is (Korn &
    Graubard 1998); Wilson's interval keeps its level near 100 % and never leaves [0, 1], which
    mean ± t·se does not. Where nothing varies, each group counts as one image.
    """
    p = outcomes.accuracy
    of_one = p * (1 - p)
    number, freedom = float(outcomes.sampling.groups), inf
    if total is not None and of_one and total.value:
        number, freedom = of_one / total.value, total.freedom
    t = _quantile(confidence, freedom)
    weight = t * t / number
    middle = (p + weight / 2) / (1 + weight)
    half_width = t / (1 + weight) * sqrt(of_one / number + weight / (4 * number))
    return min(p, max(0.0, middle - half_width)), max(p, min(1.0, middle + half_width))


def _hull(interval: tuple[float, float], within: tuple[float, float] | None) -> tuple[float, float]:
    """Return the interval that holds both, in [0, 1].

    A claim about more can be no surer: with two or three trials the interval over seeds alone is
    the wider one, because t has so few degrees of freedom.
    """
    low, high = within or interval
    return max(0.0, min(low, interval[0])), min(1.0, max(high, interval[1]))


def _quantile(confidence: float, freedom: float) -> float:
    return float(scipy.special.stdtrit(freedom, (1 + confidence) / 2))
