"""Looking again and again: published boundaries, and no more false claims than promised."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from benchlib.simulated import SETTINGS, as_outcomes, simulated_models
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sequential import (
    State,
    crossing_probability,
    family_level,
    looks,
    nominal_level,
    standing,
)
from digitbench.analysis.significance import Verdict
from digitbench.types import SequentialDesign


@pytest.mark.parametrize(
    ("number", "published"),
    [(1, 1.960), (2, 2.178), (3, 2.289), (4, 2.361), (5, 2.413), (10, 2.555)],
)
def test_levels_are_pococks(number: int, published: float) -> None:
    """Jennison & Turnbull 2000, "Group Sequential Methods", table 2.1, at 5 %."""
    boundary = -ndtri(nominal_level(range(1, number + 1)) / 2)
    assert boundary == pytest.approx(published, abs=5e-4)


def test_all_looks_together_cross_as_often_as_simulated() -> None:
    rng = np.random.default_rng(0)
    at = looks(30)
    sums = rng.standard_normal((20_000, 30)).cumsum(axis=1)
    standardised = np.abs(sums[:, [t - 1 for t in at]]) / np.sqrt(at)
    rate = (standardised.max(axis=1) > 2.3).mean()
    assert crossing_probability(at, 2.3) == pytest.approx(rate, abs=0.006)


def test_looks_grow_to_the_most() -> None:
    assert looks(50) == (3, 5, 8, 12, 18, 27, 41, 50)
    assert looks(3) == (3,)
    assert looks(2) == (2,)
    with pytest.raises(ValueError, match="two at least"):
        looks(1)


def test_more_pairs_make_a_stricter_level() -> None:
    design = SequentialDesign(pair=None, looks=looks(20))
    assert family_level(design, 1) == pytest.approx(nominal_level(looks(20)), rel=1e-9)
    assert family_level(design, 6) / 6 < family_level(design, 1) / 6
    single = SequentialDesign(pair=None, looks=(7,))
    assert family_level(single, 1) == pytest.approx(0.05, rel=1e-6)


def first_trials(model: Outcomes, count: int) -> Outcomes:
    return replace(model, trials=model.trials[:count], rows=model.predictions[:count])


def test_a_clear_difference_is_decided_at_once() -> None:
    rng = np.random.default_rng(1)
    models = simulated_models(rng, SETTINGS[1], [0.99, 0.9], [3, 3], images=2000)
    found = standing(models, SequentialDesign(pair=None, looks=looks(50)))
    assert found.state is State.DECIDED
    assert found.level < 0.02


def test_models_that_err_alike_are_given_up() -> None:
    correct = np.random.default_rng(2).random(2000) > 0.02
    other = correct.copy()
    other[:3] = ~other[:3]
    models = [as_outcomes(np.tile(c, (3, 1)), number) for number, c in enumerate((correct, other))]
    found = standing(models, SequentialDesign(pair=None, looks=looks(50)))
    assert found.state is State.UNDECIDABLE


def test_one_trial_leaves_it_open() -> None:
    rng = np.random.default_rng(3)
    models = [as_outcomes(rng.random((1, 500)) > errors, i) for i, errors in enumerate((0.1, 0.5))]
    found = standing(models, SequentialDesign(pair=None, looks=looks(50)))
    assert found.state is State.OPEN


def test_equal_models_are_seldom_decided_at_any_look() -> None:
    """A small version of `benchmarks/error_rates.py sequential`, where only trials scatter."""
    rng = np.random.default_rng(4)
    design = SequentialDesign(pair=None, looks=looks(20))
    false = repeated = 0
    for _ in range(100):
        models = simulated_models(rng, SETTINGS[2], [0.95, 0.95], [20, 20], images=500)
        found = [standing([first_trials(m, t) for m in models], design) for t in design.looks]
        pairs = [standing_.pairs[0] for standing_ in found]
        false += any(pair.population.verdict is Verdict.BETTER for pair in pairs)
        p_values = [pair.population.p_value for pair in pairs]
        repeated += any(p is not None and p <= 0.05 for p in p_values)
    assert false / 100 <= 0.09
    assert repeated > false
