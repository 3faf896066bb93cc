"""How sure a model's mean accuracy is: over seeds, over the test set, and over both.

Two sources of error, which the figures keep apart (`docs/methodology.md`, "How sure a mean is"):
trials differ by their seeds, and the test images are a sample of the digits there are.
"""

from dataclasses import dataclass
from math import inf, sqrt

from scipy.special import stdtrit

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.summary import CONFIDENCE, FRACTION, spread, variance_factor
from digitbench.analysis.variance import (
    EXACT,
    Variance,
    variance_over_images,
)


@dataclass(frozen=True)
class Uncertainty:
    """How sure the mean accuracy of a model is; fractions.

    Attributes:
        mean: the mean accuracy.
        seed_std: sample standard deviation over trials; None for one trial.
        seed_interval: 95 % t interval over trials: about this test set alone. With resampled
            training sets it has the correction of `variance_factor`. None for one trial.
        test_set_standard_error: what the finite test set gives.
        standard_error: of both together; None where the spread over trials is not known, which
            is so for a single trial of a model that is not deterministic.
        interval: the 95 % interval of both together: about digits like these. None likewise.
    """

    mean: float
    seed_std: float | None
    seed_interval: tuple[float, float] | None
    test_set_standard_error: float
    standard_error: float | None
    interval: tuple[float, float] | None


def uncertainty(outcomes: Outcomes, confidence: float = CONFIDENCE) -> Uncertainty:
    """Return how sure the mean accuracy of a model is.

    Args:
        outcomes: its trials.
        confidence: of the intervals.
    """
    trials = outcomes.variance
    images = variance_over_images(outcomes.image_accuracy, trials.of_rest)
    of_trials = repeats_variance(outcomes, trials.of_mean)
    total = None
    if of_trials is not None:
        total = (of_trials + Variance(images.value, inf)).or_more(Variance(trials.of_rest, inf))
    seeds = spread(
        outcomes.accuracies.tolist(), outcomes.training_overlap, confidence, within=FRACTION
    )
    interval = None
    if total is not None:
        interval = _hull(_score_interval(outcomes, total, confidence), seeds.interval)
    return Uncertainty(
        mean=outcomes.accuracy,
        seed_std=seeds.std,
        seed_interval=seeds.interval,
        test_set_standard_error=sqrt(images.value),
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


def _score_interval(outcomes: Outcomes, total: Variance, confidence: float) -> tuple[float, float]:
    """Return Wilson's interval of a proportion, with the number of images that gives the variance.

    A proportion of p(1 - p)/Var independent images would be as sure as the mean is (Korn &
    Graubard 1998); Wilson's interval keeps its level near 100 % and never leaves [0, 1], which
    mean ± t·se does not.
    """
    p = outcomes.accuracy
    of_one = p * (1 - p)
    number = of_one / total.value if of_one and total.value else float(len(outcomes.labels))
    t = _quantile(confidence, total.freedom)
    weight = t * t / number
    middle = (p + weight / 2) / (1 + weight)
    half_width = t / (1 + weight) * sqrt(of_one / number + weight / (4 * number))
    return max(0.0, middle - half_width), min(1.0, middle + half_width)


def _hull(interval: tuple[float, float], within: tuple[float, float] | None) -> tuple[float, float]:
    """Return the interval that holds both, in [0, 1].

    A claim about more can be no surer: with two or three trials the interval over seeds alone is
    the wider one, because t has so few degrees of freedom.
    """
    low, high = within or interval
    return max(0.0, min(low, interval[0])), min(1.0, max(high, interval[1]))


def _quantile(confidence: float, freedom: float) -> float:
    return float(stdtrit(freedom, (1 + confidence) / 2))
