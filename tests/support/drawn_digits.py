"""Digits drawn with a pen by program, on paper of any kind, and the files of such pictures."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

STROKES = {
    1: [[(0.5, 0.0), (0.45, 1.0)]],
    2: [[(0.1, 0.2), (0.4, 0.0), (0.75, 0.2), (0.1, 1.0), (0.85, 0.95)]],
    4: [[(0.25, 0.0), (0.1, 0.55), (0.8, 0.5)], [(0.65, 0.1), (0.6, 1.0)]],
    7: [[(0.1, 0.05), (0.8, 0.0), (0.35, 1.0)]],
}
"""The strokes of some digits in a square of side 1, `(x, y)`, y downwards."""


def ink_of(
    shape: tuple[int, int], digits: Iterable[tuple[int, int, int, int]], pen: float = 0.1
) -> NDArray[np.float64]:
    """Draw digits, each `(digit, left, top, side)`; return how much ink there is, from 0 to 1."""
    canvas = Image.new("L", (shape[1] * 2, shape[0] * 2))
    draw = ImageDraw.Draw(canvas)
    for digit, left, top, side in digits:
        width = max(2, round(2 * pen * side))
        for stroke in STROKES[digit]:
            points = [(2 * (left + x * side), 2 * (top + y * side)) for x, y in stroke]
            draw.line(points, fill=255, width=width, joint="curve")
            for x, y in points:
                draw.circle((x, y), width / 2, fill=255)
    small = canvas.resize((shape[1], shape[0]), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def on_paper(
    ink: NDArray[np.float64], *, paper: float = 220, pen: float = 60, dimmed: float = 0.4
) -> NDArray[np.uint8]:
    """Write ink on paper that is darker to the right by a share; with the grain of a sensor."""
    light = np.linspace(1, 1 - dimmed, ink.shape[1])
    bright = (paper + (pen - paper) * ink) * light
    grain = np.random.default_rng(5).normal(0, 3, ink.shape)
    return np.clip(bright + grain, 0, 255).astype(np.uint8)


def as_file(pixels: NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    """Return the file of a picture, grey `(height, width)` or colours `(height, width, n)`."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()
