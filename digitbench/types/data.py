"""Images with their labels, data sets, and what a plugin says of a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DatasetError
from digitbench.types.groups import Chosen, Groups

if TYPE_CHECKING:
    from digitbench.types.test_sets import TestSet

IMAGE_SHAPE = (28, 28)
NUM_CLASSES = 10
DIGIT_CLASSES = tuple("0123456789")

Images = NDArray[np.uint8]
"""Grey-scale images, uint8 `(n, 28, 28)`, 0 for paper and 255 for ink, read-only."""

Labels = NDArray[np.uint8]
"""Digits 0 to 9, uint8 `(n,)`, read-only."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels.

    Attributes:
        images: uint8 `(n, 28, 28)`, read-only, often memory-mapped.
        labels: uint8 `(n,)` with values 0 to 9, read-only.
        groups: which images belong together, such as by their writer; None if that is not known.

    Raises:
        DatasetError: if the arrays have another dtype or shape, or differ in length; or the groups
            are not a `Groups` record of as many images.
    """

    images: Images
    labels: Labels
    groups: Groups | None = None

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
            raise DatasetError(
                f"images must be uint8 of shape (n, 28, 28), not {images.dtype} {images.shape}"
            )
        if labels.dtype != np.uint8 or labels.ndim != 1:
            raise DatasetError(
                f"labels must be uint8 of shape (n,), not {labels.dtype} {labels.shape}"
            )
        if len(images) != len(labels):
            raise DatasetError(f"{len(images)} images but {len(labels)} labels")
        if len(labels) and int(labels.max()) >= NUM_CLASSES:
            raise DatasetError(f"labels must be 0 to 9, found {int(labels.max())}")
        if not isinstance(self.groups, Groups | None):
            raise DatasetError(
                f"groups must be a digitbench.Groups, not {type(self.groups).__name__}"
            )
        if self.groups is not None and len(self.groups) != len(labels):
            raise DatasetError(f"{len(labels)} labels but groups of {len(self.groups)} images")
        for name, array in (("images", images), ("labels", labels)):
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, chosen: Chosen) -> Split:
        """Return some of the images with their labels and groups; a slice copies nothing.

        Args:
            chosen: positions of images, bool for each image, or a slice.
        """
        groups = None if self.groups is None else self.groups.part(chosen)
        return Split(self.images[chosen], self.labels[chosen], groups)


@dataclass(frozen=True, eq=False)
class TrialData:
    """The images of a run.

    Attributes:
        train: the training images, without those held out.
        validation: the images held out; None if there are none.
        test: the test images. Only they are ever shown to a classifier, not their labels.
        test_sets: further images that it predicts after them, by the set's label.
    """

    train: Split
    validation: Split | None
    test: Split
    test_sets: Mapping[str, TestSet] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set as its loader returns it.

    Attributes:
        name: the name it was asked for by, such as `mnist`.
        train: the training images, all of them; the runner holds out validation images.
        test: the test images. Classifiers never see their labels.
        source: where the arrays came from, in words for people.
    """

    name: str
    train: Split
    test: Split
    source: str


class DownloadProgress(Protocol):
    """What a loader calls while it downloads a file."""

    def __call__(self, file: str, received_bytes: int, total_bytes: int | None) -> None:
        """Report that `received_bytes` of a file have come, of `total_bytes` if that is known."""


class WorkProgress(Protocol):
    """What a loader calls while it makes or reads something that takes long."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report that `done` of `total` parts of some work are done.

        Args:
            what: one line for people, the same at each call, such as `making the test set
                corruptions (15 conditions)`; it is said once.
            done: how many parts are done; 0 when the work begins.
            total: how many there are.
        """


@dataclass(frozen=True)
class DataContext:
    """What a data set's loader may use.

    Attributes:
        cache_dir: digitbench's own cache, for files and decompressed arrays.
        data_dir: the directory the user named (`--data-dir`, `DIGITBENCH_DATA_DIR`), if any.
        offline: never touch the network.
        progress: called while a file is downloaded.
        working: called while something else takes long.
    """

    cache_dir: Path
    data_dir: Path | None = None
    offline: bool = False
    progress: DownloadProgress | None = None
    working: WorkProgress | None = None


@dataclass(frozen=True)
class DatasetSpec:
    """A data set that a plugin offers.

    Attributes:
        name: lower-case letters, digits and dashes; what `--dataset` takes.
        summary: one line for `digitbench data list`.
        load: makes the `Dataset`; raises `DatasetUnavailableError` if it cannot be had and
            `DatasetError` if what was found is bad.
        canonical_fingerprint: `digitbench.datasets.fingerprint.fingerprint` of the published
            data, where it is known; lets a result say that its data are the canonical ones.
        source_url: where the data are published.
        classes: what the labels 0 to 9 stand for; a model trained on one data set is tested on
            the images of another only if these are the same.
    """

    name: str
    summary: str
    load: Callable[[DataContext], Dataset]
    canonical_fingerprint: str | None = None
    source_url: str | None = None
    classes: tuple[str, ...] = DIGIT_CLASSES
