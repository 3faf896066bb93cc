"""The digits a page shows: galleries of hard, unstable and disputed ones, and who says what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.image_difference import ChangedImage, image_difference
from digitbench.analysis.images import (
    Answer,
    ImageFigures,
    PickedImages,
    RunImages,
    answer_of,
)
from digitbench.report.page.models import Model
from digitbench.report.page.sprite import Sprite, Tile

CARDS = 24
"""Digits of a gallery."""
_FEW = 12
"""Digits that show where the first two models differ, at most."""


@dataclass(frozen=True)
class Picture:
    """A test image on the page.

    Attributes:
        index: its place in the test set.
        label: the right digit.
        tile: where the sprite has it; None without images.
    """

    index: int
    label: int
    tile: Tile | None


@dataclass(frozen=True, eq=False)
class Said:
    """What a model makes of an image: the digit, its other votes, and whether it is wrong."""

    model: Model
    digit: int
    share: str
    wrong: bool
    words: str


@dataclass(frozen=True, eq=False)
class Card:
    """An image with what each model makes of it."""

    picture: Picture
    said: tuple[Said, ...]


@dataclass(frozen=True, eq=False)
class Gallery:
    """Images of a kind: how many there are, and cards of the first."""

    count: int
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Changed:
    """An image that one model misses and the other does not, and what the one takes it for."""

    picture: Picture
    taken_for: int | None
    share: str


@dataclass(frozen=True, eq=False)
class Missed:
    """The images that `other` misses and `model` does not, the clearest first."""

    model: Model
    other: Model
    count: int
    shown: tuple[Changed, ...]


@dataclass(frozen=True, eq=False)
class Differences:
    """Where the first two models differ, either way."""

    first: Missed
    second: Missed


@dataclass(frozen=True, eq=False)
class Galleries:
    """The galleries of a run."""

    hardest: Gallery
    unstable: Gallery
    disputed: Gallery
    oracle_accuracy: float
    vote_accuracy: float


def picture(index: int, label: int, sprite: Sprite) -> Picture:
    """Return a test image with its place in the sprite."""
    return Picture(index, label, sprite.tile(index))


def galleries(images: RunImages, models: Sequence[Model], sprite: Sprite) -> Galleries:
    """Return the galleries; answers are in the order of the models."""
    by_label = {model.label: model for model in models}

    def gallery(picked: PickedImages) -> Gallery:
        cards = (_card(figures, by_label, sprite) for figures in picked.shown[:CARDS])
        return Gallery(picked.count, tuple(cards))

    return Galleries(
        hardest=gallery(images.hardest),
        unstable=gallery(images.unstable),
        disputed=gallery(images.disputed),
        oracle_accuracy=images.oracle_accuracy,
        vote_accuracy=images.vote_accuracy,
    )


def differences(first: Model, second: Model, sprite: Sprite) -> Differences:
    """Return where two models differ; `first` is the better."""
    found = image_difference(first.succeeded.outcomes, second.succeeded.outcomes)
    of_first = min(len(found.newly_right), max(_FEW // 3, _FEW - len(found.newly_wrong)))
    wrong, right = found.newly_wrong, found.newly_right
    return Differences(
        Missed(
            first,
            second,
            len(wrong),
            tuple(_by_second(image, second, sprite) for image in wrong[: _FEW - of_first]),
        ),
        Missed(
            second,
            first,
            len(right),
            tuple(_by_first(image, first, sprite) for image in right[:of_first]),
        ),
    )


def card_of(index: int, models: Sequence[Model], sprite: Sprite) -> Card:
    """Return a test image with what each of the models makes of it."""
    label = int(models[0].succeeded.outcomes.labels[index])
    answers = (answer_of(model.succeeded.outcomes, index) for model in models)
    said = (_said(answer, model, label) for answer, model in zip(answers, models, strict=True))
    return Card(picture(index, label, sprite), tuple(said))


def mistaken(index: int, model: Model, sprite: Sprite) -> Changed:
    """Return a test image that some trial of a model misses, with the usual mistake."""
    outcomes = model.succeeded.outcomes
    label = int(outcomes.labels[index])
    mistakes = [(digit, n) for digit, n in answer_of(outcomes, index).votes if digit != label]
    missed = sum(n for _, n in mistakes)
    share = _share(missed, len(outcomes.trials))
    return Changed(picture(index, label, sprite), mistakes[0][0] if mistakes else None, share)


def _by_second(image: ChangedImage, model: Model, sprite: Sprite) -> Changed:
    trials = len(model.succeeded.outcomes.trials)
    share = _share(image.second_missed, trials)
    return Changed(picture(image.index, image.label, sprite), image.second_wrong, share)


def _by_first(image: ChangedImage, model: Model, sprite: Sprite) -> Changed:
    trials = len(model.succeeded.outcomes.trials)
    share = _share(image.first_missed, trials)
    return Changed(picture(image.index, image.label, sprite), image.first_wrong, share)


def _card(figures: ImageFigures, models: Mapping[str, Model], sprite: Sprite) -> Card:
    order = list(models)
    answers = sorted(figures.answers, key=lambda answer: order.index(answer.model))
    said = tuple(_said(answer, models[answer.model], figures.label) for answer in answers)
    return Card(picture(figures.index, figures.label, sprite), said)


def _said(answer: Answer, model: Model, label: int) -> Said:
    trials = sum(number for _, number in answer.votes)
    votes = dict(answer.votes)
    words = ", ".join(f"{digit} in {number}" for digit, number in answer.votes)
    return Said(
        model=model,
        digit=answer.prediction,
        share=_share(votes[answer.prediction], trials),
        wrong=answer.prediction != label,
        words=f"{words} of {trials} trials" if trials > 1 else f"{answer.prediction}",
    )


def _share(trials: int, of: int) -> str:
    """Write in how many of the trials; nothing if it is all of them."""
    return "" if trials == of else f"{trials}/{of}"
