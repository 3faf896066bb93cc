"""Draws the sheet of `docs/pictures.md`: photographs, what the models saw, and their answers.

    python docs/picture_sheet.py latest:cnn latest:knn --data-dir DIRECTORY

The photographs are made by program from test images of MNIST.
"""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import digitbench
from benchlib.made_pictures import photographs_of

TARGET = Path(__file__).parent / "figures" / "photographs.png"
COUNT, SEED = 6, 7
WIDTH, HEIGHT, SIDE, BAR = 150, 200, 112, 84


def main() -> None:
    """Write the sheet."""
    options = argparse.ArgumentParser(description="Draw a sheet of photographs and answers.")
    options.add_argument("models", nargs="+", help="kept models, RUN:MODEL")
    options.add_argument("--data-dir", type=Path, help="where MNIST lies")
    options.add_argument("--runs-dir", type=Path, default=Path("runs"), help="where runs are kept")
    given = options.parse_args()
    models = [digitbench.load_model(name, runs_dir=given.runs_dir) for name in given.models]
    test = digitbench.load_dataset("mnist", data_dir=given.data_dir).test
    rows = [
        drawn(photograph.file, models)
        for photograph in photographs_of(test, COUNT, np.random.default_rng(SEED))
    ]
    width, height = rows[0].size
    sheet = Image.new("RGB", (2 * width, height * -(-len(rows) // 2)), "white")
    for place, row in enumerate(rows):
        sheet.paste(row, (width * (place % 2), height * (place // 2)))
    sheet.quantize(40).save(TARGET, optimize=True)


def drawn(photograph: bytes, models: list[digitbench.Model]) -> Image.Image:
    """Return a photograph, its digit as the models saw it, and bars of their probabilities."""
    width = WIDTH + SIDE + 60 + len(models) * (BAR + 20)
    row = Image.new("RGB", (width, HEIGHT + 16), "white")
    draw = ImageDraw.Draw(row)
    font = ImageFont.load_default(12)
    picture = Image.open(io.BytesIO(photograph))
    picture.thumbnail((WIDTH, HEIGHT))
    row.paste(picture, (0, 0))
    (digit,) = models[0].predict_picture(photograph)
    small = Image.fromarray(digit.image).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    row.paste(small, (WIDTH + 12, 0))
    for column, model in enumerate(models):
        probabilities = model.predict_proba(digit.image[None])[0]
        left = WIDTH + SIDE + 44 + column * (BAR + 20)
        draw.text((left, 0), model.label, "black", font)
        for number, share in enumerate(probabilities.tolist()):
            top = 18 + 17 * number
            if not column:
                draw.text((left - 14, top - 2), str(number), "black", font)
            draw.rectangle((left, top, left + BAR, top + 10), fill="#e8e8e8")
            if share * BAR >= 1:
                draw.rectangle((left, top, left + share * BAR, top + 10), fill="#2563a8")
    return row


if __name__ == "__main__":
    main()
