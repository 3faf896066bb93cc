"""Verdicts, p-values and intervals of any test set: sound, and never at odds."""

from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbench.analysis.comparison import compare
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import Verdict
from grouped import grouped, groups_of

SHAPES = st.sampled_from(
    [[1], [4], [1, 1], [1, 3], [2, 2], [1] * 6, [3] * 5, [1, 9, 2], [2] * 4 + [7]]
)


@settings(deadline=None, max_examples=150)
@given(
    sizes=SHAPES,
    given_groups=st.booleans(),
    trials=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    errors=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 50),
)
def test_degenerate_test_sets_give_sound_figures(
    sizes: list[int], given_groups: bool, trials: list[int], errors: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    groups = groups_of(sizes, rng.integers(0, 2, len(sizes)).tolist()) if given_groups else None
    models = [
        grouped(rng.random((max(1, count), sum(sizes))) >= errors, i, groups, exact=not count)
        for i, count in enumerate(trials)
    ]
    comparison = compare(models)
    for model in comparison.models:
        sure = model.uncertainty
        known = (sure.standard_error, sure.test_set_standard_error, *(sure.interval or ()))
        assert all(x is None or isfinite(x) for x in known)
        if sure.interval is not None:
            assert 0 <= sure.interval[0] <= sure.mean <= sure.interval[1] <= 1
    for pair in comparison.pairs:
        for claim in (pair.population, pair.test_set):
            check_agrees(pair, claim.verdict, claim.interval, claim.p_value)
        if len(sizes) == 1 and (given_groups or sum(sizes) == 1):
            assert pair.population.verdict is not Verdict.BETTER
            assert pair.groups_needed is None


def check_agrees(
    pair: Pair, verdict: Verdict, interval: tuple[float, float] | None, p_value: float | None
) -> None:
    """Check that an interval is sound, and leaves out 0 if and only if there is a claim."""
    if p_value is None:
        assert interval is None
        assert verdict is Verdict.NOT_ENOUGH_TRIALS
        return
    assert interval is not None
    low, high = interval
    assert 0 <= p_value <= 1
    assert -1 <= low <= pair.difference <= high <= 1
    assert (low > 0) == (verdict is Verdict.BETTER)


def check_families(families: int, seed: int) -> None:
    """Check that verdicts and intervals never disagree, over random families."""
    rng = np.random.default_rng(seed)
    for _ in range(families):
        sizes = rng.integers(1, 6, rng.integers(3, 15)).tolist()
        groups = groups_of(sizes, rng.integers(0, 2, len(sizes)).tolist())
        groups_or_none = groups if rng.random() < 0.7 else None
        errors = rng.choice([0.0, 0.05, 0.2, 0.2, 0.5, 0.8])
        models = []
        for number in range(rng.integers(2, 6)):
            count = int(rng.choice([0, 0, 1, 2, 3, 5]))
            hard = rng.random(len(groups)) < errors * rng.choice([0.2, 1, 1])
            flips = rng.random((max(1, count), len(groups))) < rng.choice([0, 0.02, 0.2])
            models.append(grouped(hard ^ ~flips, number, groups_or_none, exact=not count))
        comparison = compare(models, float(rng.choice([0.05, 0.05, 0.01])))
        for pair in comparison.pairs:
            for claim in (pair.population, pair.test_set):
                check_agrees(pair, claim.verdict, claim.interval, claim.p_value)
                if claim.p_adjusted is not None and claim is pair.population:
                    claimed = claim.p_adjusted <= comparison.level
                    assert claimed == (claim.verdict is Verdict.BETTER)
        letters = {model.outcomes.label: set(model.letters) for model in comparison.models}
        for pair in comparison.pairs:
            if pair.population.p_value is not None:
                shared = letters[pair.first.label] & letters[pair.second.label]
                assert bool(shared) == (pair.population.verdict is not Verdict.BETTER)


def test_verdicts_and_intervals_never_disagree() -> None:
    check_families(150, 0)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "count",
    [
        pytest.param(2_500, marks=pytest.mark.slow),
        pytest.param(10_000, marks=pytest.mark.exhaustive),
    ],
)
def test_verdicts_and_intervals_of_thousands_of_families_never_disagree(count: int) -> None:
    check_families(count, 1)


def test_six_images_to_none_are_a_claim_with_an_interval_that_leaves_out_zero() -> None:
    first, second = np.ones((1, 1000), bool), np.ones((1, 1000), bool)
    second[0, :6] = False
    (pair,) = compare(
        [grouped(first, 0, None, exact=True), grouped(second, 1, None, exact=True)]
    ).pairs
    assert pair.population.p_value == pytest.approx(0.03125)
    assert pair.population.verdict is Verdict.BETTER
    assert pair.population.interval is not None
    assert pair.population.interval[0] > 0


def test_two_trials_a_side_without_a_flip_make_no_claim() -> None:
    rows = [np.arange(500)[np.newaxis] >= errors for errors in (10, 40)]
    (pair,) = compare([grouped(np.tile(row, (2, 1)), i, None) for i, row in enumerate(rows)]).pairs
    assert pair.test_set.p_value == pytest.approx(1 / 3)
    assert pair.variance.careful is not None
    assert pair.variance.careful.value == 0
    five = [grouped(np.tile(row, (5, 1)), i, None) for i, row in enumerate(rows)]
    (pair,) = compare(five).pairs
    assert pair.test_set.p_value == pytest.approx(2 / 252)
    (pair,) = compare([five[0], grouped(rows[1], 1, None, exact=True)]).pairs
    assert pair.test_set.p_value == pytest.approx(2 / 2**5)


def test_two_images_on_which_models_always_differ_are_no_proof() -> None:
    rows = [np.full((3, 2), right) for right in (True, False)]
    (pair,) = compare([grouped(row, i, None) for i, row in enumerate(rows)]).pairs
    assert pair.population.p_value == 0.5
    assert pair.population.verdict is not Verdict.BETTER
