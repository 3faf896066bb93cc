"""Outcomes of models that do not exist, whose true accuracy is known.

A prediction is right if `mean + image + own + trial + noise > 0`, all normal: how hard the image
is for every model, how hard for this model, how good the trial came out, and chance. Models share
the first, which correlates their errors; trials of a pair may share the third. The true accuracy
is Phi(mean / sqrt(sum of the variances)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from digitbench.analysis.outcomes import Outcomes
from digitbench.types import DatasetInfo, Groups, PlannedModel, TrialResult, TrialSpec


@dataclass(frozen=True)
class Setting:
    """How the errors of models come about; standard deviations on the scale of the noise, 1.

    Attributes:
        name: for people.
        image: of an image's difficulty for all models.
        own: of its difficulty for one model.
        trial: of the trials' quality.
    """

    name: str
    image: float
    own: float
    trial: float

    def mean(self, accuracy: float) -> float:
        """Return the mean that gives a true accuracy."""
        return float(ndtri(accuracy)) * float(
            np.sqrt(1 + self.image**2 + self.own**2 + self.trial**2)
        )


SETTINGS = (
    Setting("stable errors", image=3.0, own=1.5, trial=0.02),
    Setting("as the cnn's", image=1.5, own=0.7, trial=0.05),
    Setting("errors that flip", image=0.3, own=0.1, trial=0.02),
    Setting("trials that scatter", image=1.0, own=0.5, trial=0.15),
)
"""From errors that are the same in every trial to accuracies that scatter more over seeds than a
test set of 10,000 images does."""


def simulated_models(
    rng: np.random.Generator,
    setting: Setting,
    accuracies: Sequence[float],
    trials: Sequence[int],
    images: int = 10_000,
    *,
    same_trials: bool = False,
) -> list[Outcomes]:
    """Draw models on one test set.

    Args:
        rng: source of all chance.
        setting: how errors come about.
        accuracies: the true accuracy of each model.
        trials: how many trials each has; a model with 0 is deterministic and has one.
        images: size of the test set.
        same_trials: the trials of all models share their quality, and the models their name.
    """
    difficulty = setting.image * rng.standard_normal(images)
    shared = setting.trial * rng.standard_normal(max(1, *trials))
    models = []
    for number, (accuracy, count) in enumerate(zip(accuracies, trials, strict=True)):
        latent = setting.mean(accuracy) + difficulty + setting.own * rng.standard_normal(images)
        if count == 0:
            noise = np.hypot(1, setting.trial) * rng.standard_normal((1, images))
        else:
            quality = shared[:count] if same_trials else _scatter(rng, setting, count)
            noise = quality[:, np.newaxis] + rng.standard_normal((count, images), np.float32)
        correct = latent + noise > 0
        models.append(as_outcomes(correct, number, exact=count == 0, alike=same_trials))
    return models


def _scatter(rng: np.random.Generator, setting: Setting, count: int) -> NDArray[np.float64]:
    return setting.trial * rng.standard_normal(count)


def as_outcomes(
    correct: NDArray[np.bool_],
    number: int = 0,
    *,
    exact: bool = False,
    alike: bool = False,
    groups: Groups | None = None,
) -> Outcomes:
    """Make outcomes of which predictions are right, bool `(n_trials, n_images)`."""
    name = "m0" if alike else f"m{number}"
    n_trials, n_images = correct.shape
    planned, results = _records(f"m{number}", name, n_trials, exact=exact)
    dataset = DatasetInfo(
        name="simulated",
        source="simulated",
        fingerprint="0" * 64,
        canonical=None,
        train_size=1,
        validation_size=0,
        test_size=n_images,
    )
    labels = np.zeros(n_images, np.uint8)
    predictions = (~correct).view(np.uint8)
    return Outcomes(planned, "simulated", dataset, results, predictions, labels, groups)


@lru_cache
def _records(
    label: str, name: str, n_trials: int, *, exact: bool
) -> tuple[PlannedModel, tuple[TrialResult, ...]]:
    """Return the records of a model and its trials, which are the same in every run."""
    planned = PlannedModel(
        label=label,
        name=name,
        options={},
        deterministic=exact,
        plugin="simulated",
        distribution=None,
        version=None,
        published=None,
    )
    results = tuple(
        TrialResult(
            spec=TrialSpec(model=label, name=name, options={}, trial=trial, seed=trial, threads=1),
            status="ok",
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for trial in range(1, n_trials + 1)
    )
    return planned, results
