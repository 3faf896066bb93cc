"""Two models: the right test for the situation, and verdicts that follow from it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchlib.simulated import SETTINGS, as_outcomes, simulated_models
from digitbench.analysis.comparison import compare
from digitbench.analysis.difference_variance import common_trials
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import Method, Verdict


def pair_of(*models: Outcomes) -> Pair:
    (pair,) = compare(models).pairs
    return pair


def seeded(rng: np.random.Generator, errors: float, trials: int, number: int) -> Outcomes:
    return as_outcomes(rng.random((trials, 2000)) > errors, number)


def test_independent_models_have_welchs_test_on_this_test_set() -> None:
    rng = np.random.default_rng(0)
    one, other = seeded(rng, 0.05, 5, 0), seeded(rng, 0.06, 8, 1)
    noisy = replace(one, rows=one.predictions.copy())
    noisy.predictions[0, :30] = 1  # a bad trial, so that trials scatter more than images flip
    noisier = replace(other, rows=other.predictions.copy())
    noisier.predictions[0, :50] = 1
    pair = pair_of(noisy, noisier)
    assert pair.test_set.method is Method.WELCH
    due = stats.ttest_ind(noisy.accuracies, noisier.accuracies, equal_var=False)
    assert pair.test_set.p_value == pytest.approx(due.pvalue, rel=1e-9)
    assert pair.test_set.interval is not None
    signed = sorted(abs(bound) for bound in due.confidence_interval(0.95))
    assert sorted(map(abs, pair.test_set.interval)) == pytest.approx(signed, rel=1e-9)


def test_the_same_model_with_other_options_is_paired_by_seed() -> None:
    rng = np.random.default_rng(1)
    setting = replace(SETTINGS[3], trial=0.5)
    models = simulated_models(rng, setting, [0.9, 0.9], [6, 6], images=2000, same_trials=True)
    pair = pair_of(*models)
    assert pair.test_set.method is Method.PAIRED
    assert pair.population.method is Method.PAIRED_COMPONENTS
    due = stats.ttest_rel(pair.first.accuracies, pair.second.accuracies)
    least = pair.variance.careful
    assert least is not None
    if least == pair.variance.trials:
        assert pair.test_set.p_value == pytest.approx(due.pvalue, rel=1e-9)
    assert pair.variance.trials is not None
    error = np.std(pair.first.accuracies - pair.second.accuracies, ddof=1) / np.sqrt(6)
    assert np.sqrt(pair.variance.trials.value) == pytest.approx(error, rel=1e-9)


def test_trials_are_common_by_their_seeds() -> None:
    rng = np.random.default_rng(2)
    one, other = (as_outcomes(rng.random((4, 50)) > 0.1, i, alike=True) for i in (0, 1))
    turned = replace(other, trials=other.trials[::-1], rows=other.predictions[::-1].copy())
    assert common_trials(one, turned) == ((0, 3), (1, 2), (2, 1), (3, 0))
    assert common_trials(one, replace(other, trials=other.trials[:1])) is None
    stranger = as_outcomes(rng.random((4, 50)) > 0.1, 7)
    assert common_trials(one, stranger) is None


def test_two_deterministic_models_have_mcnemars_test() -> None:
    first, second = np.ones((1, 1000), bool), np.ones((1, 1000), bool)
    first[0, :4] = second[0, 100:118] = False
    pair = pair_of(as_outcomes(second, 1, exact=True), as_outcomes(first, 0, exact=True))
    assert pair.first.label == "m0"
    assert pair.population.method is Method.MCNEMAR
    due = stats.binomtest(4, 22).pvalue
    assert pair.population.p_value == pytest.approx(due, rel=1e-9)
    assert pair.population.verdict is Verdict.BETTER
    assert pair.images_per_10_000 == pytest.approx(140)
    assert pair.test_set.method is Method.NO_CHANCE
    assert pair.test_set.interval == pytest.approx((0.014, 0.014))
    assert pair.test_set.verdict is Verdict.BETTER


@pytest.mark.parametrize("split", [(0, 5), (1, 8), (5, 15), (6, 15), (30, 50), (29, 50)])
def test_the_interval_agrees_with_mcnemars_test(split: tuple[int, int]) -> None:
    """The t interval with as many degrees of freedom as images differ leaves 0 out when it must."""
    few, many = split
    first, second = np.ones((1, 5000), bool), np.ones((1, 5000), bool)
    first[0, :few] = second[0, 100 : 100 + many] = False
    pair = pair_of(as_outcomes(first, 0, exact=True), as_outcomes(second, 1, exact=True))
    assert pair.population.interval is not None
    assert pair.population.p_value is not None
    assert (pair.population.interval[0] > 0) == (pair.population.p_value <= 0.05)


def test_models_alike_in_everything_are_indistinguishable() -> None:
    correct = np.arange(500)[np.newaxis] > 10
    pair = pair_of(as_outcomes(correct, 0, exact=True), as_outcomes(correct, 1, exact=True))
    assert pair.difference == 0
    assert pair.population.verdict is pair.test_set.verdict is Verdict.INDISTINGUISHABLE
    assert pair.population.p_value == 1
    assert pair.trials_needed is pair.groups_needed is None


def test_one_trial_of_a_seeded_model_is_not_enough() -> None:
    rng = np.random.default_rng(3)
    pair = pair_of(seeded(rng, 0.01, 1, 0), seeded(rng, 0.2, 5, 1))
    assert pair.population.verdict is pair.test_set.verdict is Verdict.NOT_ENOUGH_TRIALS
    assert pair.population.p_value is None
    assert pair.population.interval is None
    assert pair.population.method is Method.UNKNOWN


def test_a_deterministic_model_is_compared_with_a_seeded_one() -> None:
    rng = np.random.default_rng(4)
    exact = as_outcomes(rng.random((1, 2000)) > 0.2, 0, exact=True)
    pair = pair_of(exact, seeded(rng, 0.01, 5, 1))
    assert pair.population.verdict is Verdict.BETTER
    assert pair.first.label == "m1"


def scattering(gain: int) -> Sequence[Outcomes]:
    """Return two models whose trials scatter much on few images."""
    rng = np.random.default_rng(5)
    models = []
    for number in (0, 1):
        correct = np.ones((4, 5000), bool)
        for trial, errors in enumerate((20, 140, 60, 90)):
            correct[trial, rng.choice(5000, errors + gain * number, replace=False)] = False
        models.append(as_outcomes(correct, number))
    return models


def test_the_trials_that_are_said_to_be_needed_are_just_enough() -> None:
    one, other = scattering(20)
    pair = pair_of(one, other)
    assert pair.population.verdict is Verdict.NOT_ENOUGH_TRIALS
    assert pair.trials_needed is not None
    assert pair.trials_needed > 4
    parts = pair.variance
    assert parts.trials is not None
    assert parts.images is not None
    fixed = parts.images.value + parts.trials.value - parts.lowered

    def standard_errors(trials: int) -> float:
        return float(pair.difference / np.sqrt(parts.lowered * 4 / trials + fixed))

    assert standard_errors(pair.trials_needed - 1) < stats.norm.ppf(0.975) * 1.05
    assert standard_errors(pair.trials_needed) >= stats.norm.ppf(0.975)
    for trials, is_enough in ((pair.trials_needed - 1, False), (pair.trials_needed, True)):
        expected = parts.with_trials(trials).total(careful=False)
        assert expected is not None
        quantile = stats.t.ppf(0.975, expected.freedom)
        assert (pair.difference >= quantile * np.sqrt(expected.value)) == is_enough


def test_where_the_test_set_is_the_limit_no_trials_are_promised() -> None:
    rng = np.random.default_rng(6)
    first, second = (rng.random(2000) > 0.02 for _ in range(2))
    first[:100] = True
    second[:100] = first[:100]
    second[200] = not first[200]
    models = [
        as_outcomes(np.tile(correct, (5, 1)) ^ (rng.random((5, 2000)) < 1e-4), number)
        for number, correct in enumerate((first, second))
    ]
    pair = pair_of(*models)
    assert pair.population.verdict is Verdict.INDISTINGUISHABLE
    assert pair.trials_needed is None
    assert pair.groups_needed is not None
    assert pair.group_name is None
    assert pair.groups_needed > 2000


def test_equal_accuracies_by_luck_are_no_proof_that_trials_do_not_scatter() -> None:
    """Two trials of each model, alike in accuracy, on images that flip."""
    rng = np.random.default_rng(7)
    models = []
    for number, errors in enumerate((20, 21)):
        rows = [rng.permutation(np.arange(1000) >= errors) for _ in range(2)]
        models.append(as_outcomes(np.stack(rows), number))
    pair = pair_of(*models)
    assert pair.variance.trials is not None
    assert pair.variance.trials.value == 0
    assert pair.test_set.verdict is not Verdict.BETTER
    assert pair.population.verdict is not Verdict.BETTER


def test_a_claim_about_the_population_carries_the_one_about_this_test_set() -> None:
    rng = np.random.default_rng(8)
    pair = pair_of(seeded(rng, 0.01, 2, 0), seeded(rng, 0.1, 2, 1))
    if pair.population.verdict is Verdict.BETTER:
        assert pair.test_set.verdict is Verdict.BETTER
    assert pair.first.label == "m0"


def test_a_clear_difference_is_seen_though_all_trials_have_equally_many_errors() -> None:
    """No spread over trials, and none over images beyond the flips: they are what is left."""
    rng = np.random.default_rng(9)
    models = []
    for number, errors in enumerate((10, 200)):
        rows = [rng.permutation(np.arange(1000) >= errors) for _ in range(5)]
        models.append(as_outcomes(np.stack(rows), number))
    pair = pair_of(*models)
    assert pair.difference == pytest.approx(0.19)
    assert pair.population.verdict is pair.test_set.verdict is Verdict.BETTER
    assert pair.population.interval is not None
    flips = np.sqrt((0.01 * 0.99 + 0.2 * 0.8) / 5000)
    assert pair.population.interval[1] - pair.difference >= 1.9 * flips


def test_models_that_differ_on_every_image_differ() -> None:
    right, wrong = np.ones((3, 50), bool), np.zeros((3, 50), bool)
    pair = pair_of(as_outcomes(right, 0), as_outcomes(wrong, 1))
    assert pair.population.verdict is Verdict.BETTER
    assert pair.population.interval is not None
    assert pair.population.interval[0] > 0.9
