"""Two sides: signs of B less A, the family, names that stay apart, and trials that are repeated."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.analysis.comparison import compare
from digitbench.analysis.head_to_head import head_to_head, largest, versus_in
from digitbench.analysis.outcomes import Outcomes

MakeOutcomes = Callable[..., Outcomes]
LABELS = np.arange(200, dtype=np.uint8) % 10


def trials(*wrong: int, seed: int = 0) -> NDArray[np.uint8]:
    """Make a row of predictions for each number of images that are wrong."""
    rng = np.random.default_rng(seed)
    rows = np.tile(LABELS, (len(wrong), 1))
    for row, count in zip(rows, wrong, strict=True):
        row[rng.permutation(len(LABELS))[:count]] += 1
    return rows % 10


@pytest.fixture
def good(make_outcomes: MakeOutcomes) -> Outcomes:
    return make_outcomes("good", trials(2, 3, 4), LABELS)


@pytest.fixture
def bad(make_outcomes: MakeOutcomes) -> Outcomes:
    return make_outcomes("bad", trials(52, 51, 53, seed=1), LABELS)


def test_figures_are_of_b_less_a(good: Outcomes, bad: Outcomes) -> None:
    ((up,), (down,)) = head_to_head([(bad, good)]), head_to_head([(good, bad)])
    assert up.difference == pytest.approx(49 / 200)
    assert down.difference == -up.difference
    assert down.images_per_10_000 == pytest.approx(-2450)
    for there, back in (
        (up.pair.population, down.pair.population),
        (up.pair.test_set, down.pair.test_set),
    ):
        low, high = up.interval(there) or (0, 0)
        assert low < up.difference < high
        assert down.interval(back) == (-high, -low)
    assert (up.a, up.b, up.pair.first) == (bad, good, good)
    assert up.name == "bad and good"


def test_equal_sides_have_no_negative_zero(good: Outcomes) -> None:
    (equal,) = head_to_head([(good, good)])
    assert str(equal.difference) == "0.0"
    assert str(equal.images_per_10_000) == "0.0"
    assert (equal.a.label, equal.b.label) == ("good (A)", "good (B)")
    assert equal.labels == ("good", "good")
    assert equal.name == "good"


def test_every_pair_counts_in_the_family(good: Outcomes, bad: Outcomes) -> None:
    alone = head_to_head([(bad, good)])[0]
    among = head_to_head([(bad, good), (good, good), (bad, bad)])
    assert [one.family for one in among] == [3, 3, 3]
    assert alone.pair.population.p_adjusted == alone.pair.population.p_value
    assert among[0].pair.population.p_adjusted == pytest.approx(
        3 * (alone.pair.population.p_value or 0)
    )
    assert largest(among) is among[0]


def test_models_of_a_run_keep_its_verdict(
    good: Outcomes, bad: Outcomes, make_outcomes: MakeOutcomes
) -> None:
    third = make_outcomes("third", trials(20, 21, 22, seed=2), LABELS)
    comparison = compare([good, bad, third])
    found = versus_in(comparison, "third", "good")
    assert found.pair is comparison.pair("good", "third")
    assert (found.a, found.b, found.family) == (third, good, 3)
    assert found.level == comparison.level
    with pytest.raises(KeyError):
        versus_in(comparison, "third", "fourth")


def test_trials_of_the_same_seed_and_predictions_are_repeats(make_outcomes: MakeOutcomes) -> None:
    rows = trials(2, 3, 4)
    first = make_outcomes("model", rows, LABELS)
    changed = rows.copy()
    changed[1, 0] += 1
    longer = np.concatenate([changed, trials(5, 6, seed=3)])
    (found,) = head_to_head([(first, make_outcomes("model", longer, LABELS))])
    assert found.repeated == 2
    sure = make_outcomes("sure", rows[:1], LABELS)
    assert head_to_head([(sure, sure)])[0].repeated == 0
