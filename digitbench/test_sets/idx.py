"""`idx:FILE`: any images in IDX format with their labels.

FILE is that of the images, whose name must hold `images`: the labels' file lies beside it and
is called alike, with `labels` in that place. Or it is a directory: its test images are taken
(`t10k-images...`, `test-images...`), or those of the only pair it has. Files may be gzipped.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from digitbench.datasets.cache import load_cached_split
from digitbench.datasets.idx_pair import read_split
from digitbench.datasets.source import file_split_source
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets.argument import named_path
from digitbench.test_sets.of_images import set_of_images
from digitbench.types import Dataset, TestSet, TestSetContext

_TEST_NAMES = ("t10k-images", "test-images")
_KINDS = (("idx3-ubyte", "idx1-ubyte"), ("idx3-ubyte", "idx2-int"))
"""What the names of images and labels say of their format; the second is QMNIST's, with writers."""


def load_idx(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Load the images of a file, or of a directory.

    Raises:
        DatasetUnavailableError: there is no such file or directory, or no labels.
        DatasetError: a file is damaged, images and labels do not go together, or it is not clear
            which images are meant.
    """
    path = named_path(context, "idx")
    images, labels = _pair_in(path) if path.is_dir() else _pair_of(path)
    source = file_split_source(
        f"{images} with {labels.name}", (images, labels), partial(read_split, images, labels)
    )
    split = load_cached_split(context.data.cache_dir, "idx", source)
    return set_of_images(split, source.where)


def _pair_of(images: Path) -> tuple[Path, Path]:
    labels = _labels_of(images)
    if labels is None:
        raise DatasetUnavailableError(
            f"the labels of {images} are not beside it; give both files the same name, but for "
            "'images' in the one and 'labels' in the other"
        )
    return images, labels


def _labels_of(images: Path) -> Path | None:
    stem = images.name.removesuffix(".gz")
    if "images" not in stem:
        return None
    for of_images, of_labels in _KINDS:
        name = stem.replace("images", "labels").replace(of_images, of_labels)
        for suffix in (".gz", "") if images.name.endswith(".gz") else ("", ".gz"):
            if (found := images.with_name(name + suffix)).is_file():
                return found
    return None


def _pair_in(directory: Path) -> tuple[Path, Path]:
    pairs = _pairs(directory)
    for_testing = {stem: pair for stem, pair in pairs.items() if stem.startswith(_TEST_NAMES)}
    chosen = for_testing or pairs
    if not chosen:
        raise DatasetUnavailableError(
            f"{directory} has no IDX files of images and labels, such as t10k-images-idx3-ubyte "
            "and t10k-labels-idx1-ubyte; name another directory"
        )
    if len(chosen) > 1:
        names = ", ".join(sorted(chosen)[:3])
        raise DatasetError(f"{directory} has several files of images ({names}); name one of them")
    return next(iter(chosen.values()))


def _pairs(directory: Path) -> dict[str, tuple[Path, Path]]:
    """Return the images that have labels, by name without `.gz`; gzipped ones are preferred."""
    try:
        files = sorted(directory.iterdir())
    except OSError as error:
        raise DatasetUnavailableError(
            f"{directory} cannot be read ({error.strerror or error}); check it"
        ) from error
    return {
        images.name.removesuffix(".gz"): (images, labels)
        for images in files
        if (labels := _labels_of(images)) is not None
    }
