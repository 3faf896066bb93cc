"""Image by image: what every model misses, what they dispute, and how alike they predict.

What a model makes of an image is its modal prediction: the digit that most of its trials predict;
of several equally frequent ones, the one that occurs in the earliest trial. A model misses an image
if its modal prediction is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.votes import Votes, check_same_images, missed, modal, votes
from digitbench.types import NUM_CLASSES, Labels

MOST_SHOWN = 100


@dataclass(frozen=True)
class Answer:
    """What the trials of a model make of an image.

    Attributes:
        model: the model's label.
        prediction: the modal one.
        votes: each predicted digit with the number of trials, the most frequent first; equals by
            digit.
    """

    model: str
    prediction: int
    votes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ImageFigures:
    """What the models make of an image.

    Attributes:
        index: its place in the test set.
        label: the right digit.
        missed: fraction of all trials of all models that miss it.
        instability: the chance that two trials of a model predict different digits, as a mean over
            the models with at least two trials; 0 if there is no such model.
        answers: by model.
    """

    index: int
    label: int
    missed: float
    instability: float
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class PickedImages:
    """Images of a kind: how many there are, and the first of them."""

    count: int
    shown: tuple[ImageFigures, ...]


@dataclass(frozen=True)
class Agreement:
    """How alike two models predict.

    Attributes:
        first, second: their labels.
        same: the chance that a trial of one and a trial of the other predict the same digit of an
            image: the fraction of images, as a mean over all pairs of trials.
        kappa: Cohen's kappa, (same - chance) / (1 - chance), where chance is the agreement that
            their frequencies of digits would give by themselves; None where that is complete.
    """

    first: str
    second: str
    same: float
    kappa: float | None


@dataclass(frozen=True)
class RunImages:
    """The images seen by all models together.

    Attributes:
        hardest: missed by every model, by the fraction of all trials that miss them.
        unstable: predicted differently by trials of one model, by instability.
        disputed: whose modal predictions are not the same for all models, by how many models are
            against the majority vote.
        agreements: of every two models, in the order given.
        oracle_accuracy: fraction of the images that some model gets right: all but the hardest.
        vote_accuracy: fraction that the majority vote of the models gets right. Each model has one
            vote, its modal prediction; of digits with equally many votes, that of the model with
            the highest mean accuracy wins (of equals, the one given first).
    """

    hardest: PickedImages
    unstable: PickedImages
    disputed: PickedImages
    agreements: tuple[Agreement, ...]
    oracle_accuracy: float
    vote_accuracy: float


def run_images(models: Sequence[Outcomes], most: int = MOST_SHOWN) -> RunImages:
    """Look at the images through all models together.

    Args:
        models: at least one; of one run, or of several on the same data.
        most: how many images of each kind are described.

    Raises:
        ValueError: there is no model.
        UsageError: they are of different data.
    """
    if not models:
        raise ValueError("no models")
    check_same_images(models)
    seen = _Seen.by(models)
    majority = modal(seen.answers[_by_accuracy(models)])
    wrong_for_all = (seen.answers != seen.labels).all(axis=0)
    against = (seen.answers != majority).sum(axis=0)
    return RunImages(
        hardest=seen.pick(wrong_for_all, by=(seen.missed, seen.instability), most=most),
        unstable=seen.pick(seen.instability > 0, by=(seen.instability, seen.missed), most=most),
        disputed=seen.pick(against > 0, by=(against, seen.missed), most=most),
        agreements=tuple(
            _agreement(models[i], models[j], seen.votes[i], seen.votes[j])
            for i, j in combinations(range(len(models)), 2)
        ),
        oracle_accuracy=float((~wrong_for_all).mean()),
        vote_accuracy=float((majority == seen.labels).mean()),
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """What several models make of the images.

    Attributes:
        names: the models' labels.
        labels: the right digits, `(n_images,)`.
        votes: of each model.
        answers: modal predictions, `(n_models, n_images)`.
        missed: fraction of all trials that miss each image, `(n_images,)`.
        instability: likewise.
    """

    names: tuple[str, ...]
    labels: Labels
    votes: tuple[Votes, ...]
    answers: Labels
    missed: NDArray[np.float64]
    instability: NDArray[np.float64]

    @classmethod
    def by(cls, models: Sequence[Outcomes]) -> "_Seen":
        counts = tuple(votes(model) for model in models)
        return cls(
            names=tuple(model.label for model in models),
            labels=models[0].labels,
            votes=counts,
            answers=np.stack([modal(model.predictions) for model in models]),
            missed=missed(counts, models[0].labels),
            instability=_instability(counts),
        )

    def pick(
        self, chosen: NDArray[np.bool_], by: Sequence[NDArray[Any]], most: int
    ) -> PickedImages:
        """Describe the first of the images chosen: those with the highest figures."""
        found = np.flatnonzero(chosen)
        order = np.lexsort((found, *(-figure[found] for figure in reversed(by))))
        shown = tuple(self._describe(int(i)) for i in found[order[:most]])
        return PickedImages(len(found), shown)

    def _describe(self, image: int) -> ImageFigures:
        return ImageFigures(
            index=image,
            label=int(self.labels[image]),
            missed=float(self.missed[image]),
            instability=float(self.instability[image]),
            answers=tuple(
                Answer(name, int(answer), _frequencies(count[image]))
                for name, answer, count in zip(
                    self.names, self.answers[:, image], self.votes, strict=True
                )
            ),
        )


def answer_of(model: Outcomes, image: int) -> Answer:
    """Return what the trials of a model make of an image."""
    predictions = model.predictions[:, [image]]
    count = np.bincount(predictions[:, 0], minlength=NUM_CLASSES)
    return Answer(model.label, int(modal(predictions)[0]), _frequencies(count))


def _instability(counts: Sequence[Votes]) -> NDArray[np.float64]:
    """Return the chance that two trials of a model differ on each image, a mean over models."""
    chances = []
    for count in counts:
        trials = int(count[0].sum())
        if trials > 1:
            same = (count * (count - 1)).sum(axis=1)
            chances.append(1 - same / (trials * (trials - 1)))
    return np.mean(chances, axis=0) if chances else np.zeros(len(counts[0]))


def _by_accuracy(models: Sequence[Outcomes]) -> list[int]:
    """Return the places of the models, the most accurate first; equals in the order given."""
    return sorted(range(len(models)), key=lambda i: -models[i].accuracy)


def _agreement(first: Outcomes, second: Outcomes, ours: Votes, theirs: Votes) -> Agreement:
    pairs = len(first.trials) * len(second.trials) * len(ours)
    same = int((ours * theirs).sum()) / pairs
    frequencies = [count.sum(axis=0) / count.sum() for count in (ours, theirs)]
    chance = float(frequencies[0] @ frequencies[1])
    kappa = (same - chance) / (1 - chance) if chance < 1 else None
    return Agreement(first.label, second.label, same, kappa)


def _frequencies(count: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    digits = sorted(range(NUM_CLASSES), key=lambda digit: -int(count[digit]))
    return tuple((digit, int(count[digit])) for digit in digits if count[digit])
