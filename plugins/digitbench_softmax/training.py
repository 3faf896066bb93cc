"""The weights of softmax regression by plain gradient descent (`recipe=paper`).

What is compiled here is a partial: TensorFlow counts the traces of a piece of code, and warns
when each trial of a run adds its own, but counts a partial by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbench import FitProgress, Split
from digitbench_softmax import SoftmaxOptions

NUM_CLASSES = 10
NUM_PIXELS = 28 * 28

Report = Callable[[FitProgress], None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a recipe found.

    Attributes:
        weights: float32 `(784, 10)`.
        biases: float32 `(10,)`.
        history: loss along the way, and the seconds since `fit` began.
        details: how the search ended.
    """

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    history: tuple[Mapping[str, float], ...]
    details: Mapping[str, str | int | float | bool]


def scaled(images: Any) -> Any:
    """Turn uint8 images `(n, 28, 28)` into pixels from 0 to 1, float32 `(n, 784)`."""
    return tf.reshape(tf.cast(images, tf.float32) / 255.0, (-1, NUM_PIXELS))


def descend(
    train: Split, options: SoftmaxOptions, seed: int, report: Report, began: float
) -> Fitted:
    """Take plain gradient steps on random batches, from zero weights.

    Every epoch shuffles the images anew and takes them in turn; the last one ends where
    `options.iterations` steps are done.

    Args:
        train: the images and labels to learn from.
        options: step size, batch size and number of steps.
        seed: decides the order of the images.
        report: told the steps done after each epoch.
        began: when `fit` began, by `perf_counter`.
    """
    weights = tf.Variable(tf.zeros((NUM_PIXELS, NUM_CLASSES)))
    biases = tf.Variable(tf.zeros(NUM_CLASSES))

    def take_steps(images: Any, labels: Any, order: Any) -> Any:
        def take_step(step: Any, total: Any) -> tuple[Any, Any]:
            batch = order[step]
            with tf.GradientTape() as tape:
                logits = tf.matmul(scaled(tf.gather(images, batch)), weights) + biases
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(
                        labels=tf.gather(labels, batch), logits=logits
                    )
                )
            for variable, gradient in zip(
                (weights, biases), tape.gradient(loss, (weights, biases)), strict=True
            ):
                variable.assign_sub(options.learning_rate * gradient)
            return step + 1, total + loss

        steps = tf.shape(order)[0]
        # Written out rather than left to AutoGraph, which does not work on every Python.
        _, total = tf.while_loop(
            lambda step, _: step < steps,
            take_step,
            (tf.constant(0), tf.constant(0.0)),
            parallel_iterations=1,
        )
        return total / tf.cast(steps, tf.float32)

    images, labels = tf.constant(train.images), tf.constant(train.labels, tf.int32)
    batch_size = min(options.batch_size, len(train))
    compiled = tf.function(
        partial(take_steps, images, labels),
        input_signature=[tf.TensorSpec((None, batch_size), tf.int32)],
        autograph=False,
    )
    random = np.random.default_rng(seed)
    history = []
    done = 0
    while done < options.iterations:
        steps = min(len(train) // batch_size, options.iterations - done)
        order = random.permutation(len(train))[: steps * batch_size].reshape(steps, batch_size)
        loss = float(compiled(tf.constant(order, tf.int32)))
        done += steps
        history.append({"loss": loss, "seconds": perf_counter() - began})
        report(FitProgress(done, options.iterations, "step", {"loss": loss}))
    return Fitted(weights.numpy(), biases.numpy(), tuple(history), {})
