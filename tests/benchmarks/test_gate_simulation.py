"""The simulated models are what they are said to be, and the gate holds what it states on them."""

from math import sqrt

import numpy as np
import pytest

from benchlib.gate_simulation import (
    MODELS,
    SimulatedModel,
    Simulator,
    rates_by_baseline,
    simulate,
    simulate_looks,
)
from digitbench.analysis.gate.settings import FALSE_ALARMS

CHECKS = 400
LIMIT = FALSE_ALARMS + 3 * sqrt(FALSE_ALARMS / CHECKS)
"""What false alarms of the stated rate hardly ever exceed in so many checks."""

ALONE = SimulatedModel("images flip alone", 0.97, images=2000, clearness=3.0)
SEEDS = SimulatedModel("seeds good and bad", 0.97, images=2000, clearness=3.0, seed_effect=0.3)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_models_have_the_accuracy_they_are_said_to_have(model: SimulatedModel) -> None:
    source = Simulator(model, 0)
    wrong = source.trials(50)
    same = source.held(wrong[:25], wrong[25:])
    accuracy = 1 - (wrong.sum(axis=1) + source.always_wrong) / model.images
    assert accuracy.mean() == pytest.approx(model.accuracy, abs=0.01)
    assert same.std == pytest.approx(float(np.std(accuracy, ddof=1)), rel=0.2)


def test_lost_images_are_a_drop_of_just_that_size() -> None:
    source = Simulator(ALONE, 0)
    wrong = source.trials(6)
    without, lost = source.held(wrong[:3], wrong[3:]), source.held(wrong[:3], wrong[3:], 10)
    assert lost.drop - without.drop == pytest.approx(10 / ALONE.images)
    assert lost.std == pytest.approx(without.std)


@pytest.mark.parametrize("model", [ALONE, SEEDS], ids=lambda model: model.name)
@pytest.mark.parametrize("trials", [3, 5, 10])
def test_false_alarms_are_rare_and_the_stated_drop_is_found(
    model: SimulatedModel, trials: int
) -> None:
    tally = simulate(model, trials, CHECKS, seed=trials)
    assert tally.alarms / CHECKS <= LIMIT
    assert tally.found / CHECKS >= 0.9 - 2 * sqrt(0.09 / CHECKS)
    assert 0 < tally.smallest_drop < 0.1


def test_more_looks_do_not_mean_more_false_alarms() -> None:
    tally = simulate_looks(ALONE, 8, (4, 8, 16), CHECKS, seed=0, lost=12)
    assert tally.alarms / CHECKS <= LIMIT
    assert tally.missed / CHECKS <= 0.1 + 2 * sqrt(0.09 / CHECKS)
    assert 4 < tally.trials < 16


def test_the_rate_is_a_mean_over_baselines() -> None:
    few, many = (rates_by_baseline(trials, 5, 400, 400, seed=0) for trials in (3, 100))
    assert few.mean() == pytest.approx(FALSE_ALARMS, abs=0.004)
    assert few.max() > 3 * many.max()
