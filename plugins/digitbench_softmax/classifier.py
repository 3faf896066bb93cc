"""Softmax regression behind the contract of a classifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbench import (
    BuildContext,
    Images,
    Labels,
    Split,
    deskewed,
    load_arrays,
    save_arrays,
)
from digitbench_softmax import SoftmaxOptions
from digitbench_softmax.convergence import converge
from digitbench_softmax.training import NUM_CLASSES, NUM_PIXELS, descend, scaled

PREDICTION_BATCH = 2000
WEIGHTS_FILE = "weights.safetensors"


class SoftmaxClassifier:
    """Ten linear scores of the pixels, made probabilities by formula (1) of the paper.

    Attributes:
        options: how the weights are found.
        weights: float32 tensor `(784, 10)`.
        biases: float32 tensor `(10,)`.
        n_parameters: 784 weights and a bias for each of ten classes, 7,850.
        size_bytes: the same in float32.
        history: the mean loss of every epoch (`recipe=paper`) or the penalised loss of every
            iteration (`recipe=converged`); and the seconds since `fit` began.
        details: the device, and for `recipe=converged` how the search ended.
    """

    def __init__(self, options: SoftmaxOptions, context: BuildContext) -> None:
        self.options = options
        self._context = context
        self.weights = tf.zeros((28 * 28, NUM_CLASSES))
        self.biases = tf.zeros(NUM_CLASSES)
        self.n_parameters = int(tf.size(self.weights) + tf.size(self.biases))
        self.size_bytes = self.n_parameters * self.weights.dtype.size
        self.history: Sequence[Mapping[str, float]] = ()
        self.details: Mapping[str, str | int | float | bool] = {}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Find the weights by the chosen recipe; validation images are not used."""
        began = perf_counter()
        train = Split(self._prepared(train.images), train.labels)
        if self.options.recipe == "paper":
            fitted = descend(train, self.options, self._context.seed, self._context.report, began)
        else:
            fitted = converge(
                train, self.options, self._context.threads, self._context.report, began
            )
        self.weights = tf.constant(fitted.weights)
        self.biases = tf.constant(fitted.biases)
        self.history = fitted.history
        device = "GPU" if "GPU" in self.weights.device else "CPU"
        self.details = {"device": device, **fitted.details}

    def save(self, directory: Path) -> None:
        """Write the weights into a directory."""
        arrays = {"weights": self.weights.numpy(), "biases": self.biases.numpy()}
        save_arrays(directory / WEIGHTS_FILE, arrays)

    def restore(self, directory: Path) -> None:
        """Become the classifier that `save` wrote.

        Raises:
            KeptModelError: the file is damaged, or holds other weights.
        """
        due = {
            "weights": ("float32", (NUM_PIXELS, NUM_CLASSES)),
            "biases": ("float32", (NUM_CLASSES,)),
        }
        arrays = load_arrays(directory / WEIGHTS_FILE, due)
        self.weights = tf.constant(arrays["weights"])
        self.biases = tf.constant(arrays["biases"])

    def _prepared(self, images: Images) -> Images:
        return deskewed(images) if self.options.deskew else images

    def predict(self, images: Images) -> Labels:
        """Return the likeliest digits, uint8 `(n,)`."""
        return self.predict_both(images)[0]

    def predict_both(self, images: Images) -> tuple[Labels, NDArray[np.float32]]:
        """Return the likeliest digits, uint8 `(n,)`, and the probabilities, float32 `(n, 10)`."""
        probabilities = self.predict_proba(images)
        return np.asarray(probabilities.argmax(axis=1), np.uint8), probabilities

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the probability of each digit, float32 `(n, 10)`."""
        images = self._prepared(images)
        batches = [
            self._probabilities(images[start : start + PREDICTION_BATCH])
            for start in range(0, len(images), PREDICTION_BATCH)
        ]
        return np.concatenate(batches) if batches else np.empty((0, NUM_CLASSES), np.float32)

    def _probabilities(self, images: Images) -> Any:
        logits = tf.matmul(scaled(tf.constant(images)), self.weights) + self.biases
        return tf.nn.softmax(logits).numpy()
