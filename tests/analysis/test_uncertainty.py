"""How sure a mean is: textbook intervals where they exist, and the truth held in simulation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchlib.simulated import SETTINGS, as_outcomes, simulated_models
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.summary import variance_factor
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import TrainingSample


def draw(seed: int, trials: int, images: int = 400, errors: float = 0.05) -> Outcomes:
    return as_outcomes(np.random.default_rng(seed).random((trials, images)) > errors)


def resampled(outcomes: Outcomes, method: str, fraction: float = 1.0) -> Outcomes:
    trials = tuple(
        trial.model_copy(
            update={
                "spec": trial.spec.model_copy(
                    update={
                        "training": TrainingSample.model_validate(
                            {"method": method, "fraction": fraction, "seed": trial.spec.trial}
                        )
                    }
                )
            }
        )
        for trial in outcomes.trials
    )
    return replace(outcomes, trials=trials)


def test_seeds_have_scipys_t_interval() -> None:
    outcomes = draw(0, 5)
    found = uncertainty(outcomes)
    values = outcomes.accuracies
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert found.seed_std == pytest.approx(values.std(ddof=1), rel=1e-9)
    due = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert found.seed_interval == pytest.approx(due, rel=1e-9)


@pytest.mark.parametrize("errors", [0, 1, 3, 40, 399, 400])
def test_a_deterministic_model_has_wilsons_interval(errors: int) -> None:
    """The unbiased variance divides by n - 1, so the number of images is n - 1."""
    correct = np.arange(400)[np.newaxis] >= errors
    found = uncertainty(as_outcomes(correct, exact=True))
    number = 400 if errors in (0, 400) else 399
    share = 1 - errors / 400
    from statsmodels.stats.proportion import proportion_confint

    due = proportion_confint(share * number, number, method="wilson")
    assert found.interval == pytest.approx(due, rel=1e-9, abs=1e-12)
    assert found.seed_std is None
    assert found.seed_interval is None
    assert found.standard_error == found.test_set_standard_error
    assert found.test_set_standard_error == pytest.approx(
        np.std(correct, ddof=1) / np.sqrt(400), rel=1e-9
    )


def test_one_trial_of_a_seeded_model_leaves_the_whole_unknown() -> None:
    found = uncertainty(draw(1, 1))
    assert found.standard_error is None
    assert found.interval is None
    assert found.test_set_standard_error


def test_both_sources_are_wider_than_either() -> None:
    rng = np.random.default_rng(2)
    (outcomes,) = simulated_models(rng, SETTINGS[1], [0.95], [5], images=2000)
    found = uncertainty(outcomes)
    assert found.standard_error is not None
    assert found.seed_std is not None
    assert found.test_set_standard_error is not None
    assert found.standard_error > found.test_set_standard_error
    assert found.standard_error > found.seed_std / np.sqrt(5)


def test_the_claim_about_more_is_never_the_surer() -> None:
    for seed in range(20):
        found = uncertainty(draw(seed, 2, images=3000))
        assert found.interval is not None
        assert found.seed_interval is not None
        assert found.interval[0] <= max(0.0, found.seed_interval[0])
        assert found.interval[1] >= min(1.0, found.seed_interval[1])


@pytest.mark.parametrize(
    ("method", "fraction", "shared"), [("bootstrap", 1.0, 0.5), ("subsample", 0.8, 0.8)]
)
def test_resampled_training_sets_widen_by_nadeau_and_bengio(
    method: str, fraction: float, shared: float
) -> None:
    plain = draw(3, 10)
    outcomes = resampled(plain, method, fraction)
    factor = 1 / 10 + shared / (1 - shared)
    assert variance_factor(10, outcomes.training_overlap) == pytest.approx(factor, rel=1e-12)
    found = uncertainty(outcomes)
    assert found.seed_interval is not None
    half_width = (found.seed_interval[1] - found.seed_interval[0]) / 2
    std = plain.accuracies.std(ddof=1)
    assert half_width == pytest.approx(stats.t.ppf(0.975, 9) * std * np.sqrt(factor), rel=1e-9)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_interval_holds_the_truth(setting: object) -> None:
    """A small version of `benchmarks/error_rates.py coverage`: 95 % is due of 300."""
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(300):
        (outcomes,) = simulated_models(rng, setting, [0.97], [5], images=1500)  # type: ignore[arg-type]
        interval = uncertainty(outcomes).interval
        assert interval is not None
        held += interval[0] <= 0.97 <= interval[1]
    assert 0.91 <= held / 300 <= 0.985


def test_fresh_training_sets_are_held_by_the_corrected_interval() -> None:
    """A mean of a sample: bootstrapped, and judged over fresh samples of the same size."""
    rng = np.random.default_rng(5)
    held = plain = 0
    for _ in range(400):
        sample = rng.standard_normal(200)
        means = rng.choice(sample, (10, 200)).mean(axis=1)
        error = np.std(means, ddof=1) * stats.t.ppf(0.975, 9)
        held += abs(means.mean()) <= error * np.sqrt(1 / 10 + 1)
        plain += abs(means.mean()) <= error * np.sqrt(1 / 10)
    assert 0.92 <= held / 400 <= 0.985
    assert plain / 400 < 0.6
