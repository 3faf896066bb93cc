from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench import load_tensorflow
from digitbench.types import available_cpus
from digitbench_cnn import CnnOptions


@pytest.fixture(scope="module")
def training() -> Any:
    load_tensorflow(available_cpus())
    from digitbench_cnn import training

    return training


@pytest.mark.parametrize(
    ("n_images", "options", "expected"),
    [
        (60_000, {}, (128, 468, 3)),
        (55_000, {"epochs": 2}, (128, 429, 2)),
        (1437, {}, (128, 11, 37)),
        (1437, {"epochs": 5}, (128, 11, 5)),
        (20, {}, (20, 1, 400)),
        (20, {"epochs": 1}, (20, 1, 1)),
    ],
)
def test_small_data_sets_get_more_epochs_unless_told_otherwise(
    training: Any, n_images: int, options: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    plan = training.Schedule.plan(CnnOptions(**options), n_images)
    assert (plan.batch_size, plan.steps, plan.epochs) == expected
    assert plan.total_steps == plan.steps * plan.epochs


@given(
    n_images=st.integers(1, 100_000),
    batch_size=st.integers(1, 4096),
    epochs=st.none() | st.integers(1, 100),
)
def test_every_plan_can_be_carried_out(n_images: int, batch_size: int, epochs: int | None) -> None:
    from digitbench_cnn.training import Schedule

    plan = Schedule.plan(CnnOptions(batch_size=batch_size, epochs=epochs), n_images)
    assert 1 <= plan.batch_size * plan.steps <= n_images
    assert plan.epochs >= 1
    assert 1 <= plan.averaged_steps <= max(1, plan.total_steps / 10)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero(training: Any) -> None:
    plan = training.Schedule(batch_size=10, steps=50, epochs=2)
    rate = training.learning_rate(CnnOptions(learning_rate=0.5), plan)
    rates = np.array([float(rate(step)) for step in range(101)])
    assert rates.argmax() == 20
    assert rates.max() == pytest.approx(0.5)
    assert rates[0] < 0.05
    assert rates[100] == pytest.approx(0, abs=1e-6)
    assert np.all(np.diff(rates[:21]) > 0)
    assert np.all(np.diff(rates[20:]) < 0)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_trainings_have_a_learning_rate_too(training: Any, steps: int) -> None:
    plan = training.Schedule(batch_size=10, steps=steps, epochs=1)
    rate = training.learning_rate(CnnOptions(), plan)
    rates = [float(rate(step)) for step in range(steps)]
    assert np.all(np.isfinite(rates))
    assert max(rates) > 0


def test_each_image_is_shifted_by_its_own_offsets(training: Any) -> None:
    random = np.random.default_rng(0)
    padded = random.integers(0, 256, (5, 32, 32), dtype=np.uint8)
    offsets = random.integers(0, 5, (5, 2), dtype=np.int32)
    windows = training.shifted(padded, offsets).numpy()
    for image, window, (row, column) in zip(padded, windows, offsets, strict=True):
        np.testing.assert_array_equal(window, image[row : row + 28, column : column + 28])
    assert windows.dtype == np.uint8
