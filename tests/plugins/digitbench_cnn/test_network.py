from typing import Any

import numpy as np
import pytest

from digitbench import UsageError, load_tensorflow
from digitbench.types import available_cpus


@pytest.fixture(scope="module")
def keras() -> Any:
    load_tensorflow(available_cpus())
    import keras

    return keras


@pytest.fixture(scope="module")
def network(keras: Any) -> Any:
    from digitbench_cnn.network import build_network

    return build_network((16, 32, 32), keep_prob=0.7, seed=1)


def layers(network: Any, kind: Any) -> list[Any]:
    return [layer for layer in network.layers if isinstance(layer, kind)]


def test_there_are_the_papers_ten_layers_in_the_papers_order(network: Any, keras: Any) -> None:
    counted = (
        keras.layers.Conv2D,
        keras.layers.BatchNormalization,
        keras.layers.MaxPooling2D,
        keras.layers.AveragePooling2D,
    )
    names = [layer.name.partition("_")[0] for layer in layers(network, counted)]
    once = list(dict.fromkeys(names))
    assert once == ["C1", "B1", "S1", "C2", "B2", "C3", "B3", "S2", "C4", "S3"]
    assert [sum(name[0] == kind for name in once) for kind in "CSB"] == [4, 3, 3]


def test_kernels_strides_and_padding_are_those_of_section_4_2(network: Any, keras: Any) -> None:
    convolutions = layers(network, keras.layers.Conv2D)
    assert {layer.name: layer.kernel_size for layer in convolutions} == {
        "C1": (5, 5),
        "C2_vertical": (5, 1),
        "C2_horizontal": (1, 5),
        "C3_vertical": (7, 1),
        "C3_horizontal": (1, 7),
        "C4": (5, 5),
    }
    assert {layer.strides for layer in convolutions} == {(1, 1)}
    assert {layer.padding for layer in convolutions} == {"same"}
    max_pools = layers(network, keras.layers.MaxPooling2D)
    assert [(pool.pool_size, pool.strides) for pool in max_pools] == [((2, 2), (2, 2))] * 2
    (average,) = layers(network, keras.layers.AveragePooling2D)
    assert (average.pool_size, average.strides) == ((7, 7), (7, 7))


def test_maps_shrink_from_28_to_14_to_7_to_ten_nodes(network: Any) -> None:
    shapes = {layer.name: layer.output.shape[1:] for layer in network.layers}
    assert shapes["C1"] == (28, 28, 16)
    assert shapes["S1"] == (14, 14, 16)
    assert shapes["C3_horizontal"] == (14, 14, 32)
    assert shapes["S2"] == (7, 7, 32)
    assert shapes["C4"] == (7, 7, 10)
    assert shapes["S3"] == (1, 1, 10)
    assert network.output_shape == (None, 10)


def test_the_parameters_are_the_kernels_the_last_bias_and_four_numbers_for_each_normalised_map(
    network: Any,
) -> None:
    kernels = 25 * 16 + 5 * (16 * 32 + 32 * 32) + 7 * (32 * 32 + 32 * 32) + 25 * 32 * 10
    assert network.count_params() == kernels + 10 + 4 * (16 + 32 + 32) == 30_746


def test_no_activation_follows_the_output_layer_and_relu_every_normalisation(
    network: Any, keras: Any
) -> None:
    names = [layer.name for layer in network.layers]
    for name in ("B1", "B2", "B3"):
        assert names[names.index(name) + 1] == f"{name}_relu"
    assert {layer.activation.__name__ for layer in layers(network, keras.layers.Conv2D)} == {
        "linear"
    }


def test_weights_come_from_the_seed_alone(keras: Any) -> None:
    from digitbench_cnn.network import build_network

    def kernels(seed: int) -> Any:
        weights = build_network((2, 3, 4), 0.5, seed).get_weights()
        return np.concatenate([weight.ravel() for weight in weights])

    first = kernels(1)
    keras.utils.set_random_seed(123)
    np.testing.assert_array_equal(kernels(1), first)
    assert not np.array_equal(kernels(2), first)


def test_layers_of_the_same_shape_start_with_different_weights(network: Any, keras: Any) -> None:
    vertical, horizontal = (
        network.get_layer(f"C3_{direction}").kernel.numpy().ravel()
        for direction in ("vertical", "horizontal")
    )
    assert not np.array_equal(vertical, horizontal)


def test_another_keras_backend_is_refused_in_one_line(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbench_cnn.network import build_network

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UsageError, match="needs Keras on TensorFlow, not on jax"):
        build_network((16, 32, 32), 0.7, 1)
