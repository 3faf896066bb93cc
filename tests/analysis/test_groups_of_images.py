"""Images in groups: intervals, claims and what settles them, against independent figures."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from time import process_time

import numpy as np
import pytest
from scipy import stats

from digitbench.analysis.comparison import compare
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import THIS_TEST_SET, Method, Verdict
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import Groups
from grouped import NAMES, grouped, groups_of

GROUPS = groups_of([20] * 30 + [60] * 10, [1] * 30 + [0] * 10)


def clustered(
    seed: int, trials: Sequence[int], groups: Groups = GROUPS, errors: float = 0.06
) -> list[Outcomes]:
    """Draw models whose errors come by the writer; 0 trials for a deterministic one."""
    rng = np.random.default_rng(seed)
    hard = 0.8 * rng.standard_normal(groups.count)
    models = []
    for number, count in enumerate(trials):
        own = hard + 0.6 * rng.standard_normal(groups.count)
        latent = own[groups.numbers] + rng.standard_normal(len(groups))
        noise = 0.5 * rng.standard_normal((max(1, count), len(groups)))
        correct = latent + noise > stats.norm.ppf(errors * (1 + 0.2 * number)) * 1.5
        models.append(grouped(correct, number, groups, exact=not count))
    return models


def cluster_variance(values: np.ndarray, groups: Groups) -> float:
    """Return a mean's variance by statsmodels: clusters within each stratum, added up."""
    import statsmodels.api as sm

    total = 0.0
    for stratum in np.unique(groups.strata):
        there = groups.strata == stratum
        fit = sm.OLS(values[there], np.ones(there.sum())).fit(
            cov_type="cluster", cov_kwds={"groups": groups.numbers[there], "use_correction": False}
        )
        count = len(np.unique(groups.numbers[there]))
        share = there.mean()
        total += share**2 * float(fit.cov_params()[0, 0]) * count / (count - 1)
    return total


@pytest.mark.parametrize("seed", range(3))
def test_the_variance_of_one_trial_is_that_of_clusters_in_strata(seed: int) -> None:
    one, other = clustered(seed, [0, 0])
    sure = uncertainty(one)
    due = cluster_variance(one.correct[0].astype(float), GROUPS)
    assert sure.standard_error == pytest.approx(np.sqrt(due), rel=1e-9)
    (pair,) = compare([one, other]).pairs
    difference = pair.first.correct[0].astype(float) - pair.second.correct[0]
    assert pair.variance.images is not None
    assert pair.variance.images.value == pytest.approx(
        cluster_variance(difference, GROUPS), rel=1e-9
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_variance_of_trials_is_v_t_and_v_g_less_v_tg(seed: int) -> None:
    """Written out with loops, as the formulas stand in `docs/methodology.md`."""
    (model,) = clustered(seed, [4])
    n_images, trials = len(GROUPS), 4
    shares = model.correct.mean(axis=0)
    v_g = v_tg = 0.0
    for stratum in (0, 1):
        members = np.unique(GROUPS.numbers[GROUPS.strata == stratum])
        there = GROUPS.strata == stratum
        factor = len(members) / (len(members) - 1)
        for group in members:
            images = GROUPS.numbers == group
            u = (shares[images] - shares[there].mean()).sum()
            v_g += factor * u**2 / n_images**2
            for row in model.correct:
                alone = (row[images] - row[there].mean()).sum() - u
                v_tg += factor * alone**2 / (n_images**2 * trials * (trials - 1))
    v_t = model.accuracies.var(ddof=1) / trials
    sure = uncertainty(model)
    assert model.variance.of_groups == pytest.approx(v_tg, rel=1e-9)
    assert sure.test_set_standard_error == pytest.approx(np.sqrt(max(0, v_g - v_tg)), rel=1e-9)
    due = max(v_t + max(0, v_g - v_tg), v_tg)
    assert sure.standard_error == pytest.approx(np.sqrt(due), rel=1e-9)
    assert sure.population == "new writers"


def test_an_interval_of_few_errors_has_the_degrees_of_freedom_of_their_groups() -> None:
    correct = np.ones((1, len(GROUPS)), bool)
    for group in range(4):
        correct[0, np.flatnonzero(GROUPS.numbers == group)[:2]] = False
    sure = uncertainty(grouped(correct, 0, GROUPS, exact=True))
    assert sure.interval is not None
    assert sure.standard_error is not None
    p = sure.mean
    u = np.where(np.arange(30) < 4, -2, 0) + 20 * 8 / 600
    freedom = (u**2).sum() ** 2 / (u**4).sum() - 1
    t, number = stats.t.ppf(0.975, freedom), p * (1 - p) / sure.standard_error**2
    middle = (p + t**2 / (2 * number)) / (1 + t**2 / number)
    half = t / (1 + t**2 / number) * np.sqrt(p * (1 - p) / number + t**2 / (4 * number**2))
    assert sure.interval == pytest.approx((middle - half, middle + half), rel=1e-9)


def test_nothing_wrong_is_worth_as_many_images_as_there_are_groups() -> None:
    for correct in (np.ones((1, len(GROUPS)), bool), np.zeros((3, len(GROUPS)), bool)):
        sure = uncertainty(grouped(correct, 0, GROUPS, exact=len(correct) == 1))
        right = 40 if correct.all() else 0
        due = stats.binomtest(right, 40).proportion_ci(0.95, method="wilson")
        assert sure.interval == pytest.approx((due.low, due.high), rel=1e-9, abs=1e-12)


def test_two_deterministic_models_have_the_sign_flip_test_over_groups() -> None:
    groups = groups_of([5] * 8)
    rng = np.random.default_rng(1)
    models = [
        grouped(rng.random((1, 40)) > e, i, groups, exact=True) for i, e in ((0, 0.1), (1, 0.4))
    ]
    (pair,) = compare(models).pairs
    by_group = np.bincount(
        groups.numbers, pair.first.correct[0].astype(float) - pair.second.correct[0]
    )
    sums = np.array(list(product((-1, 1), repeat=8))) @ by_group
    assert pair.population.method is Method.SIGN_FLIP
    assert pair.population.p_value == pytest.approx(
        np.mean(np.abs(sums) >= abs(by_group.sum())), rel=1e-9
    )
    assert pair.population.population == "new writers"
    assert pair.test_set.population == THIS_TEST_SET


def test_groups_of_one_image_change_nothing_but_the_name() -> None:
    single = groups_of([1] * 300)
    rng = np.random.default_rng(2)
    rows = [rng.random((4, 300)) > errors for errors in (0.1, 0.2)]
    without = [grouped(row, i, None) for i, row in enumerate(rows)]
    having = [grouped(row, i, single) for i, row in enumerate(rows)]
    for one, other in zip(without, having, strict=True):
        assert replace(uncertainty(other), population="new digits") == uncertainty(one)
    (plain,), (named,) = compare(without).pairs, compare(having).pairs
    assert replace(named.population, population="new digits") == plain.population
    assert (named.population.population, named.group_name) == ("new writers", "writer")


def test_claims_about_this_test_set_do_not_ask_for_groups() -> None:
    models = clustered(5, [3, 4])
    (with_groups,) = compare(models).pairs
    (without,) = compare([replace(model, groups=None) for model in models]).pairs
    assert with_groups.test_set.p_value == without.test_set.p_value
    assert (
        uncertainty(models[0]).seed_interval
        == uncertainty(replace(models[0], groups=None)).seed_interval
    )


def test_a_run_without_groups_has_those_of_the_other() -> None:
    one, other = clustered(6, [3, 3])
    (due,) = compare([one, other]).pairs
    (found,) = compare([one, replace(other, groups=None)]).pairs
    assert found.population == due.population


def test_the_groups_that_are_said_to_be_needed_are_enough() -> None:
    """The same models on copies of the same writers, as many as were said to be needed."""
    one, other = clustered(11, [0, 0])
    (pair,) = compare([one, other]).pairs
    assert pair.population.verdict is Verdict.INDISTINGUISHABLE
    assert pair.groups_needed is not None
    copies = int(np.ceil(pair.groups_needed / 40))

    def copied(times: int) -> Pair:
        numbers = np.concatenate([GROUPS.numbers + 40 * i for i in range(times)])
        groups = Groups("writer", numbers.astype(np.int32), np.tile(GROUPS.strata, times), NAMES)
        models = [
            grouped(np.tile(m.correct, (1, times)), i, groups, exact=True)
            for i, m in enumerate((one, other))
        ]
        (found,) = compare(models).pairs
        return found

    assert copied(copies + 1).population.verdict is Verdict.BETTER
    assert copied(max(1, copies - 2)).population.verdict is not Verdict.BETTER


def test_trials_needed_of_unequal_numbers_go_by_those_there_are() -> None:
    """Three trials of the one decide; the other has fifty."""
    rng = np.random.default_rng(6)
    models = []
    for number, (count, errors) in enumerate(((3, 60), (50, 45))):
        rows = np.ones((count, 10_000), bool)
        for row in rows:
            row[rng.choice(2000, errors + rng.integers(-14, 15), replace=False)] = False
        models.append(grouped(rows, number, None))
    (pair,) = compare(models).pairs
    assert pair.population.verdict is Verdict.NOT_ENOUGH_TRIALS
    assert pair.trials_needed is not None
    assert 3 < pair.trials_needed < 20
    parts = pair.variance
    assert parts.sides is not None
    due = sum(side.trials * side.lowered for side in parts.sides) / 7
    assert sorted(side.trials for side in parts.sides) == [3, 50]
    assert parts.with_trials(7).lowered == pytest.approx(due)


def test_a_pair_far_from_significance_keeps_its_share_of_the_level() -> None:
    rng = np.random.default_rng(12)
    hard = rng.random(3000)
    models = [grouped((hard + rng.normal(0, 0.02, (4, 3000))) > 0.05, i, None) for i in range(8)]
    comparison = compare(models)
    pair = next(pair for pair in comparison.pairs if pair.population.p_adjusted == 1)
    claimed = sum(pair.population.verdict is Verdict.BETTER for pair in comparison.pairs)
    assert pair.population.confidence == pytest.approx(1 - 0.05 / (28 - claimed))


@pytest.mark.slow
def test_a_dozen_models_of_twenty_trials_are_compared_at_once() -> None:
    """Under a second on one quiet core; the bound is for processor time, whatever else runs."""
    rng = np.random.default_rng(0)
    groups = groups_of([104] * 48 + [20] * 250, [0] * 48 + [1] * 250)
    models = [
        grouped(rng.random((20, len(groups))) > 0.01 + number / 1000, number, groups)
        for number in range(12)
    ]
    began = process_time()
    comparison = compare(models)
    assert process_time() - began < 5
    assert len(comparison.pairs) == 66


def test_every_pair_of_a_dozen_models_is_compared_with_its_groups() -> None:
    models = clustered(8, [2] * 6, errors=0.1)
    comparison = compare(models)
    assert len(comparison.pairs) == len(list(combinations(range(6), 2)))
    assert {pair.population.population for pair in comparison.pairs} == {"new writers"}
