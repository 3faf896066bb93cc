"""A trained network's digits and probabilities, batch by batch."""

from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbench import Images, Labels
from digitbench_cnn import CnnOptions
from digitbench_cnn.network import NUM_CLASSES, Network, normalise
from digitbench_cnn.precision import computing_type, processor_flags

_BATCH = 500
_FEWEST = 200
"""Of fewer images the digits are computed in float32 at once."""

CLOSE = 0.05
"""How close the two likeliest digits of an image may lie in bfloat16, as a share of the largest
logit, before float32 decides. Rounding moved none by more than 0.006 of it, be the images clean,
noisy, inverted or random."""


class Prediction:
    """What a network says of images; its weights may change meanwhile.

    Probabilities are computed in float32, so that they hardly depend on the processor. For digits
    alone bfloat16 is enough wherever it leaves no doubt: where the processor has it, they are found
    in half the time, and are the likeliest of those probabilities all the same.
    """

    def __init__(self, network: Network, options: CnnOptions) -> None:
        device = "GPU" if "GPU" in network.weights.device else "CPU"
        self._rough_type = computing_type(options, device, processor_flags())
        images = tf.TensorSpec((None, 28, 28), tf.uint8)
        self._network = network
        self._exact, self._rough = (
            # Partials, because TensorFlow counts the traces of all functions of a method together.
            tf.function(partial(compute), input_signature=[images], autograph=False)
            for compute in (self._probabilities, self._digits_and_doubts)
        )

    def probabilities(self, images: Images) -> NDArray[np.float32]:
        """Return the probability of each digit, float32 `(n, 10)`."""
        batches = [self._exact(batch).numpy() for batch in _batches(images)]
        return np.concatenate(batches) if batches else np.empty((0, NUM_CLASSES), np.float32)

    def digits(self, images: Images) -> Labels:
        """Return the likeliest digits, uint8 `(n,)`: those of `probabilities`."""
        if self._rough_type == tf.float32 or len(images) < _FEWEST:
            return likeliest(self.probabilities(images))
        found = [self._rough(batch) for batch in _batches(images)]
        digits = np.concatenate([digits.numpy() for digits, _ in found])
        (close,) = np.concatenate([doubts.numpy() for _, doubts in found]).nonzero()
        digits[close] = likeliest(self.probabilities(images[close]))
        return digits

    def _probabilities(self, images: Any) -> Any:
        return tf.nn.softmax(self._network.predict(normalise(images)))

    def _digits_and_doubts(self, images: Any) -> tuple[Any, Any]:
        """Return digits uint8 `(n,)`, and whether float32 must decide, bool `(n,)`."""
        logits = self._network.predict(normalise(images), self._rough_type)
        largest, places = tf.math.top_k(logits, 2)
        close = largest[:, 0] - largest[:, 1] <= CLOSE * tf.reduce_max(tf.abs(logits), 1)
        no_number = tf.math.is_nan(tf.reduce_sum(logits, 1))  # of a training that diverged
        return tf.cast(places[:, 0], tf.uint8), close | no_number


def likeliest(probabilities: NDArray[np.float32]) -> Labels:
    """Return the likeliest digits, uint8 `(n,)`, of probabilities `(n, 10)`."""
    return np.asarray(probabilities.argmax(axis=1), np.uint8)


def _batches(images: Images) -> Any:
    """Return the images as tensors uint8 `(up to 500, 28, 28)`."""
    return (tf.constant(images[start : start + _BATCH]) for start in range(0, len(images), _BATCH))
