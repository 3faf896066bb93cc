from typing import Any

import numpy as np
import pytest

from digitbench import load_tensorflow
from digitbench.types import available_cpus
from digitbench_cnn import CnnOptions


@pytest.fixture(scope="module")
def keras() -> Any:
    load_tensorflow(available_cpus())
    import keras

    return keras


def step_of(keras: Any, options: CnnOptions, shape: tuple[int, ...], name: str) -> Any:
    """Return how far one step takes a variable that starts at zero."""
    from digitbench_cnn.optimizers import make_optimizer

    variable = keras.Variable(np.zeros(shape, np.float32), name=name)
    gradient = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    optimizer = make_optimizer(options, learning_rate=0.5, averaged_steps=1)
    optimizer.build([variable])
    optimizer.apply([gradient], [variable])
    return gradient, variable.numpy()


def test_muon_takes_orthogonal_steps_for_a_kernel(keras: Any) -> None:
    gradient, step = step_of(keras, CnnOptions(optimizer="muon"), (5, 1, 4, 6), "kernel")
    matrix = step.reshape(20, 6)
    values = np.linalg.svd(matrix, compute_uv=False) / (0.5 * 0.2 * np.sqrt(20))
    assert values.min() > 0.6
    assert values.max() < 1.3
    assert np.sum(gradient * step) < 0


@pytest.mark.parametrize(
    ("optimizer", "shape", "name"),
    [("muon", (6,), "scale"), ("muon", (5, 5, 4, 10), "C4"), ("adam", (5, 1, 4, 6), "kernel")],
)
def test_everything_else_takes_adam_steps(
    keras: Any, optimizer: Any, shape: tuple[int, ...], name: str
) -> None:
    gradient, step = step_of(keras, CnnOptions(optimizer=optimizer), shape, name)
    np.testing.assert_allclose(step, -0.5 * np.sign(gradient), rtol=0.05)


@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("optimizer", ["muon", "adam"])
def test_weights_are_averaged_if_wanted(keras: Any, optimizer: Any, average: bool) -> None:
    from digitbench_cnn.optimizers import make_optimizer

    options = CnnOptions(optimizer=optimizer, average=average)
    made = make_optimizer(options, learning_rate=0.1, averaged_steps=50)
    assert made.use_ema is average
    assert made.ema_momentum == pytest.approx(0.98)
