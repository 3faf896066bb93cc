"""What is known of a kept model: its file `model.json`."""

import re
from typing import Annotated

from pydantic import AwareDatetime, Field

from digitbench.types import DatasetInfo, PlannedModel, TrainingSample
from digitbench.types.plain import Text
from digitbench.types.stored import Stored

FORMAT_VERSION = 1
"""Version of the layout of a kept model's directory."""

MOST_BYTES = 64_000_000
"""Of all files of a kept model together."""
MOST_FILES = 100

FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""Of the files of a classifier: plain names, the same on every system."""


class KeptFile(Stored):
    """A file that the classifier wrote.

    Attributes:
        name: its plain name, in the directory `files`.
        size: in bytes.
        sha256: of its content, as 64 hexadecimal digits.
    """

    name: str = Field(pattern=rf"^{FILE_NAME.pattern}$")
    size: int = Field(ge=0, le=MOST_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class KeptModel(Stored):
    """A kept model: the trained classifier of one trial.

    Attributes:
        run: id of the run that it was trained in.
        model: the row of that run: model, options, plugin, version and source hash.
        trial: the trial's number.
        seed: its seed.
        threads: CPU threads it was trained with.
        training: which of the training images it got; None for all of them.
        dataset: what it was trained and tested on, with the fingerprint.
        accuracy: fraction of the test images that it predicted right.
        predictions_sha256: of its predictions of the test images, one byte each.
        probabilities: whether it gives probabilities as well as digits.
        expects: what it takes, in words.
        gives: what it returns, in words.
        trained_at: UTC, when its trial began.
        versions: of digitbench and the distributions that it was trained with, by name.
        files: what the classifier wrote.
    """

    run: Text
    model: PlannedModel
    trial: int = Field(ge=1)
    seed: int
    threads: int = Field(ge=1)
    training: TrainingSample | None = None
    dataset: DatasetInfo
    accuracy: Annotated[float, Field(ge=0, le=1)]
    predictions_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    probabilities: bool
    expects: Text = "images as those of MNIST: uint8 (n, 28, 28), 0 paper to 255 ink"
    gives: Text = "digits: integers (n,), 0 to 9"
    trained_at: AwareDatetime
    versions: dict[Text, Text] = Field(default_factory=dict)
    files: tuple[KeptFile, ...] = Field(min_length=1, max_length=MOST_FILES)

    @property
    def size_bytes(self) -> int:
        """Size of all its files together."""
        return sum(file.size for file in self.files)
