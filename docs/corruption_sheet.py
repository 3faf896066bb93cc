"""Draws the sheet of the corruptions: a digit through all of them, at each severity.

    python docs/corruption_sheet.py --data-dir DIRECTORY

Each cell is a test image of MNIST, enlarged; the published severity is framed.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import digitbench
from digitbench.test_sets.corruptions.table import CORRUPTIONS, SEVERITIES

TARGET = Path(__file__).parent / "figures" / "corruptions.png"
DIGITS = (0, 1, 4, 7, 8, 11, 18, 2)
SIDE, GAP, NAME, TOP = 56, 6, 92, 18
COLUMNS = 2
GREYS = 16


def main() -> None:
    """Write the sheet."""
    options = argparse.ArgumentParser(description="Draw a sheet of all corruptions.")
    options.add_argument("--data-dir", type=Path, help="where MNIST lies")
    options.add_argument("--target", type=Path, default=TARGET, help="the PNG to write")
    given = options.parse_args()
    images = digitbench.load_dataset("mnist", data_dir=given.data_dir).test.images
    rows = -(-(len(CORRUPTIONS) + 1) // COLUMNS)
    width = NAME + (len(SEVERITIES) + 1) * (SIDE + GAP) + 3 * GAP
    sheet = Image.new("RGB", (COLUMNS * width, TOP + rows * (SIDE + GAP)), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for number, corruption in enumerate(CORRUPTIONS):
        column, row = divmod(number, rows)
        left, top = column * width, TOP + row * (SIDE + GAP)
        draw.text((left + 2, top + SIDE // 2 - 8), corruption.name, "black", font)
        image = images[DIGITS[number % len(DIGITS)]][None]
        for place in range(len(SEVERITIES) + 1):
            shown = image if not place else corruption.applied(image, place, 0)
            corner = (left + NAME + place * (SIDE + GAP), top)
            if place == corruption.published:
                frame = (*np.subtract(corner, 2), *np.add(corner, SIDE + 1))
                draw.rectangle(frame, outline="#c2410c", width=2)
            cell = Image.fromarray(shown[0]).resize((SIDE, SIDE), Image.Resampling.NEAREST)
            sheet.paste(cell, corner)
    sheet.quantize(32).save(given.target, optimize=True)


if __name__ == "__main__":
    main()
