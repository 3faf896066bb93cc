"""The USPS digits in each format that is published; damaged and hostile files."""

from __future__ import annotations

import bz2
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.test_sets.usps_files import read_hdf5, read_idx, read_libsvm
from idx_files import idx_bytes
from usps_copies import INK, LABELS, libsvm_text, write_hdf5


@pytest.mark.parametrize("pack", [bytes, bz2.compress], ids=["plain", "packed"])
def test_libsvm(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "file").write_bytes(pack(libsvm_text()))
    ink, labels = read_libsvm(tmp_path / "file")
    np.testing.assert_allclose(ink, INK, atol=1e-5)
    assert (ink.dtype.name, labels.dtype.name) == ("float32", "uint8")
    assert labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize("packing", [{}, {"compression": "gzip", "shuffle": True}])
def test_hdf5(tmp_path: Path, packing: dict[str, Any]) -> None:
    write_hdf5(tmp_path / "file", **packing)
    ink, labels = read_hdf5(tmp_path / "file")
    np.testing.assert_array_equal(ink, INK)
    assert labels.tolist() == LABELS.tolist()


def test_idx(tmp_path: Path) -> None:
    images = np.rint(INK * 255).astype(np.uint8)
    (tmp_path / "images").write_bytes(idx_bytes(images))
    (tmp_path / "labels").write_bytes(idx_bytes(LABELS))
    ink, labels = read_idx(tmp_path / "images", tmp_path / "labels")
    np.testing.assert_allclose(ink, INK, atol=0.002)
    assert labels.tolist() == LABELS.tolist()
    (tmp_path / "labels").write_bytes(idx_bytes(LABELS[:3]))
    with pytest.raises(DatasetError, match="12 images but 3 labels"):
        read_idx(tmp_path / "images", tmp_path / "labels")
    (tmp_path / "images").write_bytes(idx_bytes(np.zeros((12, 28, 28), np.uint8)))
    with pytest.raises(DatasetError, match="images of 28x28 pixels; they must be 16x16"):
        read_idx(tmp_path / "images", tmp_path / "labels")


def test_both_real_copies_have_the_same_digits(usps_dir: Path) -> None:
    ink, labels = read_hdf5(usps_dir / "usps.h5")
    smooth, same = read_libsvm(usps_dir / "usps.t.bz2")
    assert np.bincount(labels).tolist() == [359, 264, 198, 166, 200, 160, 170, 147, 166, 177]
    assert labels.tolist() == same.tolist()
    assert np.corrcoef(ink.ravel(), smooth.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (bz2.compress(libsvm_text())[:-20], "ended|Compressed"),
        (b"BZh91AY&SY" + bytes(100), "cannot be read|not USPS"),
        (b"", "has no digits|not USPS"),
        (b"1 1:x\n", "not USPS in LIBSVM's format"),
        (b"1 257:0.5\n", "not USPS in LIBSVM's format"),
        (b"0 1:0.5\n", "labels that are not those of ten digits"),
        (b"11 1:0.5\n", "labels that are not those of ten digits"),
        (b"1.5 1:0.5\n", "labels that are not those of ten digits"),
        (b"1 1:1.5\n", "values beyond those of USPS"),
        (b"1 1:nan\n", "values beyond|not USPS"),
        (b"\x89HDF\r\n\x1a\n" + bytes(500), "not USPS"),
    ],
)
def test_bad_texts_are_refused(tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "file").write_bytes(body)
    with pytest.raises(DatasetError, match=said) as caught:
        read_libsvm(tmp_path / "file")
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = bz2.compress(b"\n" * 10_000_000)  # a file may have several streams
    (tmp_path / "file").write_bytes(bomb * 20)
    tracemalloc.start()
    with pytest.raises(DatasetError, match="larger than 10,000 digits are"):
        read_libsvm(tmp_path / "file")
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 150_000_000


Arrays = dict[str, Any]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"data": None}, "no test/data"),
        ({"target": None}, "no test/target"),
        ({"data": np.zeros((12, 255), np.float32)}, "shapes are"),
        ({"data": np.zeros((12, 16, 16), np.float32)}, "has the shape"),
        ({"data": np.zeros((11, 256), np.float32)}, "shapes are"),
        ({"data": np.zeros((0, 256), np.float32)}, "has the shape"),
        ({"data": np.float32(3)}, "has the shape"),
        ({"data": np.full((12, 256), np.nan, np.float32)}, "values beyond those of USPS"),
        ({"data": np.full((12, 256), 255.0, np.float32)}, "values beyond those of USPS"),
        ({"data": np.zeros((12, 256), np.int32)}, "no array of numbers"),
        ({"data": np.array([b"text"] * 12)}, "no array of numbers"),
        ({"target": LABELS.astype(np.int32) + 1}, "labels that are not those of ten digits"),
        ({"target": LABELS.astype(np.int32) - 1}, "labels that are not those of ten digits"),
        ({"target": LABELS.astype(float)}, "no array of numbers"),
        ({"target": LABELS[:, None]}, "has the shape"),
    ],
)
def test_odd_arrays_are_refused(tmp_path: Path, arrays: Arrays, said: str) -> None:
    write_hdf5(tmp_path / "file", **arrays)
    with pytest.raises(DatasetError, match=said) as caught:
        read_hdf5(tmp_path / "file")
    assert "\n" not in str(caught.value)


def claims_much(opened: h5py.Group) -> None:
    opened.create_dataset("data", (10**12, 256), np.float32, chunks=(1_000, 256))


def claims_many_columns(opened: h5py.Group) -> None:
    opened.create_dataset("data", (12, 10**12), np.float32, chunks=(12, 1_000))


def has_large_chunks(opened: h5py.Group) -> None:
    large = (4_000_000, 256)
    opened.create_dataset(
        "data", (12, 256), np.float32, chunks=large, maxshape=(None, 256), compression="gzip"
    )


def holds_a_bomb(opened: h5py.Group) -> None:
    import zlib

    data = opened.create_dataset("data", (12, 256), np.float32, chunks=True, compression="gzip")
    data.id.write_direct_chunk((0, 0), zlib.compress(bytes(50_000_000), 9))


def is_packed_oddly(opened: h5py.Group) -> None:
    opened.create_dataset("data", data=INK.reshape(12, 256), chunks=(12, 256), compression="lzf")


def lies_elsewhere(opened: h5py.Group) -> None:
    opened.create_dataset(
        "data", (12, 256), np.float32, external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)]
    )


def is_a_link(opened: h5py.Group) -> None:
    opened["data"] = h5py.ExternalLink("/etc/other.h5", "/data")


def is_virtual(opened: h5py.Group) -> None:
    layout = h5py.VirtualLayout((12, 256), np.float32)
    layout[:] = h5py.VirtualSource("other.h5", "data", (12, 256))
    opened.create_virtual_dataset("data", layout)


def is_a_group(opened: h5py.Group) -> None:
    opened.create_group("data")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (claims_much, "has the shape"),
        (claims_many_columns, "has the shape"),
        (has_large_chunks, "packed in an unusual way"),
        (holds_a_bomb, "a chunk of test/data is larger than it should be"),
        (is_packed_oddly, "packed in an unusual way"),
        (lies_elsewhere, "lies in other files"),
        (is_a_link, "has no test/data"),
        (is_virtual, "lies in other files"),
        (is_a_group, "no array of numbers"),
    ],
)
def test_hostile_arrays_are_refused(
    tmp_path: Path, make: Callable[[h5py.Group], None], said: str
) -> None:
    write_hdf5(tmp_path / "file", data=None)
    with h5py.File(tmp_path / "file", "a") as opened:
        make(opened["test"])
    with pytest.raises(DatasetError, match=f"not a good copy of USPS .*{said}"):
        read_hdf5(tmp_path / "file")


def test_no_damage_is_more_than_an_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_hdf5(file, compression="gzip")
    whole = file.read_bytes()
    random = np.random.default_rng(5)
    for length in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(DatasetError, match="not a good copy of USPS"):
            read_hdf5(file)
    for _ in range(60):
        spoilt: NDArray[np.uint8] = np.frombuffer(whole, np.uint8).copy()
        spoilt[random.integers(0, len(spoilt), 8)] = random.integers(0, 256, 8)
        file.write_bytes(spoilt.tobytes())
        try:
            ink, labels = read_hdf5(file)
        except DatasetError:
            continue
        assert ink.shape == (len(labels), 16, 16)
        assert ((ink >= 0) & (ink <= 1)).all()


def test_without_h5py_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_hdf5(tmp_path / "file")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DatasetUnavailableError, match=r"without h5py: install it, or get usps\.t"):
        read_hdf5(tmp_path / "file")


def test_files_that_are_not_there_are_told_in_one_line(tmp_path: Path) -> None:
    for read in (read_libsvm, read_hdf5):
        with pytest.raises(DatasetError, match="absent"):
            read(tmp_path / "absent")
