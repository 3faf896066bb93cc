"""Test images to which a test set gives other labels."""

import numpy as np
import pytest

from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.report.page.gallery import CARDS
from digitbench.report.page.models import Model, models_of
from digitbench.report.page.relabelled import relabelled
from digitbench.report.page.sprite import Sprite
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, with_sets
from page_sets import with_all_kinds

MADE = [MadeModel("cnn", 0.7), MadeModel("softmax", 0.5)]
RUN = with_all_kinds(run_of(MADE, images=60))


@pytest.fixture(scope="module")
def found() -> SetsAnalysis:
    return analyse_sets(RUN)


def _models(record: RunRecord, found: SetsAnalysis) -> tuple[Model, ...]:
    return models_of(record, found.test)


def test_each_has_both_labels_and_what_each_model_says(found: SetsAnalysis) -> None:
    given = RUN.test_labels
    assert given is not None
    images = np.zeros((60, 28, 28), np.uint8)
    sprite = Sprite(images)
    shown = relabelled(found.find("votes"), _models(RUN, found), sprite)
    assert shown.count == 3
    assert {card.picture.index for card, _ in shown.cards} == {0, 1, 2}
    for card, other in shown.cards:
        assert card.picture.label == given[card.picture.index]
        assert other == (card.picture.label + 1) % 10
        assert len(card.said) == 2
    assert len(sprite) == 3


def test_those_that_most_trials_have_wrong_come_first() -> None:
    plain = run_of(MADE, images=60)
    given = plain.test_labels
    assert given is not None
    changed = MadeCondition((given + 1) % 10, name="all", positions=np.arange(60))
    kept = MadeCondition(given, name="none", positions=np.arange(60))
    record = with_sets(plain, {"votes": [changed, kept]})
    found = analyse_sets(record)
    models = _models(record, found)
    shown = relabelled(found.find("votes"), models, Sprite(None))
    assert (shown.count, len(shown.cards)) == (60, CARDS)
    right = sum(m.succeeded.outcomes.correct.mean(axis=0) for m in models)
    assert [right[card.picture.index] for card, _ in shown.cards] == sorted(right)[:CARDS]


def test_a_set_of_other_images_has_none(found: SetsAnalysis) -> None:
    for label in ("fresh", "made"):
        assert relabelled(found.find(label), _models(RUN, found), Sprite(None)).count == 0
