"""The weights of softmax regression at the minimum of the penalised loss (`recipe=converged`).

All of it is products of a tall matrix, the images, with ten columns. Blocks of images that fit
in the processor's cache are brought to float32, scored and led back to the gradient in one go,
so that the images are read from memory once an evaluation, and as bytes.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import OptimizeResult, minimize
from threadpoolctl import threadpool_limits

from digitbench import FitProgress, Images, Labels, Split
from digitbench_softmax import SoftmaxOptions
from digitbench_softmax.training import NUM_CLASSES, NUM_PIXELS, Fitted, Report

MAX_ITERATIONS = 500
GRADIENT_TOLERANCE = 1e-4
ROUGH_TOLERANCE = 1e-3
DAMPING = 0.01
REPORT_EVERY = 5

SAMPLE = 10_000
TASK = 2000
BLOCK = 250
COLUMNS = 12
"""Columns of the products: a multiple of four is faster than ten, two zeros notwithstanding."""

Array = NDArray[np.float64]


class PenalisedLoss:
    """Mean cross-entropy plus `l2 / 2` times the sum of the squared weights; biases go free.

    The sums are taken in one order whatever the number of threads, so that it changes no bit.
    """

    def __init__(self, images: Images, labels: Labels, l2: float, executor: Executor) -> None:
        self._pixels = images.reshape(len(images), NUM_PIXELS)
        self._labels = labels.astype(np.intp)
        self._l2 = l2
        self._executor = executor

    def __call__(self, weights: Array, biases: Array) -> tuple[float, Array, Array]:
        """Evaluate at weights `(784, 10)` of pixels from 0 to 1 and biases `(10,)`.

        Returns:
            The loss, its gradient by the weights, `(784, 10)`, and by the biases, `(10,)`.
        """
        columns = np.zeros((NUM_PIXELS, COLUMNS), np.float32)
        columns[:, :NUM_CLASSES] = weights / 255
        shift = biases.astype(np.float32)
        starts = range(0, len(self._pixels), TASK)
        parts = self._executor.map(lambda start: self._part(start, columns, shift), starts)
        loss, by_weight, by_bias = 0.0, np.zeros((COLUMNS, NUM_PIXELS)), np.zeros(NUM_CLASSES)
        for part_loss, part_by_weight, part_by_bias in parts:
            loss += part_loss
            by_weight += part_by_weight
            by_bias += part_by_bias
        count = len(self._pixels)
        return (
            loss / count + self._l2 / 2 * float(np.sum(weights**2)),
            by_weight[:NUM_CLASSES].T / (255 * count) + self._l2 * weights,
            by_bias / count,
        )

    def _part(
        self, start: int, columns: NDArray[np.float32], shift: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32], Array]:
        """Sum losses and gradients over a task's images."""
        loss, by_bias = 0.0, np.zeros(NUM_CLASSES)
        by_weight = np.zeros((COLUMNS, NUM_PIXELS), np.float32)
        for first in range(start, min(start + TASK, len(self._pixels)), BLOCK):
            block = slice(first, min(first + BLOCK, start + TASK))
            pixels, labels = self._pixels[block].astype(np.float32), self._labels[block]
            own = np.arange(len(labels)), labels
            residuals = pixels @ columns
            scores = residuals[:, :NUM_CLASSES]
            scores += shift
            scores -= scores.max(axis=1, keepdims=True)
            loss -= scores[own].sum(dtype=np.float64)
            np.exp(scores, out=scores)
            totals = scores.sum(axis=1, keepdims=True)
            loss += np.log(totals).sum(dtype=np.float64)
            scores /= totals
            scores[own] -= 1
            by_bias += scores.sum(axis=0, dtype=np.float64)
            by_weight += residuals.T @ pixels
        return float(loss), by_weight, by_bias


class Decorrelation:
    """A change of variables in which the pixels weigh alike and do not correlate.

    The weights are `P V` for variables `V` and a matrix `P` with `P P' = (C + 0.01 I)^-1`, `C`
    being the covariance of the pixels; the second term keeps pixels that hardly vary from being
    blown up. The biases are those of centred pixels. A quarter of the iterations is enough then.
    """

    def __init__(self, images: Images) -> None:
        """Take the covariance of some images, uint8 `(n, 28, 28)`; a sample serves."""
        pixels = images.reshape(len(images), NUM_PIXELS) / np.float32(255)
        mean = pixels.mean(axis=0)
        pixels -= mean
        covariance = (pixels.T @ pixels).astype(np.float64) / len(pixels)
        unit = np.eye(NUM_PIXELS)
        root = np.linalg.cholesky(covariance + DAMPING * unit)
        self._mean = mean.astype(np.float64)
        self._transform = solve_triangular(root, unit, lower=True).T

    def original(self, variables: Array) -> tuple[Array, Array]:
        """Turn variables, flat `(7850,)`, into weights `(784, 10)` and biases `(10,)`."""
        table = variables.reshape(NUM_PIXELS + 1, NUM_CLASSES)
        weights = self._transform @ table[:-1]
        return weights, table[-1] - self._mean @ weights

    def gradient(self, by_weight: Array, by_bias: Array) -> Array:
        """Turn the gradient by weights and biases into that by the variables."""
        inner = self._transform.T @ (by_weight - np.outer(self._mean, by_bias))
        return np.vstack([inner, by_bias]).ravel()


def _search(
    loss: PenalisedLoss,
    decorrelation: Decorrelation,
    start: Array,
    tolerance: float,
    see: Callable[[float], None] = lambda _: None,
) -> OptimizeResult:
    """Go down from some variables until no partial derivative exceeds the tolerance.

    The loss of each iteration is shown to `see`.
    """

    def objective(variables: Array) -> tuple[float, Array]:
        value, by_weight, by_bias = loss(*decorrelation.original(variables))
        return value, decorrelation.gradient(by_weight, by_bias)

    def follow(intermediate_result: OptimizeResult) -> None:
        see(float(intermediate_result.fun))

    found: OptimizeResult = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=follow,
        options={"maxiter": MAX_ITERATIONS, "gtol": tolerance, "ftol": 0.0},
    )
    return found


def converge(
    train: Split, options: SoftmaxOptions, threads: int, report: Report, began: float
) -> Fitted:
    """Minimise the penalised loss over all images with L-BFGS.

    The loss is convex, so that the data alone decide the result. The search begins at the rough
    minimum for a sample of the images, where an evaluation costs a fraction.

    Args:
        train: the images and labels to learn from.
        options: the strength of the penalty.
        threads: CPU threads to use.
        report: told the loss every few iterations.
        began: when `fit` began, by `perf_counter`.
    """
    every = max(1, len(train) // SAMPLE)
    images, labels = train.images[::every], train.labels[::every]
    history: list[Mapping[str, float]] = []

    def see(loss: float) -> None:
        history.append({"loss": loss, "seconds": perf_counter() - began})
        if len(history) % REPORT_EVERY == 0:
            report(FitProgress(len(history), MAX_ITERATIONS, "iteration", {"loss": loss}))

    # Products of one thread each add up in one order; the executor's threads share the images.
    with threadpool_limits(1), ThreadPoolExecutor(threads) as executor:
        decorrelation = Decorrelation(images)
        start = np.zeros((NUM_PIXELS + 1) * NUM_CLASSES)
        if every > 1:
            rough = PenalisedLoss(images, labels, options.l2, executor)
            start = _search(rough, decorrelation, start, ROUGH_TOLERANCE).x
        whole = PenalisedLoss(train.images, train.labels, options.l2, executor)
        found = _search(whole, decorrelation, start, GRADIENT_TOLERANCE, see)
    weights, biases = decorrelation.original(found.x)
    details = {"converged": bool(found.success), "iterations": int(found.nit)}
    return Fitted(weights.astype(np.float32), biases.astype(np.float32), tuple(history), details)
