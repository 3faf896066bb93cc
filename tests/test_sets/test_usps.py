"""`usps`: where its digits are found, and how they are brought to 28x28 pixels."""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from digitbench.datasets.published import PublishedFile
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets import usps
from digitbench.test_sets.options import UspsOptions
from digitbench.test_sets.usps import USPS, enlarged, in_mnist_form, load_usps
from digitbench.types import Dataset, TestCondition, TestSetContext
from drawn_digits import ink_of
from idx_files import idx_bytes
from mirrors import Mirror, Reply, running_mirrors
from usps_copies import INK, LABELS, libsvm_text, write_hdf5


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror that has a small copy, taken for the published one."""
    body = bz2.compress(libsvm_text())
    file = PublishedFile("usps.t.bz2", len(body), hashlib.sha256(body).hexdigest())
    with running_mirrors(1) as (running,):
        running.replies = {"usps.t.bz2": [Reply(body)]}
        monkeypatch.setattr(usps, "USPS", replace(USPS, mirrors=(running.url,), files=(file,)))
        yield running


def load(context: TestSetContext, dataset: Dataset) -> tuple[TestCondition, str]:
    test_set = load_usps(context, dataset)
    (condition,) = test_set.conditions
    assert condition.labels.tolist() == LABELS.tolist()
    return condition, test_set.source


def named(context: TestSetContext, directory: Path) -> TestSetContext:
    return replace(context, data=replace(context.data, data_dir=directory))


def test_it_is_downloaded_once(mirror: Mirror, context: TestSetContext, dataset: Dataset) -> None:
    online = replace(context, data=replace(context.data, offline=False))
    place = context.data.cache_dir / "files/usps/usps.t.bz2"
    for _ in range(2):
        condition, source = load(online, dataset)
        assert source == f"{place} (mnist form)"
        assert condition.images is not None
        assert condition.images.shape == (12, 28, 28)
    assert mirror.requests == ["usps.t.bz2"]
    load(context, dataset)
    place.write_bytes(bz2.compress(libsvm_text()[:-3_000]))
    with pytest.raises(DatasetError, match="does not have the published checksum; delete it"):
        load_usps(context, dataset)


def test_offline_it_says_what_to_copy_where(context: TestSetContext, dataset: Dataset) -> None:
    with pytest.raises(
        DatasetUnavailableError,
        match=r"copy usps\.t\.bz2 \(from https://.*\) or usps\.h5 to .*usps",
    ):
        load_usps(context, dataset)


def test_a_wrong_file_is_not_taken(
    mirror: Mirror, context: TestSetContext, dataset: Dataset
) -> None:
    mirror.replies = {"usps.t.bz2": [Reply(b"another")]}
    online = replace(context, data=replace(context.data, offline=False))
    with pytest.raises(DatasetUnavailableError, match=r"cannot be downloaded .*wrong checksum"):
        load_usps(online, dataset)


@pytest.mark.parametrize("place", ["", "usps", "USPS"])
@pytest.mark.parametrize("name", ["usps.t.bz2", "usps.t", "usps.h5", "idx"])
def test_the_directory_of_the_data_is_looked_at_first(
    context: TestSetContext, dataset: Dataset, tmp_path: Path, place: str, name: str
) -> None:
    directory = tmp_path / "data" / place
    directory.mkdir(parents=True)
    first = directory / name
    if name == "idx":
        first = directory / "t10k-images-idx3-ubyte"
        first.write_bytes(idx_bytes(np.rint(INK * 255).astype(np.uint8)))
        (directory / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(LABELS))
    elif name == "usps.h5":
        write_hdf5(first)
    else:
        first.write_bytes(bz2.compress(libsvm_text()) if name.endswith("bz2") else libsvm_text())
    if name == "idx" and not place:  # these are MNIST's names
        with pytest.raises(DatasetUnavailableError, match="usps is not on this machine"):
            load_usps(named(context, tmp_path / "data"), dataset)
        return
    _, source = load(named(context, tmp_path / "data"), dataset)
    assert source == f"{first} (mnist form)"


def test_torchvisions_copy_is_found(context: TestSetContext, dataset: Dataset) -> None:
    Path("data").mkdir()
    Path("data/usps.t.bz2").write_bytes(bz2.compress(libsvm_text()))
    assert load(context, dataset)[1] == "data/usps.t.bz2 (mnist form)"


def test_both_forms_are_kept_apart(
    context: TestSetContext, dataset: Dataset, tmp_path: Path
) -> None:
    write_hdf5(tmp_path / "usps.h5")
    plain = replace(named(context, tmp_path), options=UspsOptions(form="plain"))
    for _ in range(2):  # made, then from the cache
        condition, source = load(plain, dataset)
        assert source == f"{tmp_path / 'usps.h5'} (plain form)"
        np.testing.assert_array_equal(condition.images, enlarged(INK))
        condition, source = load(named(context, tmp_path), dataset)
        assert source == f"{tmp_path / 'usps.h5'} (mnist form)"
        np.testing.assert_array_equal(condition.images, in_mnist_form(INK))


def digit(left: int, width: int) -> np.ndarray:
    """A 7 of 16 rows, as USPS draws it."""
    ink = np.zeros((16, 16), np.float32)
    ink[:, left : left + width] = ink_of((16, width), [(7, 0, 1, 13)], pen=0.15)
    return ink


def test_in_mnists_form_size_and_place_are_mnists() -> None:
    images = in_mnist_form(np.stack([digit(0, 14), digit(2, 14)]))
    assert np.abs(images[0].astype(int) - images[1]).mean() < 5  # wherever the digit lay
    for image in images:
        rows, columns = (np.flatnonzero(image.max(axis=axis) >= 128) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20, 21)
        assert np.allclose(ndimage.center_of_mass(image), 14, atol=0.3)


def test_enlarged_alone_they_fill_the_image() -> None:
    (image,) = enlarged(digit(2, 14)[None])
    assert image.shape == (28, 28)
    assert image[:4].max() > 128
    assert np.flatnonzero(image.max(axis=1) > 64)[-1] >= 24


def test_blank_digits_stay_blank() -> None:
    blank = np.zeros((2, 16, 16), np.float32)
    assert not in_mnist_form(blank).any()
    assert not enlarged(blank).any()


def test_the_real_file_is_the_published_one(
    usps_dir: Path, context: TestSetContext, dataset: Dataset
) -> None:
    body = (usps_dir / "usps.t.bz2").read_bytes()
    (file,) = USPS.files
    assert (len(body), hashlib.sha256(body).hexdigest()) == (file.size_bytes, file.sha256)
    assert hashlib.md5(body, usedforsecurity=False).hexdigest() == (
        "8ea070ee2aca1ac39742fdd1ef5ed118"
    )
    plain = replace(named(context, usps_dir), options=UspsOptions(form="plain"))
    (condition,) = load_usps(plain, dataset).conditions
    assert len(condition) == 2_007
