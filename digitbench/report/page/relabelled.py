"""The test images to which a test set gives other labels, with what each model makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.analysis.set_analysis import SetAnalysis
from digitbench.report.page.gallery import CARDS, Card, card_of
from digitbench.report.page.models import Model
from digitbench.report.page.sprite import Sprite


@dataclass(frozen=True, eq=False)
class Relabelled:
    """Test images with other labels.

    Attributes:
        count: how many there are.
        cards: those that are most often wrong by the label as given, and the other label of each.
    """

    count: int
    cards: tuple[tuple[Card, int], ...]


def relabelled(found: SetAnalysis, models: Sequence[Model], sprite: Sprite) -> Relabelled:
    """Return the test images to which some condition of a set gives another label.

    Args:
        found: the set.
        models: at least one, each with a trial that succeeded.
        sprite: collects the digits that are shown.
    """
    outcomes = [model.succeeded.outcomes for model in models]
    given = outcomes[0].labels
    other: dict[int, int] = {}
    for condition in found.conditions:
        if condition.planned.of_test and condition.positions is not None and condition.models:
            labels, positions = condition.models[0].labels, condition.positions
            differ = labels != given[positions]
            other |= dict(zip(positions[differ].tolist(), labels[differ].tolist(), strict=True))
    right = {index: sum(model.image_accuracy[index] for model in outcomes) for index in other}
    shown = sorted(other, key=lambda index: (right[index], index))[:CARDS]
    cards = tuple((card_of(index, models, sprite), other[index]) for index in shown)
    return Relabelled(len(other), cards)
