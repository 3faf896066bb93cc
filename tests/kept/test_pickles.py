"""Pickles are told by their names and their bytes, wherever they hide."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitbench.kept.pickles import holds_pickle


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [print, {"a": [1, 2.5]}, "text"], ids=repr)
def test_a_pickle_is_told_by_its_bytes(protocol: int, value: object) -> None:
    assert holds_pickle("weights.safetensors", pickle.dumps(value, protocol))


@pytest.mark.parametrize("name", ["a.pkl", "a.PICKLE", "a.joblib", "a.pt", "a.pth"])
def test_a_pickle_is_told_by_its_name(name: str) -> None:
    assert holds_pickle(name, b"anything")


def test_an_array_of_objects_is_a_pickle() -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([print]), allow_pickle=True)
    assert holds_pickle("a.npy", stream.getvalue())


def test_an_archive_with_a_pickle_is_told_whatever_it_is_called() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(print))
    assert holds_pickle("model.zip", stream.getvalue())


def plain_array() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.arange(1000.0))
    return stream.getvalue()


def plain_archive() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.arange(3))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        json.dumps({"a": [1, 2]}).encode(),
        b"some text, in words.\n",
        bytes(100_000),
        plain_array(),
        plain_archive(),
        b"PK\x03\x04 and then nothing of an archive",
        b"S'\\z'\n and no more",
    ],
    ids=["nothing", "JSON", "text", "zeros", "an array", "arrays", "a broken archive", "odd text"],
)
def test_what_is_no_pickle_passes(content: bytes) -> None:
    assert not holds_pickle("file.bin", content)


@given(st.integers(2, 20_000))
@example(11_816)  # "(.", two steps of a pickle
def test_arrays_are_no_pickle_however_long_their_header_is(length: int) -> None:
    content = length.to_bytes(8, "little") + b"{}".ljust(length) + bytes(40)
    assert not holds_pickle("weights.safetensors", content)


def test_a_pickle_is_told_though_a_header_seems_to_follow() -> None:
    content = pickle.dumps(print)
    assert holds_pickle("weights.safetensors", content + b"{}".ljust(1000))


@given(st.integers(0, 15), st.integers(0, 5))
def test_arrays_whose_header_is_as_long_as_a_mark_of_pickles_are_none(high: int, low: int) -> None:
    header = "{}".ljust(high << 16 | low << 8 | 0x80)
    content = len(header).to_bytes(8, "little") + header.encode()
    assert content[:2] == bytes([0x80, low])
    assert not holds_pickle("weights.safetensors", content)
