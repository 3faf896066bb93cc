"""What a model loses on another set: the difference, and how sure it is."""

from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from benchlib.simulated import SETTINGS, as_outcomes, simulated_models
from digitbench.analysis.pairs import compare_pair
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_drops import compare_drops, drop_of, drops_of
from digitbench.analysis.significance import Verdict
from digitbench.types import Groups
from grouped import even
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

Right = NDArray[np.bool_]


def test_a_drop_to_other_images_is_that_of_two_proportions() -> None:
    """One deterministic model, 2,000 images and 500 others: the variances add up."""
    rng = np.random.default_rng(0)
    before = as_outcomes(rng.random((1, 2000)) < 0.9, exact=True)
    after = as_outcomes(rng.random((1, 500)) < 0.8, exact=True)
    drop = drop_of(before, after, None)
    p, q = before.accuracy, after.accuracy
    assert drop.drop == pytest.approx(p - q)
    assert (drop.before, drop.after) == pytest.approx((p, q))
    assert not drop.paired
    error = sqrt(p * (1 - p) / 1999 + q * (1 - q) / 499)
    assert drop.interval is not None
    low, high = drop.interval
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.01)
    assert (high + low) / 2 == pytest.approx(p - q)
    assert drop.error_ratio == pytest.approx((1 - q) / (1 - p))


def test_a_drop_to_copies_is_paired_by_image() -> None:
    rng = np.random.default_rng(1)
    right = rng.random((1, 2000)) < 0.9
    worse = right & (rng.random((1, 2000)) < 0.98)
    positions = rng.permutation(2000).astype(np.uint32)
    before = as_outcomes(right, exact=True)
    after = as_outcomes(worse[:, positions], exact=True)
    drop = drop_of(before, after, positions)
    lost = (right & ~worse).sum() / 2000
    assert drop.paired
    assert drop.drop == pytest.approx(lost)
    assert drop.interval is not None
    half_width = (drop.interval[1] - drop.interval[0]) / 2
    assert half_width == pytest.approx(1.96 * sqrt(lost * (1 - lost) / 2000), rel=0.1)
    apart = drop_of(before, after, None).interval
    assert apart is not None
    assert apart[1] - apart[0] > 3 * half_width


def test_a_drop_is_of_the_test_images_that_the_others_were_made_of() -> None:
    before = as_outcomes(np.array([[True, True, False, False]]), exact=True)
    after = as_outcomes(np.array([[True, False]]), exact=True)
    drop = drop_of(before, after, np.array([0, 1], np.uint32))
    assert (drop.before, drop.after, drop.drop) == (1, 0.5, 0.5)
    assert drop.error_ratio is None


def test_what_a_trial_loses_on_both_sets_cancels_out() -> None:
    """Trials that are good on both sets and bad on both do not make the drop uncertain."""
    rng = np.random.default_rng(2)
    quality = np.array([0.95, 0.85, 0.75, 0.65])[:, None]
    before = as_outcomes(rng.random((4, 3000)) < quality)
    after = as_outcomes(rng.random((4, 3000)) < quality)
    other = as_outcomes(rng.random((4, 3000)) < quality[::-1])
    together, against = drop_of(before, after, None).interval, drop_of(before, other, None).interval
    assert together is not None
    assert against is not None
    assert together[1] - together[0] < 0.05 < against[1] - against[0]


def test_writers_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    by_writer = np.repeat(rng.random(40) < 0.8, 25)[None]
    plain = as_outcomes(by_writer, exact=True)
    grouped = as_outcomes(by_writer, exact=True, groups=even(40, 25))
    other = as_outcomes(rng.random((1, 1000)) < 0.8, exact=True)
    narrow, wide = drop_of(plain, other, None).interval, drop_of(grouped, other, None).interval
    assert narrow is not None
    assert wide is not None
    assert wide[1] - wide[0] > 3 * (narrow[1] - narrow[0])


def test_groups_of_both_sets_are_apart_even_with_equal_numbers() -> None:
    rng = np.random.default_rng(4)
    model = as_outcomes(rng.random((1, 1000)) < 0.8, exact=True, groups=even(40, 25))
    drop = drop_of(model, model, None)
    assert drop.drop == 0
    assert drop.lost.sampling.groups == 80
    assert drop.interval is not None
    assert drop.interval[1] - drop.interval[0] > 0.03


def test_a_single_writer_says_nothing_of_others() -> None:
    rng = np.random.default_rng(5)
    one = Groups("writer", np.zeros(50, np.int32), np.zeros(50, np.int32))
    before = as_outcomes(rng.random((1, 1000)) < 0.9, exact=True)
    after = as_outcomes(rng.random((1, 50)) < 0.5, exact=True, groups=one)
    drop = drop_of(before, after, None)
    assert drop.interval is None
    assert drop.p_value is None
    assert drop.drop > 0.2


def test_one_trial_of_a_seeded_model_has_no_interval() -> None:
    rng = np.random.default_rng(6)
    model = as_outcomes(rng.random((1, 100)) < 0.9)
    assert drop_of(model, model, None).interval is None


def test_trials_without_the_set_do_not_count() -> None:
    rng = np.random.default_rng(7)
    before = as_outcomes(rng.random((3, 400)) < np.array([[0.9], [0.5], [0.9]]))
    after = as_outcomes(rng.random((3, 400)) < 0.9).of_trials({1, 3})
    drop = drop_of(before, after, None)
    assert len(drop.lost.trials) == 2
    assert drop.before == pytest.approx(before.accuracies[[0, 2]].mean())


def test_the_p_value_agrees_with_the_interval() -> None:
    rng = np.random.default_rng(8)
    for seed in range(20):
        model = simulated_models(rng, SETTINGS[1], [0.95, 0.94], [3, 3], images=500)
        drop = drop_of(model[0], model[1], None if seed % 2 else np.arange(500, dtype=np.uint32))
        assert drop.interval is not None
        assert drop.p_value is not None
        assert (drop.interval[0] <= 0 <= drop.interval[1]) == (drop.p_value >= 0.05)


def test_who_loses_more_is_a_comparison_of_losses() -> None:
    """Paired images, deterministic models: McNemar's situation, of losses in place of errors."""
    rng = np.random.default_rng(9)
    right = rng.random((1, 3000)) < 0.95
    positions = np.arange(3000, dtype=np.uint32)
    before = [as_outcomes(right, number, exact=True) for number in range(2)]
    after = [
        as_outcomes(right & (rng.random((1, 3000)) < kept), number, exact=True)
        for number, kept in enumerate((0.97, 0.9))
    ]
    drops = [drop_of(b, a, positions) for b, a in zip(before, after, strict=True)]
    (pair,) = compare_drops(drops)
    assert pair.first.label == "m1"
    assert pair.difference == pytest.approx(drops[1].drop - drops[0].drop)
    assert pair.population.verdict is Verdict.BETTER
    same = compare_pair(*after)
    assert same.variance.images is not None
    assert pair.variance.images is not None
    assert pair.variance.images.value == pytest.approx(same.variance.images.value, rel=1e-6)


def test_drops_of_sets_and_conditions() -> None:
    models = [MadeModel("a", 0.9), MadeModel("b", 0.95, deterministic=True)]
    record = run_of(models, images=400)
    right = record.test_labels
    assert right is not None
    worse = drawn(record, lambda _: 0.6, right)
    bad = drawn(record, lambda _: 0.3, right, seed=1)
    record = with_sets(
        record,
        {
            "noise": [
                MadeCondition(right, worse, "some", positions=range(400)),
                MadeCondition(right, bad, "much", positions=range(400)),
            ],
            "fresh": [MadeCondition(right, worse)],
            "voted": [MadeCondition(right, None, positions=range(400))],
        },
    )
    noisy, fresh, voted = analyse_sets(record).sets
    mean = drops_of(noisy, noisy.test)
    each = [drops_of(condition, noisy.test) for condition in noisy.conditions]
    assert [drop.label for drop in mean] == ["a", "b"]
    for i, drop in enumerate(mean):
        assert drop.paired
        assert drop.drop == pytest.approx(np.mean([drops[i].drop for drops in each]))
    (of_a, _) = drops_of(fresh, fresh.test)
    assert not of_a.paired
    assert of_a.drop == pytest.approx(0.3, abs=0.05)
    assert drops_of(voted, voted.test) == ()
    assert drops_of(voted.conditions[0], voted.test) == ()


def test_identical_losses_have_the_interval_of_nothing_seen() -> None:
    model = as_outcomes(np.ones((1, 200), bool), exact=True)
    drop = drop_of(model, model, np.arange(200, dtype=np.uint32))
    assert drop.drop == 0
    assert drop.p_value == 1
    assert drop.interval is not None
    assert drop.interval[1] == pytest.approx(1 - 0.025 ** (1 / 200))
    assert stats.binom.pmf(0, 200, drop.interval[1]) == pytest.approx(0.025)


def in_strata(counts: dict[str, int], size: int = 20) -> Groups:
    """Make so many writers of each stratum, with so many images each."""
    strata = np.repeat(np.arange(len(counts)), list(counts.values()))
    numbers = np.arange(len(strata))
    return Groups(
        "writer",
        np.repeat(numbers, size).astype(np.int32),
        np.repeat(strata, size).astype(np.int32),
        tuple(counts),
    )


def right_by_stratum(rng: np.random.Generator, groups: Groups, chances: dict[str, float]) -> Right:
    chance = np.array([chances[name] for name in groups.stratum_names])[groups.strata]
    return rng.random((1, len(groups))) < chance


def test_like_is_set_against_like() -> None:
    """Students are harder to read: a set without them is not easier for the model."""
    rng = np.random.default_rng(10)
    chances = {"students": 0.6, "staff": 0.9, "clerks": 0.9}
    ours, theirs = in_strata({"students": 100, "staff": 80}), in_strata({"clerks": 90, "staff": 70})
    before = as_outcomes(right_by_stratum(rng, ours, chances), exact=True, groups=ours)
    after = as_outcomes(right_by_stratum(rng, theirs, chances), exact=True, groups=theirs)
    drop = drop_of(before, after, None)
    assert drop.strata == ("staff",)
    assert drop.before == pytest.approx(before.correct[0, ours.strata == 1].mean())
    assert drop.after == pytest.approx(after.correct[0, theirs.strata == 1].mean())
    assert drop.drop == pytest.approx(drop.before - drop.after)
    assert abs(drop.drop) < 0.05
    assert drop.lost.sampling.groups == 80 + 70


def test_a_stratum_of_one_writer_is_left_out() -> None:
    rng = np.random.default_rng(11)
    ours, theirs = in_strata({"students": 50, "staff": 50}), in_strata({"staff": 50, "students": 1})
    chances = {"students": 0.6, "staff": 0.9}
    before = as_outcomes(right_by_stratum(rng, ours, chances), exact=True, groups=ours)
    after = as_outcomes(right_by_stratum(rng, theirs, chances), exact=True, groups=theirs)
    assert drop_of(before, after, None).strata == ("staff",)


def test_the_test_images_have_the_shares_of_the_set() -> None:
    rng = np.random.default_rng(12)
    ours, theirs = (
        in_strata({"students": 50, "staff": 50}),
        in_strata({"staff": 90, "students": 10}),
    )
    chances = {"students": 0.6, "staff": 0.9}
    before = as_outcomes(right_by_stratum(rng, ours, chances), exact=True, groups=ours)
    after = as_outcomes(right_by_stratum(rng, theirs, chances), exact=True, groups=theirs)
    drop = drop_of(before, after, None)
    assert drop.strata == ()
    by_stratum = [before.correct[0, ours.strata == place].mean() for place in (0, 1)]
    assert drop.before == pytest.approx(0.1 * by_stratum[0] + 0.9 * by_stratum[1])
    assert drop.after == pytest.approx(after.accuracy)


def test_nothing_is_left_out_where_no_stratum_is_common() -> None:
    rng = np.random.default_rng(13)
    ours, theirs = in_strata({"students": 20}), in_strata({"clerks": 20})
    before = as_outcomes(rng.random((1, 400)) < 0.9, exact=True, groups=ours)
    after = as_outcomes(rng.random((1, 400)) < 0.8, exact=True, groups=theirs)
    drop = drop_of(before, after, None)
    assert drop.strata == ()
    assert (drop.before, drop.after) == pytest.approx((before.accuracy, after.accuracy))
