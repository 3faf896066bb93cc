"""Training images made worse: filtered, faded, covered, crossed by lines, noisy.

Each disturbance comes to a share of the images, and what it does is drawn anew for each of them.
All work on pixels from 0 to 1, float32 `(n, side, side)`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from digitbench_cnn.augmentation import SIDE, middle, smooth_fields

MOST_NUMBERS = 40
"""Random numbers that one image needs, at most, besides those of its pixels."""

FILTERED, EDGES = 0.5, 0.3
"""Chance of a filter, and that it shows edges instead of blurring."""

FADED, GROUND = 0.6, 0.8
"""Chance of other levels of grey, and that the ground is then not black."""

LEAST_CONTRAST = 0.3
"""Between the strokes and the mean of the ground."""

COVERED, MOST_HALF_SIDE = 0.4, 5.0
"""Chance of a rectangle that covers a part, and the most pixels from its middle to its edge."""

CROSSED, LINES, MOST_HALF_WIDTH = 0.4, 2, 1.2
"""Chance of each of the lines, how many there are at most, and half their width in pixels."""

NOISY, SINGLE_PIXELS, MOST_NOISE = 0.5, 0.3, 0.5
"""Chance of noise, that it is of single black and white pixels, and its most (std, or share)."""

KERNEL_SIDE = 5


class Draws:
    """The random numbers of one batch; all come from its seed, and no two are the same."""

    def __init__(self, n_images: int, seed: Any) -> None:
        """Draw for a number of images from two integers."""
        self.n_images = n_images
        self._seed, self._drawn = seed, 0
        numbers = tf.random.stateless_uniform((MOST_NUMBERS, n_images, 1, 1), self._new_seed())
        self._numbers = iter(tf.unstack(numbers))

    def number(self, low: float, high: float) -> Any:
        """Draw a number between two for each image, float32 `(n, 1, 1)`."""
        return low + (high - low) * next(self._numbers)

    def happens(self, chance: float) -> Any:
        """Draw 1 with a chance for each image, else 0, float32 `(n, 1, 1)`."""
        return tf.cast(next(self._numbers) < chance, tf.float32)

    def normal(self, *shape: int) -> Any:
        """Draw standard normal numbers for each image, float32 `(n, *shape)`."""
        return tf.random.stateless_normal((self.n_images, *shape), self._new_seed())

    def uniform(self, *shape: int) -> Any:
        """Draw numbers from 0 to 1 for each image, float32 `(n, *shape)`."""
        return tf.random.stateless_uniform((self.n_images, *shape), self._new_seed())

    def _new_seed(self) -> tuple[Any, Any]:
        self._drawn += 1
        return (self._seed[0] + self._drawn, self._seed[1])


def disturbed(images: Any, seed: Any) -> Any:
    """Disturb images, each in its own way.

    Args:
        images: pixels from 0 to 255, float32 `(n, side, side)`.
        seed: two integers.

    Returns:
        New images of the same kind.
    """
    draws = Draws(images.shape[0], seed)
    disturbances: list[Callable[[Any, Draws], Any]] = [filtered, faded, covered, crossed, noisy]
    pixels = images / 255.0
    for disturb in disturbances:
        pixels = disturb(pixels, draws)
    return 255.0 * tf.clip_by_value(pixels, 0.0, 1.0)


def filtered(pixels: Any, draws: Draws) -> Any:
    """Blur by a random kernel, or show what such a blur takes away: the edges."""
    n_weights = KERNEL_SIDE**2
    contrast = draws.number(0.3, 4.0)[:, 0]
    blur = tf.nn.softmax(contrast * draws.normal(n_weights), axis=1)
    still = tf.constant(np.eye(1, n_weights, n_weights // 2), tf.float32)
    strength = draws.number(0.0, 1.0)[:, 0]
    edges = draws.happens(EDGES)[:, 0]
    wanted = edges * (1 + 2 * strength) * (still - blur) + (1 - edges) * (
        still + strength * (blur - still)
    )
    kernels = still + draws.happens(FILTERED)[:, 0] * (wanted - still)
    # Each image is a channel of one image, as each has a kernel of its own.
    channels = tf.transpose(pixels, (1, 2, 0))[tf.newaxis]
    by_channel = tf.reshape(tf.transpose(kernels), (KERNEL_SIDE, KERNEL_SIDE, draws.n_images, 1))
    found = tf.nn.depthwise_conv2d(channels, by_channel, (1, 1, 1, 1), "SAME")
    return tf.abs(tf.transpose(found[0], (2, 0, 1)))


def faded(pixels: Any, draws: Draws) -> Any:
    """Put strokes of some grey on a ground of another, which varies smoothly or not at all."""
    side = pixels.shape[1]
    waves = middle(smooth_fields()[2:].reshape(-1, SIDE, SIDE), side)
    weights = draws.normal(len(waves))
    unevenness = tf.reshape(weights @ tf.constant(waves.reshape(len(waves), -1)), pixels.shape)
    ground = draws.number(0.0, 1.0) + draws.number(0.0, 0.4) * unevenness
    ground = draws.happens(GROUND) * tf.clip_by_value(ground, 0.0, 1.0)
    mean = tf.reduce_mean(ground, (1, 2), keepdims=True)
    grey = draws.number(0.0, 1.0)
    darker = (mean - LEAST_CONTRAST) * grey
    lighter = mean + LEAST_CONTRAST + (1 - mean - LEAST_CONTRAST) * grey
    strokes = tf.clip_by_value(tf.where(grey < mean, darker, lighter), 0.0, 1.0)
    return pixels + draws.happens(FADED) * (ground + pixels * (strokes - ground) - pixels)


def covered(pixels: Any, draws: Draws) -> Any:
    """Cover a part by a rectangle, black or grey."""
    side = pixels.shape[1]
    inside = draws.happens(COVERED)
    for place in _places(side):
        from_middle = tf.abs(place - side * draws.number(-0.5, 0.5))
        inside *= tf.cast(from_middle < draws.number(1.0, MOST_HALF_SIDE), tf.float32)
    grey = draws.happens(0.7) * draws.number(0.0, 1.0)
    return pixels + inside * (grey - pixels)


def crossed(pixels: Any, draws: Draws) -> Any:
    """Draw straight lines of some grey across."""
    side = pixels.shape[1]
    rows, columns = _places(side)
    for _ in range(LINES):
        angle = draws.number(0.0, 2 * np.pi)
        along = rows * tf.cos(angle) + columns * tf.sin(angle)
        from_line = tf.abs(along - side * draws.number(-0.4, 0.4))
        half_width = draws.number(0.0, MOST_HALF_WIDTH)
        line = draws.happens(CROSSED) * tf.clip_by_value(half_width + 0.5 - from_line, 0.0, 1.0)
        pixels += line * (draws.number(0.0, 1.0) - pixels)
    return pixels


def noisy(pixels: Any, draws: Draws) -> Any:
    """Add noise to every pixel, or make single ones black or white."""
    noise = draws.uniform(*pixels.shape[1:])
    amount = draws.happens(NOISY) * draws.number(0.0, MOST_NOISE)
    single = draws.happens(SINGLE_PIXELS)
    grainy = pixels + (1 - single) * amount * np.sqrt(12) * (noise - 0.5)
    black, white = (single * amount * draws.number(0.0, 0.5) for _ in range(2))
    return tf.where(noise < black, 0.0, tf.where(noise > 1 - white, 1.0, grainy))


def _places(side: int) -> tuple[Any, Any]:
    """Return the rows and columns of the pixels, from the centre, float32 `(side, side)` each."""
    rows, columns = np.indices((side, side), np.float32) - (side - 1) / 2
    return tf.constant(rows, tf.float32), tf.constant(columns, tf.float32)
