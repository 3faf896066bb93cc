"""Digits drawn in the terminal, several side by side, each with a caption.

A character shows two pixels, one above the other: where there are colours, as a half block in two
levels of grey; where there are none, as a block, a half block or a shade, so that the text can be
read in a file too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.color import Color
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.style import Style
from rich.table import Table
from rich.text import Text

from digitbench.types import Images

CELL_COLUMNS = 18
"""Columns of a digit with its caption: four side by side on 80 columns, six on 120."""

_GAP_COLUMNS = 2
_FAINT, _INK, _FULL = 40, 112, 200
"""Grey levels from which a pixel is a trace of ink, ink, and full ink; of 255."""


@dataclass(frozen=True, eq=False)
class CaptionedDigit:
    """A digit to draw.

    Attributes:
        image: uint8 `(height, width)`, 0 for no ink and 255 for full ink.
        caption: what is written below it; each part stands on one line if it fits.
    """

    image: NDArray[np.uint8]
    caption: Sequence[str]


@dataclass(frozen=True, eq=False)
class DigitGallery:
    """Digits in rows, as many in each as the console's width allows; a Rich renderable.

    All are drawn to one scale, so that a small digit looks small beside a large one.

    Attributes:
        digits: the digits, in reading order.
    """

    digits: Sequence[CaptionedDigit]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the rows, with an empty line between them."""
        if not self.digits:
            return
        columns = min(CELL_COLUMNS, options.max_width)
        pictures = shrunk(np.stack([digit.image for digit in self.digits]), columns)
        cells = [
            Group(_drawn(picture, console), _packed(digit.caption, columns))
            for picture, digit in zip(pictures, self.digits, strict=True)
        ]
        per_row = max(1, (options.max_width + _GAP_COLUMNS) // (columns + _GAP_COLUMNS))
        for start in range(0, len(cells), per_row):
            row = cells[start : start + per_row]
            grid = Table.grid(padding=(0, _GAP_COLUMNS), collapse_padding=True, pad_edge=False)
            for _ in row:
                grid.add_column(width=columns)
            grid.add_row(*row)
            yield from ("", grid) if start else (grid,)


def shrunk(images: Images, side: int) -> Images:
    """Cut images to squares around their ink and make them fit.

    The square is as large as the largest extent of any image's ink, the same for all, and each
    image's ink lies in the middle of its own. A square larger than `side` is reduced by averaging
    areas; a smaller one stays as it is.

    Args:
        images: uint8 `(n, height, width)`.
        side: pixels that a side may have.

    Returns:
        uint8 `(n, rows, columns)`; the number of rows is even, since a character shows two.
    """
    boxes = [_ink_box(image) for image in images]
    extent = max(max(bottom - top, right - left) for top, bottom, left, right in boxes)
    squares = np.stack(
        [_window(image, box, extent) for image, box in zip(images, boxes, strict=True)]
    )
    if extent > side:
        weights = _area_weights(extent, side)
        squares = np.rint(weights @ squares @ weights.T).astype(np.uint8)
    return np.pad(squares, ((0, 0), (0, squares.shape[1] % 2), (0, 0)))


def _ink_box(image: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of an image's ink; of all of it if there is none."""
    rows = np.flatnonzero((image >= _FAINT).any(axis=1))
    columns = np.flatnonzero((image >= _FAINT).any(axis=0))
    if not len(rows):
        return 0, image.shape[0], 0, image.shape[1]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _window(
    image: NDArray[np.uint8], box: tuple[int, int, int, int], extent: int
) -> NDArray[np.uint8]:
    """Return a square of an image, with the box in its middle; beyond the edge there is no ink."""
    top, bottom, left, right = box
    first_row = extent + (top + bottom - extent) // 2
    first_column = extent + (left + right - extent) // 2
    padded = np.pad(image, extent)
    return padded[first_row : first_row + extent, first_column : first_column + extent]


def _area_weights(before: int, after: int) -> NDArray[np.float64]:
    """Return the matrix `(after, before)` that averages `before` pixels to `after` fewer ones."""
    edges = np.linspace(0, before, after + 1)
    starts = np.arange(before)
    overlaps = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    return np.asarray(np.clip(overlaps, 0, None) * after / before)


def _drawn(picture: NDArray[np.uint8], console: Console) -> Text:
    """Draw a picture with an even number of rows, two of them a line."""
    grey = not console.no_color and console.color_system and not console.options.ascii_only
    draw = _greys if grey else _shades
    lines = (draw(upper, lower) for upper, lower in zip(picture[::2], picture[1::2], strict=True))
    return Text("\n", no_wrap=True, overflow="crop").join(lines)


def _greys(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> Text:
    """Draw two rows of pixels as half blocks, white ink on black."""
    return Text.assemble(
        *(
            ("▀", Style(color=_grey(above), bgcolor=_grey(below)))
            for above, below in _pairs(upper, lower)
        )
    )


def _grey(level: int) -> Color:
    return Color.from_rgb(level, level, level)


def _shades(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> Text:
    """Draw two rows of pixels without colour: the ink has the colour of text."""
    return Text("".join(_shade(a, b) for a, b in _pairs(upper, lower)))


def _shade(above: int, below: int) -> str:
    if above >= _INK and below >= _INK:
        return "█" if above + below >= 2 * _FULL else "▓"
    if above >= _INK or below >= _INK:
        return "▀" if above >= _INK else "▄"
    return "░" if above + below >= 2 * _FAINT else " "


def _pairs(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> Iterator[tuple[int, int]]:
    return zip(upper.tolist(), lower.tolist(), strict=True)


def _packed(parts: Sequence[str], columns: int) -> Text:
    """Put the parts of a caption on as few lines as they fit without being torn."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines else part
        if lines and cell_len(joined) <= columns:
            lines[-1] = joined
        else:
            lines.append(part)
    return Text("\n".join(lines))
