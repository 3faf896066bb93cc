"""The network in formats that other programs read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbench import OnnxGraph
from digitbench_cnn.network import (
    EPSILON,
    NUM_CLASSES,
    PIXEL_MEAN,
    PIXEL_STD,
    Network,
    normalise,
    window_counts,
)

Arrays = Mapping[str, NDArray[np.float32]]


def write_onnx(network: Network, file: Path) -> None:
    """Write a trained network as a graph of ONNX, whose maps have the channels first."""
    graph, arrays = OnnxGraph(), network.arrays()
    maps = graph.reshape(graph.cast(graph.images, "float32"), -1, 1, 28, 28)
    for operator, value in (("Div", 255.0), ("Sub", PIXEL_MEAN), ("Div", PIXEL_STD)):
        maps = graph.add(operator, maps, graph.constant(value, "float32"))
    maps = _normalised(graph, arrays, "B1", _convolved(graph, arrays, "C1", maps))
    maps = graph.add("Relu", _halved(graph, maps))
    maps = _convolved_twice(graph, arrays, "C2", maps)
    maps = graph.add("Relu", _normalised(graph, arrays, "B2", maps))
    maps = _convolved_twice(graph, arrays, "C3", maps)
    maps = graph.add("Relu", _halved(graph, _normalised(graph, arrays, "B3", maps)))
    maps = graph.add("Transpose", maps, perm=[0, 2, 3, 1])
    by_pixel = (window_counts() @ arrays["C4"].reshape(25, -1)).reshape(-1, NUM_CLASSES)
    pixels = graph.reshape(maps, -1, len(by_pixel))
    products = graph.add("MatMul", pixels, graph.constant(by_pixel, "float32"))
    logits = graph.add("Add", products, graph.constant(arrays["C4_bias"]))
    probabilities = graph.add("Softmax", logits, axis=1)
    digits = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    graph.write(file, digits, probabilities)


def _convolved(graph: OnnxGraph, arrays: Arrays, name: str, maps: str) -> str:
    """Add a convolution that keeps the size of the maps."""
    kernel = arrays[name].transpose(3, 2, 0, 1)
    vertical, horizontal = (length // 2 for length in kernel.shape[2:])
    pads = [vertical, horizontal, vertical, horizontal]
    return graph.add("Conv", maps, graph.constant(kernel), pads=pads)


def _convolved_twice(graph: OnnxGraph, arrays: Arrays, name: str, maps: str) -> str:
    vertical = _convolved(graph, arrays, f"{name}_vertical", maps)
    return _convolved(graph, arrays, f"{name}_horizontal", vertical)


def _normalised(graph: OnnxGraph, arrays: Arrays, layer: str, maps: str) -> str:
    """Add batch normalisation by the statistics of training."""
    factor = arrays[f"{layer}_scale"] / np.sqrt(arrays[f"{layer}_variance"] + np.float32(EPSILON))
    shift = arrays[f"{layer}_offset"] - arrays[f"{layer}_mean"] * factor
    factors, shifts = (graph.constant(one.reshape(-1, 1, 1)) for one in (factor, shift))
    return graph.add("Add", graph.add("Mul", maps, factors), shifts)


def _halved(graph: OnnxGraph, maps: str) -> str:
    return graph.add("MaxPool", maps, kernel_shape=[2, 2], strides=[2, 2])


def write_savedmodel(network: Network, directory: Path) -> None:
    """Write a trained network as a SavedModel of TensorFlow."""
    module = tf.Module()
    module.weights, module.statistics = network.weights, network.statistics

    def digits(images: Any) -> dict[str, Any]:
        probabilities = tf.nn.softmax(network.predict(normalise(images)))
        return {"label": tf.argmax(probabilities, axis=1), "probabilities": probabilities}

    given = tf.TensorSpec((None, 28, 28), tf.uint8, name="images")
    module.digits = tf.function(digits, input_signature=[given], autograph=False)
    tf.saved_model.save(module, str(directory), signatures=module.digits)
