from typing import Any

import numpy as np
import pytest

from digitbench import load_tensorflow
from digitbench.types import available_cpus

SHAPES = [(5, 5, 1, 6), (5, 1, 4, 6), (1, 7, 6, 8)]
N_KERNEL_WEIGHTS = 150 + 120 + 336
N_WEIGHTS = N_KERNEL_WEIGHTS + 20


@pytest.fixture(scope="module")
def tf() -> Any:
    return load_tensorflow(available_cpus())


@pytest.fixture(scope="module")
def gradients() -> Any:
    return np.random.default_rng(0).standard_normal((4, N_WEIGHTS)).astype(np.float32)


def take_steps(
    tf: Any,
    gradients: Any,
    shapes: Any,
    averaged_steps: int = 1,
    momentum: float = 0.9,
    beta_2: float = 0.99,
) -> Any:
    """Take a step of 0.5, then ever smaller ones, from ones; return weights and average."""
    from digitbench_cnn.optimizers import Optimizer

    weights = tf.Variable(tf.ones(N_WEIGHTS))
    optimizer = Optimizer(weights, shapes, momentum, beta_2, averaged_steps)
    course = []
    for step, gradient in enumerate(gradients):
        optimizer.apply(
            tf.constant(gradient), tf.constant(0.5 / (step + 1)), tf.constant(step, tf.int64)
        )
        course.append(weights.numpy())
    return np.array(course), optimizer.average.numpy()


def test_orthogonal_matrices_keep_directions_and_level_singular_values(tf: Any) -> None:
    from digitbench_cnn.optimizers import orthogonal

    matrices = np.random.default_rng(1).standard_normal((3, 20, 6)).astype(np.float32)
    matrices[1, :, 4:] = 0  # filled up with zeros
    result = orthogonal(tf.constant(matrices)).numpy()
    values = np.linalg.svd(result, compute_uv=False)
    assert np.all(values[[0, 2]] > 0.6)
    assert np.all(values < 1.3)
    assert np.all(result[1, :, 4:] == 0)
    for one, other in zip(matrices, result, strict=True):
        left, _, right = np.linalg.svd(one, full_matrices=False)
        assert np.sum((left @ right) * other) > 0


def test_muon_moves_each_kernel_by_an_orthogonal_matrix_whatever_its_size(
    tf: Any, gradients: Any
) -> None:
    course, _ = take_steps(tf, gradients[:1], SHAPES)
    offset = 0
    for shape in SHAPES:
        size = int(np.prod(shape))
        rows = size // shape[-1]
        moved = (1 - course[0, offset : offset + size]).reshape(rows, -1)
        values = np.linalg.svd(moved, compute_uv=False) / (0.5 * 0.2 * np.sqrt(max(moved.shape)))
        assert values.min() > 0.6
        assert values.max() < 1.3
        assert np.sum(moved.ravel() * gradients[0, offset : offset + size]) > 0
        offset += size
    rest = 1 - course[0, N_KERNEL_WEIGHTS:]
    np.testing.assert_allclose(rest, 0.5 * np.sign(gradients[0, N_KERNEL_WEIGHTS:]), rtol=1e-2)


@pytest.mark.parametrize("momentum", [0.9, 0.5])
def test_muon_is_keras_muon_for_a_matrix(tf: Any, gradients: Any, momentum: float) -> None:
    import keras

    from digitbench_cnn.optimizers import Muon

    rows, columns = 10, 6
    matrices = gradients[:, : rows * columns].reshape(-1, rows, columns)
    variable = keras.Variable(np.ones((rows, columns), np.float32), name="kernel")
    theirs = keras.optimizers.Muon(
        0.5, momentum=momentum, weight_decay=None, adam_weight_decay=None
    )
    theirs.build([variable])
    ours, weights = Muon([(rows, columns)], momentum), np.ones(rows * columns, np.float32)
    for matrix in matrices:
        theirs.apply([tf.constant(matrix)], [variable])
        weights = weights - 0.5 * ours.direction(tf.constant(matrix.ravel())).numpy()
        np.testing.assert_allclose(weights, variable.numpy().ravel(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("momentum", "beta_2"), [(0.9, 0.99), (0.75, 0.999)])
def test_without_kernels_all_weights_take_keras_adam_steps(
    tf: Any, gradients: Any, momentum: float, beta_2: float
) -> None:
    import keras

    course, _ = take_steps(tf, gradients, [], momentum=momentum, beta_2=beta_2)
    variable = keras.Variable(np.ones(N_WEIGHTS, np.float32))
    theirs = keras.optimizers.Adam(0.5, beta_1=momentum, beta_2=beta_2)
    theirs.build([variable])
    for step, gradient in enumerate(gradients):
        theirs.learning_rate = 0.5 / (step + 1)
        theirs.apply([tf.constant(gradient)], [variable])
        np.testing.assert_allclose(course[step], variable.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shapes", [[], SHAPES])
def test_the_average_follows_the_weights_slowly(tf: Any, gradients: Any, shapes: Any) -> None:
    course, average = take_steps(tf, gradients, shapes, averaged_steps=10)
    expected = np.ones(N_WEIGHTS)
    for weights in course:
        expected += 0.1 * (weights - expected)
    np.testing.assert_allclose(average, expected, rtol=1e-4, atol=1e-5)
