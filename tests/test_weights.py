"""Arrays written and read back, bit for bit; damaged files are refused in one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench import KeptModelError, load_arrays, save_arrays

ARRAYS: dict[str, NDArray[Any]] = {
    "weights": np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4),
    "a slice, transposed": np.arange(24).reshape(4, 6)[::2, 1::2].T,
    "other bytes first": np.arange(5, dtype=">f8"),
    "one value": np.array(True),
    "none": np.zeros((0, 7), np.uint8),
    "half": np.array([0.5, np.nan, np.inf], np.float16),
}


def test_arrays_come_back_bit_for_bit_and_may_be_written_to(tmp_path: Path) -> None:
    save_arrays(tmp_path / "arrays", ARRAYS)

    found = load_arrays(tmp_path / "arrays")

    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype.newbyteorder("=")
        assert found[name].shape == array.shape
        assert found[name].flags.writeable


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([object()])])
def test_what_is_no_number_is_refused_before_anything_is_written(
    tmp_path: Path, array: NDArray[Any]
) -> None:
    with pytest.raises(ValueError, match="the array 'odd' holds"):
        save_arrays(tmp_path / "arrays", {"odd": array})
    assert not (tmp_path / "arrays").exists()


def test_a_number_that_the_format_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be saved"):
        save_arrays(tmp_path / "arrays", {"wide": np.zeros(3, np.complex128)})


def test_too_many_arrays_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too many"):
        save_arrays(tmp_path / "arrays", {f"{i:0100}": np.zeros(1) for i in range(10_000)})


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KeptModelError, match=r"cannot read .*nothing"):
        load_arrays(tmp_path / "nothing")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "arrays"
    save_arrays(file, ARRAYS)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(KeptModelError, match="damaged, or holds no arrays"):
            load_arrays(file)


@pytest.mark.parametrize(
    "content",
    [
        (2**40).to_bytes(8, "little") + b"{}",
        b"\x80\x04\x95" + bytes(100),
        (64).to_bytes(8, "little")
        + b'{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,8]}}'[:64],
        (63).to_bytes(8, "little")
        + b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'.ljust(63)
        + b"\0\0",
    ],
    ids=["a huge header", "a pickle", "a shape beyond the file", "numbers that NumPy lacks"],
)
def test_a_hostile_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "arrays"
    file.write_bytes(content)
    with pytest.raises(KeptModelError, match="damaged, or holds no arrays"):
        load_arrays(file)


DUE = {"weights": ("float32", (2, 3)), "seen": ("uint8", (None,))}


def test_what_is_due_may_have_any_length_where_none_is_said(tmp_path: Path) -> None:
    due: dict[str, NDArray[Any]] = {
        "weights": np.zeros((2, 3), np.float32),
        "seen": np.arange(7, dtype=np.uint8),
    }
    save_arrays(tmp_path / "arrays", due)
    assert load_arrays(tmp_path / "arrays", DUE).keys() == due.keys()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weights": np.zeros((3, 2), np.float32)}, r"float32 \(3, 2\) where float32 \(2, 3\)"),
        ({"weights": np.zeros((2, 3))}, r"'weights' is float64 \(2, 3\) where float32"),
        ({"seen": np.zeros((1, 1), np.uint8)}, r"uint8 \(1, 1\) where uint8 \(n\) was due"),
        ({"weights": np.full((2, 3), np.nan, np.float32)}, "'weights' holds NaN or infinity"),
        ({"more\n": np.zeros(1)}, r"holds the arrays \['more\\n', 'seen', 'weights'\] where"),
    ],
)
def test_what_is_not_due_is_refused_in_one_line(
    tmp_path: Path, changed: dict[str, NDArray[Any]], message: str
) -> None:
    due: dict[str, NDArray[Any]] = {
        "weights": np.zeros((2, 3), np.float32),
        "seen": np.zeros(1, np.uint8),
    }
    save_arrays(tmp_path / "arrays", due | changed)
    with pytest.raises(KeptModelError, match=message) as refused:
        load_arrays(tmp_path / "arrays", DUE)
    assert len(str(refused.value).splitlines()) == 1
