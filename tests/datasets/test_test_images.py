"""The test images alone of a published data set: where they are found, downloaded and checked."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.locate import own_directory
from digitbench.datasets.published import QMNIST, PublishedDataset, PublishedFile
from digitbench.datasets.test_images import PublishedTestImages
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.types import DataContext, Split
from idx_files import idx_bytes, label_rows
from mirrors import Mirror, Reply, serve_all

IMAGES, LABELS = (file.name for file in QMNIST.test_files)


@pytest.fixture
def split(make_split: Callable[[int, int], Split]) -> Split:
    return make_split(20, 4)


@pytest.fixture
def bodies(split: Split) -> dict[str, bytes]:
    """The two files."""
    writers = (np.arange(20) % 4).astype(np.int32)
    rows = label_rows(split.labels, writers % 2, writers)
    return {
        name: gzip.compress(idx_bytes(array), mtime=0)
        for name, array in ((IMAGES, split.images), (LABELS, rows))
    }


@pytest.fixture
def published(bodies: dict[str, bytes], mirrors: list[Mirror]) -> PublishedDataset:
    """A small stand-in for QMNIST; only its test files are there."""
    images, labels = (
        PublishedFile(name, len(body), hashlib.sha256(body).hexdigest())
        for name, body in bodies.items()
    )
    return replace(
        QMNIST,
        mirrors=tuple(mirror.url for mirror in mirrors),
        files=(*QMNIST.files[:2], images, labels),
        test_size=20,
    )


@pytest.fixture
def load(published: PublishedDataset) -> PublishedTestImages:
    return PublishedTestImages(published, "last", lambda split: split.part(slice(15, None)))


def write(directory: Path, bodies: dict[str, bytes]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, body in bodies.items():
        (directory / name).write_bytes(body)
    return directory


def test_two_files_are_downloaded_once(
    load: PublishedTestImages,
    context: DataContext,
    mirrors: list[Mirror],
    bodies: dict[str, bytes],
    split: Split,
) -> None:
    serve_all(mirrors[0], bodies)
    calls: list[str] = []
    online = replace(context, offline=False, progress=lambda file, *_: calls.append(file))
    for _ in range(2):
        found, where = load(online)
        np.testing.assert_array_equal(found.images, split.images[15:])
        assert where == f"digitbench's cache {own_directory(QMNIST, context.cache_dir)}"
        assert found.groups is not None
        assert found.groups.stratum_names == ("hsf 0", "hsf 1")
        assert found.groups.strata.tolist() == [1, 0, 1, 0, 1]
        assert found.groups.numbers.tolist() == [3, 0, 1, 2, 3]
    assert mirrors[0].requests == [IMAGES, LABELS]
    assert set(calls) == {IMAGES, LABELS}
    assert not load(context)[0].images.flags.owndata


def test_a_wrong_file_is_not_taken_from_a_mirror(
    load: PublishedTestImages,
    context: DataContext,
    mirrors: list[Mirror],
    bodies: dict[str, bytes],
) -> None:
    serve_all(mirrors[0], bodies | {IMAGES: bodies[IMAGES][:-1] + b"x"})
    mirrors[1].replies = {IMAGES: [Reply(status=404)]}
    with pytest.raises(DatasetUnavailableError, match=r"wrong checksum; .*HTTP status 404") as said:
        load(replace(context, offline=False))
    assert "\n" not in str(said.value)


def test_offline_it_says_what_to_copy_where(
    load: PublishedTestImages, context: DataContext, mirrors: list[Mirror]
) -> None:
    with pytest.raises(
        DatasetUnavailableError, match=f"downloads are off; copy {IMAGES} and {LABELS} to "
    ):
        load(context)
    assert mirrors[0].requests == []


def test_a_bad_copy_in_the_cache_is_told_of(
    load: PublishedTestImages, context: DataContext, bodies: dict[str, bytes]
) -> None:
    directory = write(own_directory(QMNIST, context.cache_dir), bodies)
    (directory / IMAGES).write_bytes(bodies[IMAGES] + b"x")
    with pytest.raises(DatasetUnavailableError, match=r"passed over: .* published checksums"):
        load(context)


@pytest.mark.parametrize("place", ["", "qmnist", "QMNIST/raw"])
@pytest.mark.parametrize("gzipped", [True, False])
def test_the_directory_of_the_data_is_looked_at_first(
    load: PublishedTestImages,
    context: DataContext,
    bodies: dict[str, bytes],
    tmp_path: Path,
    place: str,
    gzipped: bool,
) -> None:
    if not gzipped:
        bodies = {name.removesuffix(".gz"): gzip.decompress(body) for name, body in bodies.items()}
    directory = write(tmp_path / "data" / place, bodies)
    found, where = load(replace(context, data_dir=tmp_path / "data"))
    assert (len(found), where) == (5, f"data directory {directory}")


def test_the_directory_of_other_data_is_passed_over(
    load: PublishedTestImages,
    context: DataContext,
    bodies: dict[str, bytes],
    write_files: Callable[..., Path],
    tmp_path: Path,
) -> None:
    write(own_directory(QMNIST, context.cache_dir), bodies)
    found, where = load(replace(context, data_dir=write_files(tmp_path / "mnist")))
    assert len(found) == 5
    assert where.startswith("digitbench's cache")


def test_torchvisions_copy_is_found(
    load: PublishedTestImages, context: DataContext, bodies: dict[str, bytes]
) -> None:
    write(Path("data/QMNIST/raw"), bodies)
    assert load(context)[1] == "torchvision's copy data/QMNIST/raw"


def test_half_of_the_files_in_a_named_directory_are_an_error(
    load: PublishedTestImages, context: DataContext, bodies: dict[str, bytes], tmp_path: Path
) -> None:
    write(tmp_path, {IMAGES: bodies[IMAGES]})
    with pytest.raises(DatasetUnavailableError, match="lacks qmnist-test-labels-idx2-int"):
        load(replace(context, data_dir=tmp_path))


def test_another_number_of_images_is_an_error(
    load: PublishedTestImages, context: DataContext, bodies: dict[str, bytes], tmp_path: Path
) -> None:
    larger = replace(load, published=replace(load.published, test_size=21))
    write(tmp_path, bodies)
    with pytest.raises(DatasetError, match="has 20 images where qmnist has 21"):
        larger(replace(context, data_dir=tmp_path))


def test_without_the_file_of_writers_there_are_no_groups(
    load: PublishedTestImages,
    context: DataContext,
    bodies: dict[str, bytes],
    split: Split,
    tmp_path: Path,
) -> None:
    labels = gzip.compress(idx_bytes(split.labels))
    write(tmp_path, {IMAGES: bodies[IMAGES], "qmnist-test-labels-idx1-ubyte.gz": labels})
    found, _ = load(replace(context, data_dir=tmp_path))
    assert found.groups is None
    assert found.labels.tolist() == split.labels[15:].tolist()
