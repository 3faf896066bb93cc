"""New training images made of old ones: moved by whole pixels, or bent smoothly."""

from itertools import product
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from digitbench import Images

SIDE = 28
CENTRE = (SIDE - 1) / 2

AFFINE_STD = 1.4
"""How far an affine distortion of strength 1 moves a point at the edge, in pixels (std)."""

WAVE_STD = 0.5
"""How far a wave of the longest wavelength moves a point, at strength 1, in pixels (std)."""

WAVES = 4


def random_shifts(n_images: int, most: int, random: np.random.Generator) -> NDArray[np.int8]:
    """Draw by how many whole pixels each image is moved, down and right alike.

    Args:
        n_images: number of images.
        most: most pixels an image is moved by in either direction.
        random: where the moves come from.

    Returns:
        Rows and columns to move by, int8 `(2, n_images)`, from `-most` to `most`.
    """
    return most - random.integers(0, 2 * most + 1, (2, n_images), np.int8)


def shifted(images: Images, most: int, shifts: NDArray[np.int8]) -> Images:
    """Move each image by whole pixels.

    Args:
        images: uint8 `(n, 28, 28)`.
        most: most pixels an image is moved by in either direction.
        shifts: as `random_shifts` returns them, `(2, n)`.

    Returns:
        New images; what comes from outside an image is 0.
    """
    padded = np.pad(images, ((0, 0), (most, most), (most, most)))
    views = sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
    rows, columns = most - shifts
    moved: Images = views[np.arange(len(images)), rows, columns]
    return moved


def smooth_fields() -> NDArray[np.float32]:
    """Return the smooth fields a distortion is mixed of, float32 `(k, 784)`, in pixels.

    The first two grow linearly from the centre: with a random weight for each axis they make
    every rotation, scaling and shear. The others are products of cosines (the DCT's), whose
    amplitude falls with their frequency: together an elastic distortion, as smooth as the
    Gaussian-filtered noise of Simard, Steinkraus & Platt (2003).
    """
    position = np.arange(SIDE)
    across = np.broadcast_to((position - CENTRE) / CENTRE, (SIDE, SIDE))
    fields = [AFFINE_STD * across.T, AFFINE_STD * across]
    waves = [np.cos(np.pi * k * (position + 0.5) / SIDE) for k in range(WAVES)]
    for k, m in product(range(WAVES), repeat=2):
        if k + m > 0:
            fields.append(2 * WAVE_STD / np.hypot(k, m) * np.outer(waves[k], waves[m]))
    return np.reshape(fields, (-1, SIDE * SIDE)).astype(np.float32)


def middle(images: Any, side: int) -> Any:
    """Cut the middle out of images `(..., 28, 28)`: `(..., side, side)`, for an even `side`."""
    edge = (SIDE - side) // 2
    return images[..., edge : SIDE - edge, edge : SIDE - edge]


def random_moves(n_images: int, strength: float, seed: Any, side: int = SIDE) -> Any:
    """Draw for each pixel of the middle of each image how far from itself to read, in pixels.

    Args:
        n_images: number of images.
        strength: of the distortion.
        seed: two integers.
        side: of the middle, in pixels.

    Returns:
        Rows and columns to move by, float32 `(n_images, 2, side, side)`.
    """
    whole = (strength * smooth_fields()).reshape(-1, SIDE, SIDE)
    fields = tf.constant(middle(whole, side).reshape(-1, side**2))
    weights = tf.random.stateless_normal((n_images * 2, fields.shape[0]), seed)
    return tf.reshape(weights @ fields, (n_images, 2, side, side))


def bent(images: Any, moves: Any) -> Any:
    """Read the middle of each image at moved places, bilinearly between pixels.

    Args:
        images: uint8 `(n, 28, 28)`.
        moves: as `random_moves` returns them, `(n, 2, side, side)`.

    Returns:
        Pixels from 0 to 255, float32 `(n, side, side)`; what comes from outside an image is 0.
    """
    # Everything outside is as black as an edge of one pixel, and that needs a neighbour to read.
    pixels = tf.cast(tf.pad(images, ((0, 0), (1, 2), (1, 2))), tf.int32)
    n_images, side, edge = images.shape[0], SIDE + 2, SIDE + 1.0
    # Four neighbours in the bytes of one number, because reading takes longer than unpacking.
    beside = pixels[:, :, :-1] + 256 * pixels[:, :, 1:]
    squares = tf.reshape(beside[:, :-1] + 65536 * beside[:, 1:], (-1,))
    grid = tf.constant(middle(np.indices((SIDE, SIDE), np.float32) + 1, moves.shape[-1]))
    points = tf.clip_by_value(grid + moves, 0.0, edge)
    corners = tf.floor(points)
    down, right = tf.unstack(points - corners, axis=1)
    top, left = tf.unstack(tf.cast(corners, tf.int32), axis=1)
    first = tf.reshape(tf.range(n_images) * side**2, (-1, 1, 1))
    square = tf.gather(squares, first + top * side + left)

    def pixel(byte: int) -> Any:
        return tf.cast(tf.bitwise.right_shift(square, 8 * byte) & 255, tf.float32)

    upper = pixel(0) * (1 - right) + pixel(1) * right
    lower = pixel(2) * (1 - right) + pixel(3) * right
    return upper * (1 - down) + lower * down
