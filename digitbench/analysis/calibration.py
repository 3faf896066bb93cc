"""How far a model's probabilities can be trusted.

A trial's confidence in an image is the probability it gives to the digit it predicts. Every figure
is found for each trial and then averaged over the trials that have probabilities; they are read one
trial at a time, so that a long run takes no more memory than a short one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.summary import Spread, spread
from digitbench.types import Labels, TrialResult

BINS = 15
"""As in Guo et al. 2017."""
COVERAGES = (1.0, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
"""The points of the risk-coverage curve."""
COVERAGE = 0.99
"""The one of them that `accuracy_at_coverage` is for."""
_ROUNDING = float(np.finfo(np.float32).eps)
LEAST_PROBABILITY = _ROUNDING
"""The probability that a smaller one counts as in the negative log-likelihood."""


@dataclass(frozen=True)
class ReliabilityBin:
    """The predictions of all trials whose confidence lies in an interval.

    Attributes:
        low, high: the interval; `high` belongs to it, and `low` does not.
        count: how many there are, as a mean over trials.
        confidence, accuracy: their means, fractions; None if there are none.
    """

    low: float
    high: float
    count: float
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class CoveragePoint:
    """What is wrong if only the most confident predictions are kept.

    Attributes:
        coverage: the share of the images that is kept.
        risk: fraction of these that is wrong, a mean over trials.
    """

    coverage: float
    risk: float


@dataclass(frozen=True)
class Calibration:
    """How far the probabilities of a model can be trusted, over its trials that have some.

    Attributes:
        trials: how many trials have them.
        expected_calibration_error: Σ nᵦ/n · |accuracyᵦ - confidenceᵦ| over 15 bins b of equal width
            by confidence (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
        brier_score: mean over images of Σ (pₖ - yₖ)² over the ten digits, from 0 to 2, where y is 1
            for the right digit and 0 for the others (Brier 1950).
        negative_log_likelihood: mean over images of -ln p of the right digit; a p below that of
            float32's rounding, 1.2e-7, counts as that, so that one image cannot make it infinite.
        accuracy_at_coverage: accuracy on the 99 % of the images predicted most confidently. Of
            images that are equally confident at the limit, the expected share is kept.
        reliability: the bins, by confidence.
        risk_coverage: the error left at several coverages, likewise (El-Yaniv and Wiener 2010).
    """

    trials: int
    expected_calibration_error: Spread
    brier_score: Spread
    negative_log_likelihood: Spread
    accuracy_at_coverage: Spread
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: tuple[CoveragePoint, ...]


@dataclass(frozen=True, eq=False)
class _TrialFigures:
    """One trial's figures.

    Attributes:
        error: the expected calibration error.
        brier: the Brier score.
        log_loss: the negative log-likelihood.
        bins: count, sum of confidences and number right of each bin, `(3, 15)`.
        accuracies: at each of the coverages.
    """

    error: float
    brier: float
    log_loss: float
    bins: NDArray[np.float64]
    accuracies: NDArray[np.float64]


def calibrations(
    results: Iterable[TrialResult], test_labels: Labels
) -> dict[str, Calibration | None]:
    """Return how far each model's probabilities can be trusted, by label.

    Args:
        results: a run's trials with their probabilities, as `digitbench.store.read_results`
            yields them; those that failed are passed over.
        test_labels: the right digits, uint8 `(n_images,)`.

    Returns:
        An entry for each model with a trial that succeeded; None where it has no probabilities.
    """
    found: dict[str, list[_TrialFigures]] = {}
    for result in results:
        if result.status == "ok" and result.predictions is not None:
            trials = found.setdefault(result.spec.model, [])
            if result.probabilities is not None:
                trials.append(_measure(result.probabilities, result.predictions, test_labels))
    return {label: _average(trials) if trials else None for label, trials in found.items()}


def expected_calibration_error(
    probabilities: NDArray[np.floating], predictions: Labels, labels: Labels
) -> float:
    """Return a trial's expected calibration error, as `Calibration` defines it."""
    confidence = probabilities[np.arange(len(labels)), predictions].astype(np.float64)
    return _error_of(_binned(confidence, (predictions == labels).astype(np.float64)), len(labels))


def brier_score(probabilities: NDArray[np.floating], labels: Labels) -> float:
    """Return a trial's Brier score, as `Calibration` defines it."""
    values = probabilities.astype(np.float64)
    of_right = values[np.arange(len(labels)), labels]
    return float(np.mean(np.einsum("ij,ij->i", values, values) - 2 * of_right + 1))


def negative_log_likelihood(probabilities: NDArray[np.floating], labels: Labels) -> float:
    """Return a trial's negative log-likelihood, as `Calibration` defines it."""
    of_right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(of_right, LEAST_PROBABILITY, 1)).mean())


def _error_of(bins: NDArray[np.float64], images: int) -> float:
    return float(np.abs(bins[1] - bins[2]).sum() / images)


def _measure(
    probabilities: NDArray[np.float32], predictions: Labels, labels: Labels
) -> _TrialFigures:
    values = probabilities.astype(np.float64)
    images = np.arange(len(labels))
    confidence = values[images, predictions]
    correct = (predictions == labels).astype(np.float64)
    bins = _binned(confidence, correct)
    return _TrialFigures(
        error=_error_of(bins, len(labels)),
        brier=brier_score(values, labels),
        log_loss=negative_log_likelihood(values, labels),
        bins=bins,
        accuracies=_accuracies_at_coverages(confidence, correct),
    )


def _binned(confidence: NDArray[np.float64], correct: NDArray[np.float64]) -> NDArray[np.float64]:
    edges = np.linspace(0, 1, BINS + 1)
    # A confidence of 0.4 is 0.40000001 in float32, and still belongs below the edge at 0.4.
    place = np.clip(np.searchsorted(edges + _ROUNDING, confidence) - 1, 0, BINS - 1)
    weights = (np.ones_like(confidence), confidence, correct)
    return np.stack([np.bincount(place, weight, BINS) for weight in weights])


def _accuracies_at_coverages(
    confidence: NDArray[np.float64], correct: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the accuracy on the most confident images at each of the coverages."""
    _, group, sizes = np.unique(-confidence, return_inverse=True, return_counts=True)
    expected = np.bincount(group, correct) / sizes  # any of those tied may be the one kept
    right = np.repeat(expected, sizes).cumsum()
    kept = np.array([max(1, round(coverage * len(correct))) for coverage in COVERAGES])
    accuracies: NDArray[np.float64] = right[kept - 1] / kept
    return accuracies


def _average(trials: list[_TrialFigures]) -> Calibration:
    counts, confidences, rights = np.mean([trial.bins for trial in trials], axis=0)
    edges = np.linspace(0, 1, BINS + 1)
    reliability = tuple(
        ReliabilityBin(
            low=float(edges[b]),
            high=float(edges[b + 1]),
            count=float(counts[b]),
            confidence=float(confidences[b] / counts[b]) if counts[b] else None,
            accuracy=float(rights[b] / counts[b]) if counts[b] else None,
        )
        for b in range(BINS)
    )
    risks = 1 - np.mean([trial.accuracies for trial in trials], axis=0)
    at_coverage = COVERAGES.index(COVERAGE)
    return Calibration(
        trials=len(trials),
        expected_calibration_error=spread([trial.error for trial in trials]),
        brier_score=spread([trial.brier for trial in trials]),
        negative_log_likelihood=spread([trial.log_loss for trial in trials]),
        accuracy_at_coverage=spread([float(trial.accuracies[at_coverage]) for trial in trials]),
        reliability=reliability,
        risk_coverage=tuple(map(CoveragePoint, COVERAGES, risks.tolist())),
    )
