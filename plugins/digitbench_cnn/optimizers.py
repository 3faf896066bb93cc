"""How the weights move: Muon for the kernels of C1 to C3 and Adam for the rest, or Adam for all."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf

RMS_OF_STEP = 0.2
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
EPSILON = 1e-7


def orthogonal(matrices: Any) -> Any:
    """Return, roughly, the nearest orthogonal matrix to each, with singular values near 1.

    Five Newton-Schulz steps with the coefficients of Jordan (2024), "Muon: An optimizer for
    hidden layers in neural networks".

    Args:
        matrices: float32 `(k, rows, columns)`, no more columns than rows to be fast.
    """
    a, b, c = NEWTON_SCHULZ
    x = matrices / (tf.norm(matrices, axis=(1, 2), keepdims=True) + EPSILON)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = tf.matmul(x, x, transpose_a=True)
        x = a * x + x @ (b * gram + c * (gram @ gram))
    return x


class Adam:
    """Adam (Kingma & Ba 2015) on one vector of weights."""

    def __init__(self, n_weights: int, beta_1: float, beta_2: float) -> None:
        self._beta_1 = beta_1
        self._beta_2 = beta_2
        self._mean = tf.Variable(tf.zeros(n_weights))
        self._square = tf.Variable(tf.zeros(n_weights))

    def direction(self, gradient: Any, step: Any) -> Any:
        """Return what one step subtracts at learning rate 1.

        Args:
            gradient: float32 `(n_weights,)`.
            step: the number of the step, float32, the first being 1.
        """
        mean = self._mean.assign(self._beta_1 * self._mean + (1 - self._beta_1) * gradient)
        square = self._square.assign(self._beta_2 * self._square + (1 - self._beta_2) * gradient**2)
        unbiased = tf.sqrt(1 - self._beta_2**step) / (1 - self._beta_1**step)
        return unbiased * mean / (tf.sqrt(square) + EPSILON)


class Muon:
    """Muon (Jordan 2024) on one vector that holds several kernels one after the other.

    A kernel `(height, width, in, out)` counts as a matrix `(height * width * in, out)`. Steps
    are as long as Adam's usually are (Liu et al. 2025, "Muon is scalable for LLM training"), so
    that both share a learning rate. All kernels go through the iteration together, filled up
    with zeros to one size, which changes no singular value.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], momentum: float) -> None:
        """Start from rest.

        Args:
            shapes: of the kernels.
            momentum: what share of the sum of past gradients a step keeps.
        """
        self._share_kept = momentum
        self._matrices = [(prod(shape[:-1]), shape[-1]) for shape in shapes]
        self._sizes = [prod(shape) for shape in shapes]
        self._momentum = tf.Variable(tf.zeros(sum(self._sizes)))

    def direction(self, gradient: Any) -> Any:
        """Return what one step subtracts at learning rate 1, float32 like the gradient."""
        momentum = self._momentum.assign(self._share_kept * self._momentum + gradient)
        ahead = tf.split(self._share_kept * momentum + gradient, self._sizes)
        height, width = (max(sizes) for sizes in zip(*self._matrices, strict=True))
        filled = [
            tf.pad(tf.reshape(part, size), ((0, height - size[0]), (0, width - size[1])))
            for part, size in zip(ahead, self._matrices, strict=True)
        ]
        steps = tf.unstack(orthogonal(tf.stack(filled)))
        lengths = [RMS_OF_STEP * np.sqrt(max(size)) for size in self._matrices]
        return tf.concat(
            [
                tf.reshape(length * step[: size[0], : size[1]], (-1,))
                for length, step, size in zip(lengths, steps, self._matrices, strict=True)
            ],
            axis=0,
        )


class Optimizer:
    """Takes the steps of a training for all weights at once.

    Attributes:
        average: the running average of the weights, float32 like them.
    """

    def __init__(
        self,
        weights: Any,
        kernel_shapes: Sequence[tuple[int, ...]],
        momentum: float,
        adam_beta_2: float,
        averaged_steps: int,
    ) -> None:
        """Start from the weights as they are.

        Args:
            weights: the variable `(n_weights,)`; it begins with the kernels Muon is to move.
            kernel_shapes: shapes of these kernels; none leaves all to Adam.
            momentum: what share of past gradients a step keeps: Muon's momentum, Adam's first beta.
            adam_beta_2: how slowly Adam forgets the size of old gradients.
            averaged_steps: steps the running average of the weights reaches back over, about.
        """
        self._weights = weights
        self._n_kernel_weights = sum(prod(shape) for shape in kernel_shapes)
        self._muon = Muon(kernel_shapes, momentum) if kernel_shapes else None
        n_weights = weights.shape.num_elements()
        self._adam = Adam(n_weights - self._n_kernel_weights, momentum, adam_beta_2)
        self.average = tf.Variable(weights)
        self._forgotten = 1 / averaged_steps

    def apply(self, gradient: Any, learning_rate: Any, step: Any) -> None:
        """Take one step.

        Args:
            gradient: of the loss, float32 `(n_weights,)`.
            learning_rate: float32.
            step: the number of the step, int32, the first being 0.
        """
        of_kernels, of_the_rest = tf.split(
            gradient, [self._n_kernel_weights, gradient.shape[0] - self._n_kernel_weights]
        )
        direction = self._adam.direction(of_the_rest, tf.cast(step + 1, tf.float32))
        if self._muon:
            direction = tf.concat([self._muon.direction(of_kernels), direction], axis=0)
        weights = self._weights.assign_sub(learning_rate * direction)
        self.average.assign_add(self._forgotten * (weights - self.average))
