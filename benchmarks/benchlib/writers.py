"""The writers of MNIST's test set, and models whose errors depend on who wrote a digit.

They write as many digits as the real ones do (`digitbench.datasets.writers`).
The latent variable of `benchlib.simulated` gets one more part: how hard a writer's hand is for a
model. It is each model's own, which is the hardest case for differences of models.

The intraclass correlation (ICC) is that of outcomes, right or wrong: the correlation, within a
series and in a single trial, of two digits by one writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t

from benchlib.simulated import Setting, as_outcomes
from digitbench.analysis.outcomes import Outcomes
from digitbench.datasets.published import MNIST
from digitbench.datasets.writers import known_groups
from digitbench.types import Groups

TIMES_THE_ERRORS = 2.0
"""How many times the errors of hsf 0 models make on hsf 4."""

_NEAR = 2.0
"""Images whose latent value is lower are drawn in each trial; of the others those that fail."""


@dataclass(frozen=True, eq=False)
class Law:
    """How the errors of a model come about.

    Attributes:
        setting: all but the writers.
        means: of the latent variable, of each image, float32 `(n_images,)`.
        hand: standard deviation of the writers' part.
        trials: how many it has; 0 for a deterministic model, which has one.
    """

    setting: Setting
    means: NDArray[np.float32]
    hand: float
    trials: int

    def qualities(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw how good each trial is, in the latent variable."""
        if self.trials == 0:
            return np.zeros(1)
        return self.setting.trial * rng.standard_normal(self.trials)


@dataclass(frozen=True, eq=False)
class Writers:
    """Who wrote the images of a test set.

    Attributes:
        groups: the writers and their series.
        count: how many writers there are.
        shares: the share of the images in each series, `(2,)`.
    """

    groups: Groups
    count: int
    shares: NDArray[np.float64]

    @classmethod
    def of_mnist(cls, every: int = 1) -> "Writers":
        """Return writers with as many digits as MNIST's, or as each `every`th of them."""
        real = _mnist_test_groups()
        series = range(len(real.stratum_names))
        of_series = [np.unique_counts(real.numbers[real.strata == s]).counts for s in series]
        chosen = [np.sort(found)[::every] for found in of_series]
        counts = np.concatenate(chosen)
        numbers = np.repeat(np.arange(len(counts)), counts).astype(np.int32)
        strata = np.repeat(series, [int(found.sum()) for found in chosen]).astype(np.int32)
        groups = Groups("writer", numbers, strata, real.stratum_names)
        return cls(groups, len(counts), np.bincount(strata) / len(strata))

    def accuracies(self, accuracy: float) -> NDArray[np.float64]:
        """Return the accuracies in the series that give a mean accuracy, `(2,)`."""
        factors = np.array([1.0, TIMES_THE_ERRORS])
        found: NDArray[np.float64] = 1 - (1 - accuracy) * factors / (self.shares @ factors)
        return found

    def law(self, setting: Setting, accuracy: float, icc: float, trials: int) -> Law:
        """Return the law of a model.

        Args:
            setting: how errors come about, but for the writers.
            accuracy: the true one over writers, in the mix of series that there is.
            icc: intraclass correlation of the outcomes.
            trials: how many it has; 0 for a deterministic model.
        """
        share = self.latent_share(accuracy, icc)
        rest = 1 + setting.image**2 + setting.own**2 + setting.trial**2
        scale = sqrt(rest / (1 - share))
        means = (scale * ndtri(self.accuracies(accuracy))).astype(np.float32)
        return Law(setting, means[self.groups.strata], scale * sqrt(share), trials)

    def latent_share(self, accuracy: float, icc: float) -> float:
        """Return the writers' share of the latent variance that gives an ICC of outcomes."""
        if icc == 0:
            return 0.0
        right = self.accuracies(accuracy)
        limits = ndtri(right)
        chance = self.shares @ (right * (1 - right))

        def excess(share: float) -> float:
            both = ndtr(limits) - 2 * owens_t(limits, np.sqrt((1 - share) / (1 + share)))
            return float(self.shares @ (both - right**2) / chance) - icc

        return float(brentq(excess, 0.0, 0.999))

    def models(
        self,
        rng: np.random.Generator,
        laws: Sequence[Law],
        qualities: Sequence[NDArray[np.float64]] | None = None,
    ) -> list[Outcomes]:
        """Draw models on one test set, by new writers; laws of one setting share hard images.

        Args:
            rng: source of all chance.
            laws: of the models.
            qualities: how good each trial of each model is (`Law.qualities`), where the same trials
                are tested on several sets; None to draw them.
        """
        n_images = len(self.groups)
        hard = rng.standard_normal(n_images, np.float32)
        models = []
        for number, law in enumerate(laws):
            setting = law.setting
            latent = law.means + np.float32(setting.image) * hard
            hands = np.float32(law.hand) * rng.standard_normal(self.count, np.float32)
            latent += hands[self.groups.numbers]
            exact = law.trials == 0
            # An exact model has no better and worse trials; the variance is kept.
            own = np.hypot(setting.own, setting.trial) if exact else setting.own
            latent += np.float32(own) * rng.standard_normal(n_images, np.float32)
            quality = law.qualities(rng) if qualities is None else qualities[number]
            correct = _right(rng, latent, quality)
            models.append(as_outcomes(correct, number, exact=exact, groups=self.groups))
        return models


def _mnist_test_groups() -> Groups:
    known = known_groups(MNIST.fingerprint or "")
    if known is None:
        raise RuntimeError("digitbench does not know the writers of MNIST")
    return known[1]


def _right(
    rng: np.random.Generator, latent: NDArray[np.float32], quality: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Draw where `latent + quality + noise > 0`, bool `(n_trials, n_images)`.

    Where `latent` is high, errors are rare: they are the points of a Poisson process over trials
    and images, thinned to each one's chance, which gives the same distribution.
    """
    n_trials = len(quality)
    correct = np.ones((n_trials, len(latent)), np.bool_)
    near, far = np.flatnonzero(latent < _NEAR), np.flatnonzero(latent >= _NEAR)
    noise = rng.standard_normal((n_trials, len(near)), np.float32)
    correct[:, near] = latent[near] + noise > -quality[:, np.newaxis]
    highest = _rate(_NEAR + quality.min())
    points = rng.poisson(highest * n_trials * len(far))
    if points:
        trials, images = (
            rng.integers(n_trials, size=points),
            far[rng.integers(len(far), size=points)],
        )
        kept = rng.random(points) * highest < _rate(latent[images] + quality[trials])
        correct[trials[kept], images[kept]] = False
    return correct


def _rate(latent: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the rate at which a point comes with the chance of an error, Phi(-latent)."""
    rates: NDArray[np.float64] = -np.log1p(-ndtr(-np.asarray(latent, np.float64)))
    return rates
