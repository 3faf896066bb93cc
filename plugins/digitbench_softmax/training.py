"""The two ways softmax regression finds its weights.

What is compiled here are partials: TensorFlow counts the traces of a piece of code, and warns
when each trial of a run adds its own, but counts a partial by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize

from digitbench import FitProgress, Split
from digitbench_softmax import SoftmaxOptions

NUM_CLASSES = 10
NUM_PIXELS = 28 * 28

MAX_ITERATIONS = 500
GRADIENT_TOLERANCE = 1e-4
DAMPING = 0.01
REPORT_EVERY = 5

Report = Callable[[FitProgress], None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a recipe found.

    Attributes:
        weights: float32 `(784, 10)`.
        biases: float32 `(10,)`.
        history: loss along the way.
        details: how the search ended.
    """

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    history: tuple[Mapping[str, float], ...]
    details: Mapping[str, str | int | float | bool]


def scaled(images: Any) -> Any:
    """Turn uint8 images `(n, 28, 28)` into pixels from 0 to 1, float32 `(n, 784)`."""
    return tf.reshape(tf.cast(images, tf.float32) / 255.0, (-1, NUM_PIXELS))


def descend(train: Split, options: SoftmaxOptions, seed: int, report: Report) -> Fitted:
    """Take plain gradient steps on random batches, from zero weights (`recipe=paper`).

    Every epoch shuffles the images anew and takes them in turn; the last one ends where
    `options.iterations` steps are done.

    Args:
        train: the images and labels to learn from.
        options: step size, batch size and number of steps.
        seed: decides the order of the images.
        report: told the steps done after each epoch.
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
        history.append({"loss": loss})
        report(FitProgress(done, options.iterations, "step", {"loss": loss}))
    return Fitted(weights.numpy(), biases.numpy(), tuple(history), {})


def decorrelation(pixels: Any) -> tuple[Any, Any]:
    """Find the change of variables in which the pixels weigh alike and do not correlate.

    Args:
        pixels: float32 `(n, 784)`.

    Returns:
        The mean pixels, float32 `(784,)`, and a matrix `P`, float32 `(784, 784)`, with
        `P P' = (C + 0.01 I)^-1` for the covariance `C` of the pixels; the second term keeps
        pixels that hardly vary from being blown up.
    """
    mean = tf.reduce_mean(pixels, axis=0)
    moments = tf.matmul(pixels, pixels, transpose_a=True) / tf.cast(len(pixels), tf.float32)
    covariance = tf.cast(moments - tf.tensordot(mean, mean, axes=0), tf.float64)
    unit = tf.eye(NUM_PIXELS, dtype=tf.float64)
    root = tf.linalg.cholesky(covariance + DAMPING * unit)
    inverse = tf.linalg.triangular_solve(root, unit)
    return mean, tf.cast(tf.transpose(inverse), tf.float32)


def converge(train: Split, options: SoftmaxOptions, report: Report) -> Fitted:
    """Minimise the penalised loss over all images with L-BFGS, from zero (`recipe=converged`).

    The loss is the mean cross-entropy plus `l2 / 2` times the sum of the squared weights; the
    biases go free. It is convex, so that the data alone decide the result. The search goes on
    in decorrelated variables, where it takes a quarter of the iterations.

    Args:
        train: the images and labels to learn from.
        options: the strength of the penalty.
        report: told the loss every few iterations.
    """
    pixels = scaled(tf.constant(train.images))
    labels = tf.constant(train.labels, tf.int32)
    mean, transform = decorrelation(pixels)

    def original(parameters: Any) -> tuple[Any, Any]:
        weights = tf.matmul(parameters[:, :-1], transform, transpose_b=True)
        return weights, parameters[:, -1] - tf.linalg.matvec(weights, mean)

    def value_and_gradient(pixels: Any, labels: Any, parameters: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            weights, biases = original(parameters)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=labels, logits=tf.matmul(pixels, weights, transpose_b=True) + biases
            )
            penalty = options.l2 / 2 * tf.reduce_sum(weights**2)
            # Summed in double precision, or the line search would end in rounding noise.
            loss = tf.reduce_mean(tf.cast(losses, tf.float64)) + tf.cast(penalty, tf.float64)
        return loss, tape.gradient(loss, parameters)

    # One row for each digit: the product of its gradient then runs along the pixels' rows.
    shape = (NUM_CLASSES, NUM_PIXELS + 1)
    compiled = tf.function(
        partial(value_and_gradient, pixels, labels),
        input_signature=[tf.TensorSpec(shape, tf.float32)],
        autograph=False,
    )

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        loss, gradient = compiled(tf.constant(flat.reshape(shape), tf.float32))
        return float(loss), gradient.numpy().astype(np.float64).ravel()

    history: list[Mapping[str, float]] = []

    def follow(intermediate_result: OptimizeResult) -> None:
        history.append({"loss": float(intermediate_result.fun)})
        if len(history) % REPORT_EVERY == 0:
            report(FitProgress(len(history), MAX_ITERATIONS, "iteration", history[-1]))

    found = minimize(
        objective,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        callback=follow,
        options={"maxiter": MAX_ITERATIONS, "gtol": GRADIENT_TOLERANCE, "ftol": 0.0},
    )
    weights, biases = original(tf.constant(found.x.reshape(shape), tf.float32))
    details = {"converged": bool(found.success), "iterations": int(found.nit)}
    return Fitted(weights.numpy().T, biases.numpy(), tuple(history), details)
