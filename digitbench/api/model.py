"""A kept model as notebooks and programs see it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.api.messages import messages_shown
from digitbench.api.settings import Place, place
from digitbench.errors import UsageError
from digitbench.report.formatting import percent
from digitbench.types import Images, Labels
from digitbench.workflows.export_model import export_model
from digitbench.workflows.kept import KeptModel, LoadedModel, load_kept_model
from digitbench.workflows.predict import digits_of_picture


@dataclass(frozen=True, eq=False)
class PredictedDigit:
    """A digit in a picture, and what a model says of it.

    Attributes:
        digit: what the model predicts, 0 to 9.
        probabilities: of the ten digits, float32 `(10,)`; None if the model gives none.
        image: uint8 `(28, 28)`, what the model saw.
        box: where it lies in the upright picture, in pixels: left, top, right, bottom.
        notes: what makes it doubtful, such as that it is cut by the edge.
    """

    digit: int
    probabilities: NDArray[np.float32] | None
    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]
    notes: tuple[str, ...]


class Model:
    """A trained model that a run has kept, ready to recognise digits.

    >>> model = digitbench.load_run("latest").model("cnn")
    >>> model.predict(images)

    Attributes:
        record: what is known of it: model, options, data, seed, accuracy, versions.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        """Show a model that was loaded."""
        self._loaded = loaded
        self.record: KeptModel = loaded.kept

    def __repr__(self) -> str:
        kept = self.record
        return (
            f"<{self.label}, trial {kept.trial} of {kept.run}: "
            f"{percent(kept.accuracy)} % on {kept.dataset.name}>"
        )

    @property
    def label(self) -> str:
        """What its run calls it."""
        return self._loaded.label

    @property
    def directory(self) -> Path:
        """Where it is kept; a copy of the directory is loaded with `digitbench.load_model`."""
        return self._loaded.directory

    def predict(self, images: Images) -> Labels:
        """Return the digits of images, uint8 `(n,)`.

        Args:
            images: uint8 `(n, 28, 28)`, ink bright on black, as MNIST's.

        Raises:
            UsageError: they are not of that shape and type.
            KeptModelError: the model failed.
        """
        return self._loaded.predict(images)

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the probabilities of the digits, float32 `(n, 10)`.

        Args:
            images: as for `predict`.

        Raises:
            UsageError: the model gives none, or the images are not of that shape and type.
            KeptModelError: the model failed.
        """
        found = self._loaded.predict_proba(images)
        if found is None:
            raise UsageError(f"{self.label} gives no probabilities")
        return found

    def export(self, to: str, destination: Place | None = None) -> Path:
        """Write the model in a format that other programs read; return where.

        >>> model.export("onnx", "cnn.onnx")

        Args:
            to: a format that its plugin offers, such as `onnx`.
            destination: the file or directory to make; by default one named like the model.

        Raises:
            UsageError: the model has no such format, or the place cannot be written.
            ExportError: its plugin failed at it.
        """
        return export_model(self._loaded, to, None if destination is None else Path(destination))

    def predict_picture(self, picture: Place | bytes) -> list[PredictedDigit]:
        """Find the digits in a picture, and tell what each is.

        >>> [digit.digit for digit in model.predict_picture("photo.jpg")]

        Args:
            picture: a file, or what one holds.

        Returns:
            One for each digit, from left to right; several lines from top to bottom.

        Raises:
            PictureError: the picture cannot be read, or no digit was found in it.
            KeptModelError: the model failed.
        """
        source = picture if isinstance(picture, bytes) else Path(picture)
        found = digits_of_picture(source)
        images = np.stack([digit.image for digit in found])
        digits, rows = self._loaded.predict(images), self._loaded.predict_proba(images)
        return [
            PredictedDigit(
                digit=int(digits[place]),
                probabilities=None if rows is None else rows[place],
                image=one.image,
                box=(one.box.left, one.box.top, one.box.right, one.box.bottom),
                notes=one.notes,
            )
            for place, one in enumerate(found)
        ]


def load_model(
    name: Place,
    *,
    trial: int | None = None,
    runs_dir: Place | None = None,
    plugin_files: tuple[Place, ...] = (),
) -> Model:
    """Load a model that a run has kept.

    >>> digitbench.load_model("latest:cnn")

    Args:
        name: `RUN:MODEL`; a model, of the newest run that kept it; or the directory of a kept
            model.
        trial: of which trial; by default the first that was kept.
        runs_dir: where runs are kept; by default `DIGITBENCH_RUNS_DIR`, or `runs` here.
        plugin_files: single-file plugins, besides those of its run.

    Raises:
        UsageError: there is no such kept model, or no plugin that loads it.
        KeptModelError: it is damaged, or its plugin cannot load it.
    """
    with messages_shown() as messages:
        loaded = load_kept_model(
            os.fspath(name),
            runs_dir=place("runs_dir", runs_dir),
            messages=messages,
            trial=trial,
            plugin_files=[Path(file) for file in plugin_files],
        )
    return Model(loaded)
