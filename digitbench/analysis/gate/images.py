"""Which images a model gets wrong now that it got right, in how many trials."""

from dataclasses import dataclass

import numpy as np

from digitbench.analysis.outcomes import Outcomes
from digitbench.store.baseline import BaselineModel
from digitbench.types import NUM_CLASSES

_CLEARLY = 0.5
"""An image became wrong if the share of the trials that get it wrong has risen by this much."""


@dataclass(frozen=True)
class ChangedImage:
    """An image that is wrong more often than it was.

    Attributes:
        index: its number in the test set, from 0.
        digit: what it shows.
        taken_for: the wrong digit that is predicted most often now.
        wrong_now, trials_now: in how many of how many trials it is wrong now.
        wrong_then, trials_then: and was wrong then.
    """

    index: int
    digit: int
    taken_for: int
    wrong_now: int
    trials_now: int
    wrong_then: int
    trials_then: int


@dataclass(frozen=True)
class ImageChanges:
    """How a model's errors moved.

    Attributes:
        became_wrong: images wrong in at least half of the trials more than before, the clearest
            first.
        worse: every image that is wrong in a larger share of the trials, likewise ordered.
        became_right: number of images that moved as clearly the other way.
    """

    became_wrong: tuple[ChangedImage, ...]
    worse: tuple[ChangedImage, ...]
    became_right: int


def image_changes(now: Outcomes, then: BaselineModel) -> ImageChanges:
    """Compare a model's errors with the baseline's, on the same test images."""
    right = now.correct
    wrong_now = (~right).sum(axis=0, dtype=np.int64)
    wrong_then = then.wrong_counts(len(now.labels))
    rise = wrong_now / len(right) - wrong_then / then.trials
    order = np.argsort(-rise, kind="stable")
    worse = []
    for index in order[rise[order] > 0].tolist():
        answers = now.predictions[:, index]
        mistaken = np.bincount(answers[~right[:, index]], minlength=NUM_CLASSES)
        worse.append(
            ChangedImage(
                index,
                digit=int(now.labels[index]),
                taken_for=int(mistaken.argmax()),
                wrong_now=int(wrong_now[index]),
                trials_now=len(right),
                wrong_then=int(wrong_then[index]),
                trials_then=then.trials,
            )
        )
    clear = int((rise >= _CLEARLY).sum())
    return ImageChanges(tuple(worse[:clear]), tuple(worse), int((rise <= -_CLEARLY).sum()))
