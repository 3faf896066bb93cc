"""How many digits in pictures a kept model reads rightly, and how long a photograph takes.

`python benchmarks/pictures.py --model latest:cnn`: photographs made by program from MNIST's test
images, and from fonts that look handwritten; beside each the naive resize to 28x28, and
what the model makes of the same ink where no picture had to be read. A picture in
which not just one digit was found counts as wrong.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

import digitbench
from benchlib.handwriting_fonts import installed_fonts
from benchlib.made_pictures import (
    Photograph,
    digit_stencil,
    large_photograph,
    naive,
    photographs_of,
    photographs_of_fonts,
)
from digitbench.pictures import find_digits, read_picture
from digitbench.pictures.mnist_form import mnist_form

_TIMED = 7


def main(
    model: Annotated[str, typer.Option(help="A kept model, RUN:MODEL.")] = "cnn",
    seed: Annotated[int, typer.Option(help="Decides everything about the pictures.")] = 16,
    count: Annotated[int, typer.Option(help="Pictures of test images.", min=1)] = 500,
    dataset: Annotated[str, typer.Option(help="Whose test images.")] = "mnist",
    data_dir: Annotated[
        Path | None, typer.Option(envvar="DIGITBENCH_DATA_DIR", help="Where they lie.")
    ] = None,
    runs_dir: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("runs"),
    wrong_to: Annotated[Path | None, typer.Option(help="Save the pictures misread here.")] = None,
) -> None:
    """Print a line for each kind of picture, and the time of a photograph of 12 megapixels."""
    reader = digitbench.load_model(model, runs_dir=runs_dir)
    test = digitbench.load_dataset(dataset, data_dir=data_dir).test
    random = np.random.default_rng(seed)
    typer.echo(f"{reader!r}, seed {seed}")
    _measure("test images", list(photographs_of(test, count, random)), reader, wrong_to)
    fonts, missing = installed_fonts()
    if missing:
        typer.echo(f"fonts left out, install: {' '.join(missing)}", err=True)
    if fonts:
        made = list(photographs_of_fonts(fonts, random))
        _measure(f"{len(fonts)} fonts", made, reader, wrong_to)
    photo = large_photograph(digit_stencil(test.images[0]), random)
    seconds = []
    for _ in range(_TIMED):
        began = perf_counter()
        find_digits(read_picture(photo))
        seconds.append(perf_counter() - began)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    typer.echo(
        f"12 megapixels ({len(photo) / 1e6:.1f} MB of JPEG): {1000 * median(seconds):.0f} ms, "
        f"{1000 * min(seconds):.0f} at best of {_TIMED}; {os.cpu_count()} processors{load}"
    )


def _measure(
    what: str,
    pictures: Sequence[Photograph],
    model: digitbench.Model,
    wrong_to: Path | None,
) -> None:
    """Print how many pictures are read rightly, and save the others."""
    files = [picture.file for picture in pictures]
    labels = np.array([picture.label for picture in pictures])
    readings = [find_digits(read_picture(file)) for file in files]
    single = np.array([len(reading.digits) == 1 for reading in readings])
    images = np.stack(
        [r.digits[0].image if r.digits else np.zeros((28, 28), np.uint8) for r in readings]
    )
    predicted = model.predict(images)
    right = single & (predicted == labels)
    plain = model.predict(np.stack([naive(file) for file in files])) == labels
    drawn = model.predict(np.stack([mnist_form(picture.ink) for picture in pictures])) == labels
    typer.echo(
        f"{what}: {right.sum()} of {len(files)} pictures right ({100 * right.mean():.2f} %), "
        f"{len(files) - single.sum()} with none or several digits; "
        f"the same ink without paper, light and camera {100 * drawn.mean():.2f} %, "
        f"naive resize {100 * plain.mean():.2f} %"
    )
    if wrong_to is not None:
        wrong_to.mkdir(parents=True, exist_ok=True)
        for number in np.flatnonzero(~right):
            name = f"{what.replace(' ', '-')}-{number}-{labels[number]}-as-{predicted[number]}.jpg"
            (wrong_to / name).write_bytes(files[number])


if __name__ == "__main__":
    typer.run(main)
