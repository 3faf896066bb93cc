from __future__ import annotations

import gzip
import os
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from digitbench.datasets.idx import MAX_ITEMS, read_images, read_labels
from digitbench.errors import DatasetError

Encode = Callable[[NDArray[np.uint8]], bytes]
Read = Callable[[Path], NDArray[np.uint8]]

IMAGES = np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "file"


def refusal(read: Read, path: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_round_trip(file: Path, idx_bytes: Encode, pack: Callable[[bytes], bytes]) -> None:
    file.write_bytes(pack(idx_bytes(IMAGES)))
    np.testing.assert_array_equal(read_images(file), IMAGES)
    file.write_bytes(pack(idx_bytes(LABELS)))
    np.testing.assert_array_equal(read_labels(file), LABELS)


def test_the_name_does_not_decide_what_is_gzipped(tmp_path: Path, idx_bytes: Encode) -> None:
    plain, packed = tmp_path / "labels.gz", tmp_path / "labels"
    plain.write_bytes(idx_bytes(LABELS))
    packed.write_bytes(gzip.compress(idx_bytes(LABELS)))
    assert read_labels(plain).tolist() == read_labels(packed).tolist() == LABELS.tolist()


def test_gzip_files_may_have_several_members(file: Path, idx_bytes: Encode) -> None:
    whole = idx_bytes(LABELS)
    file.write_bytes(gzip.compress(whole[:6]) + gzip.compress(whole[6:]))
    assert read_labels(file).tolist() == LABELS.tolist()


def test_files_of_no_items_are_empty_arrays(file: Path, idx_bytes: Encode) -> None:
    file.write_bytes(idx_bytes(IMAGES[:0]))
    assert read_images(file).shape == (0, 28, 28)
    file.write_bytes(gzip.compress(idx_bytes(LABELS[:0])))
    assert read_labels(file).shape == (0,)


@settings(deadline=None)  # the machine may be busy
@given(images=arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28))))
def test_any_images_survive_a_round_trip(
    file: Path, idx_bytes: Encode, images: NDArray[np.uint8]
) -> None:
    for body in (idx_bytes(images), gzip.compress(idx_bytes(images))):
        file.write_bytes(body)
        np.testing.assert_array_equal(read_images(file), images)


@settings(deadline=None)  # the machine may be busy
@given(body=st.binary(max_size=200), start=st.sampled_from([b"", b"\0\0\x08\x01", b"\x1f\x8b\x08"]))
def test_any_bytes_are_labels_or_an_error(file: Path, body: bytes, start: bytes) -> None:
    for content in (start + body, gzip.compress(start + body)):
        file.write_bytes(content)
        try:
            labels = read_labels(file)
        except DatasetError as error:
            assert str(file) in str(error)
        else:
            assert labels.shape == (struct.unpack(">I", (start + body)[4:8])[0],)


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Change, cut, lengthen or shorten a file at random places, most often in its header."""
    mutant = bytearray(body)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(20 if chance.random() < 0.7 else len(mutant))
        match chance.randrange(5):
            case 0:
                mutant[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                mutant[place : place + 1] = bytes(
                    [body[place % len(body)] ^ (1 << chance.randrange(8))]
                )
            case 2:
                del mutant[place : place + chance.randint(1, 9)]
            case 3:
                mutant[place:place] = chance.randbytes(chance.randint(1, 9))
            case _:
                mutant[max(place, 20) :] = b""
    return bytes(mutant)


def test_two_thousand_mutants_give_arrays_or_errors(file: Path, idx_bytes: Encode) -> None:
    chance = random.Random(2026)
    refused = 0
    bodies = (idx_bytes(IMAGES), gzip.compress(idx_bytes(IMAGES), mtime=0))
    tracemalloc.start()
    try:
        for number in range(2000):
            file.write_bytes(mutated(bodies[number % 2], chance))
            try:
                images = read_images(file)
            except DatasetError as error:
                refused += 1
                assert str(file) in str(error)
                assert "\n" not in str(error)
            else:
                assert images.dtype == np.uint8
                assert images.shape[1:] == (28, 28)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused > 1000
    assert peak_bytes < 8 * 2**20


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("read", [read_images, read_labels])
def test_truncation_at_every_byte_is_an_error(
    file: Path, idx_bytes: Encode, pack: Callable[[bytes], bytes], read: Read
) -> None:
    body = pack(idx_bytes(IMAGES[:1] if read is read_images else LABELS))
    file.write_bytes(body)
    read(file)
    for length in range(len(body)):
        file.write_bytes(body[:length])
        message = refusal(read, file)
        # One byte of gzip's magic is nobody's.
        assert "is cut short" in message or (body[:length] == b"\x1f" and "not an IDX" in message)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_trailing_bytes_are_an_error(
    file: Path, idx_bytes: Encode, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(idx_bytes(LABELS) + b"\0"))
    assert "promises" in refusal(read_labels, file)


def test_trailing_bytes_after_the_gzip_stream_are_an_error(file: Path, idx_bytes: Encode) -> None:
    file.write_bytes(gzip.compress(idx_bytes(LABELS)) + b"more")
    assert "damaged gzip file" in refusal(read_labels, file)


def test_a_wrong_checksum_in_the_gzip_file_is_an_error(file: Path, idx_bytes: Encode) -> None:
    body = bytearray(gzip.compress(idx_bytes(LABELS)))
    body[-5] ^= 1
    file.write_bytes(body)
    assert "CRC check failed" in refusal(read_labels, file)
    body = bytearray(gzip.compress(idx_bytes(LABELS)))
    body[12] ^= 0xFF
    file.write_bytes(body)
    assert "damaged gzip file" in refusal(read_labels, file)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"", "cut short"),
        (b"PNG image", "not an IDX file"),
        (struct.pack(">HBB3I", 0, 13, 3, 1, 28, 28), "type 0x0d"),
        (struct.pack(">HBB", 0, 13, 3)[:3], "type 0x0d"),
        (struct.pack(">HBB1I", 0, 8, 1, 5) + bytes(5), "exchanged"),
        (struct.pack(">HBB4I", 0, 8, 4, 1, 28, 28, 1) + bytes(784), "4 dimensions"),
        (struct.pack(">HBB3I", 0, 8, 3, 1, 32, 32) + bytes(1024), "32x32"),
        (struct.pack(">HBB3I", 0, 8, 3, MAX_ITEMS + 1, 28, 28), "at most 1,000,000"),
        (struct.pack(">HBB3I", 0, 8, 3, MAX_ITEMS, 28, 28), "cut short"),
    ],
)
def test_wrong_headers_are_named(file: Path, header: bytes, words: str) -> None:
    for body in (header, gzip.compress(header)):
        file.write_bytes(body)
        assert words in refusal(read_images, file)


def test_images_given_for_labels_are_named(file: Path, idx_bytes: Encode) -> None:
    file.write_bytes(idx_bytes(IMAGES))
    assert "exchanged" in refusal(read_labels, file)


def test_labels_above_nine_are_named(file: Path, idx_bytes: Encode) -> None:
    file.write_bytes(idx_bytes(np.array([1, 10], np.uint8)))
    assert "label 10" in refusal(read_labels, file)


def gzip_bomb(header: bytes, mebibytes: int) -> bytes:
    """A gzip stream of a header and then zeros, of which every MiB takes about one KiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    mebibyte = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + mebibyte * mebibytes


@pytest.mark.parametrize(
    ("promised_images", "mebibytes"),
    [(10, 10 * 1024), (100, 60), (0, 60)],
    ids=["10 GiB", "60 MiB", "nothing promised"],
)
def test_gzip_bombs_are_refused_in_little_memory(
    file: Path, promised_images: int, mebibytes: int
) -> None:
    header = struct.pack(">HBB3I", 0, 8, 3, promised_images, 28, 28)
    file.write_bytes(gzip_bomb(header, mebibytes))
    tracemalloc.start()
    try:
        message = refusal(read_images, file)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "promises" in message
    assert peak_bytes < 8 * 2**20


def test_a_gzip_header_without_end_is_refused(file: Path) -> None:
    with_name = b"\x1f\x8b\x08\x08" + bytes(6)
    file.write_bytes(with_name + b"a" * 2**20)
    assert "no IDX header at its start" in refusal(read_images, file)


def test_what_is_no_readable_file_is_named(tmp_path: Path) -> None:
    assert "not a regular file" in refusal(read_images, tmp_path)
    assert "No such file" in refusal(read_images, tmp_path / "absent")
    assert "cannot be read" in refusal(read_images, Path("nul\0byte"))
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(read_images, tmp_path / "pipe")


def test_read_errors_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "labels"
    file.write_bytes(b"")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in refusal(read_labels, file)


def test_too_little_memory_is_named(
    file: Path, idx_bytes: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(idx_bytes(IMAGES))

    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "empty", refuse)
    assert "memory" in refusal(read_images, file)
