from math import prod
from typing import Any

import numpy as np
import pytest

from digitbench import load_tensorflow
from digitbench.types import available_cpus

FILTERS = (3, 4, 5)


@pytest.fixture(scope="module")
def tf() -> Any:
    return load_tensorflow(available_cpus())


@pytest.fixture(scope="module")
def module(tf: Any) -> Any:
    del tf  # loaded first, with its threads bound
    from digitbench_cnn import network

    return network


@pytest.fixture
def network(module: Any) -> Any:
    """A network whose every weight and statistic is drawn, offsets and negative scales too."""
    made = module.Network(FILTERS, np.random.SeedSequence(1))
    random = np.random.default_rng(2)
    made.weights.assign_add(random.normal(0, 0.3, made.weights.shape))
    made.statistics.assign(random.uniform(0.2, 1.5, made.statistics.shape))
    return made


@pytest.fixture(scope="module")
def images(tf: Any) -> Any:
    return tf.constant(np.random.default_rng(3).normal(0, 1, (6, 28, 28, 1)), tf.float32)


def plain_layers(tf: Any, module: Any, network: Any, images: Any, training: bool) -> Any:
    """The ten layers one after the other, as section 4.2 lists them, of elementary operations."""
    shapes = module.weight_shapes(FILTERS)
    parts = tf.split(network.weights, [prod(shape) for shape in shapes.values()])
    weights = {
        name: tf.reshape(part, shape)
        for part, (name, shape) in zip(parts, shapes.items(), strict=True)
    }
    kept = [tf.split(row, FILTERS) for row in tf.unstack(network.statistics)]
    measured = []

    def conv(maps: Any, name: str) -> Any:
        return tf.nn.conv2d(maps, weights[name], strides=1, padding="SAME")

    def norm(maps: Any, layer: int) -> Any:
        mean, variance = tf.nn.moments(maps, (0, 1, 2)) if training else (k[layer] for k in kept)
        measured.append((mean, variance))
        scaled = (maps - mean) / tf.sqrt(variance + 1e-3)
        return scaled * weights[f"B{layer + 1}_scale"] + weights[f"B{layer + 1}_offset"]

    def pool(maps: Any) -> Any:
        return tf.nn.max_pool2d(maps, ksize=2, strides=2, padding="VALID")

    maps = pool(tf.nn.relu(norm(conv(images, "C1"), 0)))  # B1, S1
    maps = tf.nn.relu(norm(conv(conv(maps, "C2_vertical"), "C2_horizontal"), 1))
    maps = tf.nn.relu(norm(conv(conv(maps, "C3_vertical"), "C3_horizontal"), 2))
    maps = conv(pool(maps), "C4") + weights["C4_bias"]  # S2 before it
    nodes = tf.nn.avg_pool2d(maps, maps.shape[1], maps.shape[1], padding="VALID")  # S3
    assert nodes.shape[1:] == (1, 1, 10)
    return nodes[:, 0, 0], measured


def test_it_predicts_as_the_ten_layers_of_section_4_2_do(
    tf: Any, module: Any, network: Any, images: Any
) -> None:
    expected, _ = plain_layers(tf, module, network, images, training=False)
    np.testing.assert_allclose(network.predict(images), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", [20, 24, 28])
def test_in_training_it_is_the_same_function_with_the_same_gradient(
    tf: Any, module: Any, network: Any, images: Any, side: int
) -> None:
    images, outcomes = images[:, :side, :side], []
    for plain in (False, True):
        with tf.GradientTape() as tape:
            if plain:
                logits, _ = plain_layers(tf, module, network, images, training=True)
            else:
                logits = network.train(images, lambda maps: maps, tf.float32)
            loss = tf.reduce_sum(tf.nn.log_softmax(logits)[:, 3])
        outcomes.append((logits, tape.gradient(loss, network.weights)))
    (logits, gradient), (expected_logits, expected_gradient) = outcomes
    np.testing.assert_allclose(logits, expected_logits, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-2, atol=1e-2)
    assert np.abs(expected_gradient).max() > 1


def test_bfloat16_gives_nearly_the_same_and_float32_logits(
    tf: Any, network: Any, images: Any
) -> None:
    exact = network.train(images, lambda maps: maps, tf.float32)
    rounded = network.train(images, lambda maps: maps, tf.bfloat16)
    assert rounded.dtype == tf.float32
    assert not np.array_equal(rounded, exact)
    np.testing.assert_allclose(rounded, exact, atol=0.05 * np.abs(exact).max())


def test_it_measures_mean_and_variance_before_each_normalisation(
    tf: Any, module: Any, network: Any, images: Any
) -> None:
    _, expected = plain_layers(tf, module, network, images, training=True)
    means, variances = (np.concatenate(rows) for rows in zip(*expected, strict=True))
    measured = network.measure(images).numpy()
    np.testing.assert_allclose(measured[0], means, rtol=1e-3, atol=1e-4)
    # The kernel returns the unbiased variance, n / (n - 1) of this one, n = 6 * 14 * 14 at least.
    np.testing.assert_allclose(measured[1], variances, rtol=2e-3)


def test_dropout_works_on_the_maps_before_c4(tf: Any, network: Any, images: Any) -> None:
    seen = []

    def drop_all(maps: Any) -> Any:
        seen.append(maps.shape)
        return 0 * maps

    logits = network.train(images, drop_all, tf.float32).numpy()
    assert seen == [(6, *network.output_maps(28))] == [(6, 7, 7, 5)]
    np.testing.assert_array_equal(logits, np.broadcast_to(network.weights[-10:], (6, 10)))


def test_kernels_are_decomposed_and_sized_as_section_4_2_says(module: Any) -> None:
    assert module.kernel_shapes((16, 32, 48)) == {
        "C1": (5, 5, 1, 16),
        "C2_vertical": (5, 1, 16, 32),
        "C2_horizontal": (1, 5, 32, 32),
        "C3_vertical": (7, 1, 32, 48),
        "C3_horizontal": (1, 7, 48, 48),
    }


def test_the_parameters_are_the_kernels_the_last_bias_and_four_numbers_for_each_normalised_map(
    module: Any,
) -> None:
    kernels = 25 * 16 + 5 * (16 * 32 + 32 * 32) + 7 * (32 * 32 + 32 * 32) + 25 * 32 * 10
    network = module.Network((16, 32, 32), np.random.SeedSequence(0))
    assert network.n_parameters == kernels + 10 + 4 * (16 + 32 + 32) == 30_746
    saved = (network.weights.numpy(), network.statistics.numpy())
    assert network.size_bytes == sum(array.nbytes for array in saved) == 122_984


def test_weights_come_from_the_seed_alone_and_are_of_the_size_he_et_al_ask_for(
    module: Any,
) -> None:
    first, again, other = (
        module.initial_weights((16, 32, 32), np.random.SeedSequence(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    offset = 0
    for name, shape in module.weight_shapes((16, 32, 32)).items():
        part = first[offset : offset + prod(shape)]
        offset += prod(shape)
        if len(shape) == 4:
            assert part.std() == pytest.approx(np.sqrt(2 / prod(shape[:-1])), rel=0.2)
        else:
            assert set(part) == {float(name.endswith("scale"))}


@pytest.mark.parametrize("pixels", [np.uint8, np.float32])
def test_pixels_are_normalised_by_mnists_mean_and_spread(module: Any, pixels: Any) -> None:
    normalised = module.normalise(np.full((2, 28, 28), 255, pixels)).numpy()
    assert normalised.shape == (2, 28, 28, 1)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised, (1 - 0.1307) / 0.3081, rtol=1e-5)


def test_logits_are_scaled_in_the_output_layer_alone(network: Any, images: Any) -> None:
    before, weights = network.predict(images).numpy(), network.weights.numpy()
    network.scale_logits(2.5)
    np.testing.assert_allclose(network.predict(images), 2.5 * before, rtol=1e-4, atol=1e-4)
    last = 25 * FILTERS[2] * 10 + 10
    np.testing.assert_array_equal(network.weights.numpy()[:-last], weights[:-last])
