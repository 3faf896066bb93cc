"""Kept models read the digits in pictures."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbench.errors import PictureError, UsageError
from digitbench.pictures import (
    AnsweredDigit,
    FoundDigit,
    ModelAnswer,
    PictureAnswer,
    find_digits,
    read_picture,
)
from digitbench.types import Images, Labels
from digitbench.workflows.files import write_bytes
from digitbench.workflows.find_kept import runs_that_kept
from digitbench.workflows.kept import LoadedModel, kept_models, load_found, load_kept_model
from digitbench.workflows.messages import Messages

__all__ = [
    "AnsweredDigit",
    "FoundDigit",
    "ModelAnswer",
    "PictureAnswer",
    "digits_of_picture",
    "load_models",
    "predict_pictures",
    "save_images",
]


class PredictingModel(Protocol):
    """What reads digits: a loaded model, or one under test."""

    @property
    def label(self) -> str:
        """What it is called."""

    def predict(self, images: Images) -> Labels:
        """Return the digits of images, uint8 `(n,)`."""

    def predict_proba(self, images: Images) -> NDArray[np.float32] | None:
        """Return the probabilities of the digits, float32 `(n, 10)`; None if it gives none."""


def load_models(
    names: Sequence[str],
    *,
    runs_dir: Path,
    messages: Messages,
    plugin_files: Sequence[Path] = (),
) -> list[LoadedModel]:
    """Load the kept models that are named, or else those of the newest run that kept any.

    Args:
        names: each as `load_kept_model` takes it.
        runs_dir: where runs are kept.
        messages: where it is said if something has changed since, and which run was taken.
        plugin_files: single-file plugins, besides those of the runs.

    Raises:
        UsageError: one is not there, or none is named and no run kept any.
        KeptModelError: one is damaged, or its plugin cannot load it.
    """
    if names:
        return [
            load_kept_model(name, runs_dir=runs_dir, messages=messages, plugin_files=plugin_files)
            for name in names
        ]
    for record in runs_that_kept(runs_dir, messages):
        found = {one.kept.model.label: one for one in reversed(kept_models(record))}
        if found:
            messages.info(f"models of {record.id}, trained on {record.plan.dataset.name}")
            return [
                load_found(one, messages=messages, plugin_files=plugin_files)
                for one in reversed(found.values())
            ]
    raise UsageError(
        f"no run in {runs_dir} has kept a model: `digitbench run cnn --trials 1` trains one in "
        "about a minute and keeps it"
    )


def predict_pictures(
    files: Iterable[Path], models: Sequence[PredictingModel]
) -> list[PictureAnswer]:
    """Find the digits of pictures, and ask every model what each is.

    A picture that cannot be read is told of in its answer; the others are read all the same.

    Args:
        files: the pictures.
        models: the models.

    Raises:
        KeptModelError: a model failed.
    """
    return [_answer(file, models) for file in files]


def digits_of_picture(source: Path | bytes, name: str | None = None) -> tuple[FoundDigit, ...]:
    """Return the digits of a picture.

    Args:
        source: a file, or what one holds.
        name: how messages call it; by default its path.

    Raises:
        PictureError: it cannot be read, or no digit was found in it; the message says why.
    """
    reading = find_digits(read_picture(source, name))
    if not reading.digits:
        called = name or (str(source) if isinstance(source, Path) else "the picture")
        raise PictureError(f"{called}: {'; '.join(reading.problems)}")
    return reading.digits


def save_images(answers: Iterable[PictureAnswer], directory: Path) -> list[Path]:
    """Write each digit as a PNG file of 28x28 pixels, named after its picture and its place.

    Args:
        answers: of pictures.
        directory: where to; made if it is not there.

    Returns:
        The files, in reading order.

    Raises:
        UsageError: one cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make {directory}: {error.strerror or error}") from error
    written: list[Path] = []
    for answer in answers:
        for number, digit in enumerate(answer.digits, 1):
            name = f"{Path(answer.file).stem}-{number}"
            again = sum(path.name.startswith(f"{name}.") for path in written)
            target = directory / f"{name}{f'.{again + 1}' if again else ''}.png"
            data = io.BytesIO()
            Image.fromarray(digit.found.image).save(data, "PNG")
            write_bytes(target, data.getvalue())
            written.append(target)
    return written


def _answer(file: Path, models: Sequence[PredictingModel]) -> PictureAnswer:
    try:
        picture = read_picture(file)
    except PictureError as error:
        return PictureAnswer(str(file), error=str(error))
    reading = find_digits(picture)
    if not reading.digits:
        return PictureAnswer(str(file), notes=picture.notes, problems=reading.problems)
    images = np.stack([digit.image for digit in reading.digits])
    by_model = [_answers(model, images) for model in models]
    digits = tuple(map(AnsweredDigit, reading.digits, zip(*by_model, strict=True)))
    return PictureAnswer(str(file), digits, picture.notes)


def _answers(model: PredictingModel, images: Images) -> list[ModelAnswer]:
    """Return what a model says of each image."""
    digits = model.predict(images).tolist()
    probabilities = model.predict_proba(images)
    rows = [None] * len(images) if probabilities is None else probabilities.tolist()
    return [
        ModelAnswer(model.label, digit, None if row is None else tuple(row))
        for digit, row in zip(digits, rows, strict=True)
    ]
