"""Draws the sheets of the test sets `corruptions` and `shifts`: a digit at each severity.

    python docs/test_set_sheets.py --data-dir DIRECTORY

Each cell is a test image of MNIST, enlarged. Framed are the severities that MNIST-C published, and
on the sheet of shifts the test images themselves.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import digitbench
from digitbench.test_sets.corruptions.table import CORRUPTIONS, SEVERITIES
from digitbench.test_sets.shifts import CURVES

FIGURES = Path(__file__).parent / "figures"
DIGITS = (0, 1, 4, 7, 8, 11, 18, 2)
CELL, GAP, NAME, HEIGHT = 56, 6, 104, 76
FRAME = "#c2410c"
COLOURS = 32


@dataclass(frozen=True)
class Row:
    """A digit, changed more and more.

    Attributes:
        name: of the change.
        severities: of the cells.
        framed: the severity whose cell is framed.
        change: changes images, at a severity and with a seed.
    """

    name: str
    severities: tuple[float, ...]
    framed: float
    change: Callable[..., digitbench.Images]


def main() -> None:
    """Write both sheets."""
    options = argparse.ArgumentParser(description="Draw the sheets of corruptions and shifts.")
    options.add_argument("--data-dir", type=Path, help="where MNIST lies")
    options.add_argument("--folder", type=Path, default=FIGURES, help="where the sheets go")
    given = options.parse_args()
    images = digitbench.load_dataset("mnist", data_dir=given.data_dir).test.images
    corruptions = [Row(c.name, SEVERITIES, c.published, c.applied) for c in CORRUPTIONS]
    shifts = [Row(c.name, c.points, c.unshifted, c.applied) for c in CURVES]
    for name, rows, columns in (("corruptions", corruptions, 2), ("shifts", shifts, 1)):
        sheet = drawn(rows, columns, images)
        sheet.quantize(COLOURS).save(given.folder / f"{name}.png", optimize=True)


def drawn(rows: list[Row], columns: int, images: digitbench.Images) -> Image.Image:
    """Return the rows in one or more columns, each row with a digit of its own."""
    in_column = -(-len(rows) // columns)
    width = NAME + max(len(row.severities) for row in rows) * (CELL + GAP) + 2 * GAP
    sheet = Image.new("RGB", (columns * width, in_column * HEIGHT + GAP), "white")
    for number, row in enumerate(rows):
        column, place = divmod(number, in_column)
        image = images[DIGITS[number % len(DIGITS)]][None]
        draw_row(sheet, row, image, column * width, place * HEIGHT + GAP)
    return sheet


def draw_row(sheet: Image.Image, row: Row, image: digitbench.Images, left: int, top: int) -> None:
    """Draw a row with its name and the severities below its cells."""
    draw = ImageDraw.Draw(sheet)
    draw.text((left + GAP, top + CELL // 2 - 8), row.name, "black", ImageFont.load_default(13))
    for place, severity in enumerate(row.severities):
        corner = left + NAME + place * (CELL + GAP)
        if severity == row.framed:
            frame = (corner - 2, top - 2, corner + CELL + 1, top + CELL + 1)
            draw.rectangle(frame, outline=FRAME, width=2)
        changed = row.change(image, severity, 0)[0]
        cell = Image.fromarray(changed).resize((CELL, CELL), Image.Resampling.NEAREST)
        sheet.paste(cell, (corner, top))
        middle = (corner + CELL // 2, top + CELL + 1)
        draw.text(middle, f"{severity:g}", "black", ImageFont.load_default(11), anchor="ma")


if __name__ == "__main__":
    main()
