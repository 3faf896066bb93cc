from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets import keras_archive
from digitbench.datasets.keras_archive import read_keras_archive
from digitbench.errors import DatasetError
from digitbench.types import Split


@pytest.fixture
def arrays(splits: tuple[Split, Split]) -> dict[str, np.ndarray]:
    train, test = splits
    return {
        "x_train": train.images,
        "y_train": train.labels,
        "x_test": test.images,
        "y_test": test.labels,
    }


def refusal(path: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        read_keras_archive(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_four_arrays_are_read(
    tmp_path: Path, arrays: dict[str, np.ndarray], save: object
) -> None:
    path = tmp_path / "mnist.npz"
    assert callable(save)
    save(path, **arrays)
    train, test = read_keras_archive(path)
    np.testing.assert_array_equal(train.images, arrays["x_train"])
    np.testing.assert_array_equal(train.labels, arrays["y_train"])
    np.testing.assert_array_equal(test.images, arrays["x_test"])
    np.testing.assert_array_equal(test.labels, arrays["y_test"])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"x_train": None}, "x_train.npy"),
        ({"x_train": np.zeros((30, 28, 28))}, "float64"),
        ({"x_test": np.zeros((20, 32, 32), np.uint8)}, "(20, 32, 32)"),
        ({"y_test": np.uint8(3)}, "uint8 ()"),
        ({"y_test": np.zeros(7, np.uint8)}, "20 images but 7 labels"),
        ({"y_train": np.full(30, 10, np.uint8)}, "found 10"),
        ({"y_train": np.array([None] * 30, object)}, "object"),
        ({"x_train": np.zeros((30, 28, 28), np.uint8, order="F")}, "uint8"),
    ],
)
def test_other_arrays_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], changed: dict[str, np.ndarray], words: str
) -> None:
    path = tmp_path / "mnist.npz"
    kept = {name: array for name, array in (arrays | changed).items() if array is not None}
    np.savez(path, allow_pickle=True, **kept)
    assert words in refusal(path)


def archive_with(path: Path, x_train: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x_train.npy", x_train)
    return path


def npy_header(text: str, version: bytes = b"\1\0") -> bytes:
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text.encode()


HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, 28, 28), }\n"


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (npy_header(HEADER % 2) + bytes(2 * 784 - 1), "longer or shorter"),
        (npy_header(HEADER % 2) + bytes(2 * 784 + 1), "longer or shorter"),
        (npy_header(HEADER % 1_000_001), "1,000,001 items"),
        (npy_header(HEADER % 2, b"\2\0"), "unusual version"),
        (npy_header("{'descr': (((((", b"\1\0"), "not a good copy"),
        (b"no array", "magic"),
        (b"", "magic"),
    ],
)
def test_damaged_members_are_refused(tmp_path: Path, member: bytes, words: str) -> None:
    assert words in refusal(archive_with(tmp_path / "mnist.npz", member))


def test_unusual_packing_is_refused(tmp_path: Path) -> None:
    path = archive_with(tmp_path / "mnist.npz", b"", zipfile.ZIP_LZMA)
    assert "unusual method" in refusal(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    member = npy_header(HEADER % 1) + bytes(16 * 2**20)
    path = archive_with(tmp_path / "mnist.npz", member)
    assert "longer or shorter" in refusal(path)


def test_truncation_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    whole = io.BytesIO()
    np.savez_compressed(whole, allow_pickle=False, **arrays)
    body = whole.getvalue()
    path = tmp_path / "mnist.npz"
    for length in range(0, len(body), 97):
        path.write_bytes(body[:length])
        refusal(path)


def test_what_is_no_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mnist.npz"
    assert "No such file" in refusal(path)
    path.write_bytes(b"something else")
    assert "not a zip file" in refusal(path)
    monkeypatch.setattr(keras_archive, "_MAX_FILE_BYTES", 10)
    assert "larger than 10 bytes" in refusal(path)
