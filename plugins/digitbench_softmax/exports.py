"""Softmax regression in formats that other programs read."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from digitbench import OnnxGraph, UsageError, add_deskewing
from digitbench_softmax.classifier import SoftmaxClassifier
from digitbench_softmax.training import NUM_PIXELS, scaled


def write_onnx(classifier: SoftmaxClassifier, file: Path) -> None:
    """Write a fitted classifier as a graph of ONNX, deskewing included."""
    graph = OnnxGraph()
    images = add_deskewing(graph) if classifier.options.deskew else graph.images
    pixels = graph.reshape(graph.cast(images, "float32"), -1, NUM_PIXELS)
    pixels = graph.add("Div", pixels, graph.constant(255, "float32"))
    products = graph.add("MatMul", pixels, graph.constant(classifier.weights.numpy()))
    logits = graph.add("Add", products, graph.constant(classifier.biases.numpy()))
    probabilities = graph.add("Softmax", logits, axis=1)
    digits = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    graph.write(file, digits, probabilities)


def write_savedmodel(classifier: SoftmaxClassifier, directory: Path) -> None:
    """Write a fitted classifier as a SavedModel of TensorFlow.

    Raises:
        UsageError: it deskews, which is no work of TensorFlow's.
    """
    if classifier.options.deskew:
        raise UsageError("softmax[deskew=true] cannot be written as savedmodel: use onnx")
    module = tf.Module()
    module.weights, module.biases = classifier.weights, classifier.biases

    def digits(images: Any) -> dict[str, Any]:
        probabilities = tf.nn.softmax(scaled(images) @ module.weights + module.biases)
        return {"label": tf.argmax(probabilities, axis=1), "probabilities": probabilities}

    given = tf.TensorSpec((None, 28, 28), tf.uint8, name="images")
    module.digits = tf.function(digits, input_signature=[given], autograph=False)
    tf.saved_model.save(module, str(directory), signatures=module.digits)
