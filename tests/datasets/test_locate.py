from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.datasets.locate import (
    find_idx_files,
    has_any_idx_file,
    is_file,
    missing_files,
    named_directory,
    other_places,
    own_directory,
    require_idx_files,
)
from digitbench.datasets.published import FASHION_MNIST, KMNIST, MNIST
from digitbench.errors import DatasetUnavailableError

WriteFiles = Callable[..., Path]


def touch(directory: Path, *names: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).touch()


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_the_usual_names_are_found(tmp_path: Path, suffix: str, separator: str, test: str) -> None:
    names = [
        f"{part}-{kind}{separator}idx{dimensions}-ubyte{suffix}"
        for part in ("train", test)
        for kind, dimensions in (("images", 3), ("labels", 1))
    ]
    touch(tmp_path, *names)
    files = find_idx_files(tmp_path)
    assert files is not None
    assert files.directory == tmp_path
    assert [path.name for path in files.paths] == names


def test_gzipped_files_come_first(tmp_path: Path, write_files: WriteFiles) -> None:
    write_files(tmp_path, gzipped=False)
    write_files(tmp_path, gzipped=True)
    files = find_idx_files(tmp_path)
    assert files is not None
    assert {path.suffix for path in files.paths} == {".gz"}


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert len(missing_files(tmp_path / "absent")) == 4
    assert not has_any_idx_file(tmp_path)
    touch(tmp_path, "train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte")
    (tmp_path / "t10k-images-idx3-ubyte").mkdir()  # a directory of that name is no file
    assert find_idx_files(tmp_path) is None
    assert has_any_idx_file(tmp_path)
    assert missing_files(tmp_path) == ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
    with pytest.raises(DatasetUnavailableError, match=r"lacks t10k-images-idx3-ubyte, t10k-labels"):
        require_idx_files(tmp_path)


def test_the_first_directory_with_any_of_the_files_is_meant(tmp_path: Path) -> None:
    subdirectories = ("mnist", "MNIST/raw")
    assert named_directory(tmp_path, subdirectories) == tmp_path
    touch(tmp_path / "MNIST" / "raw", "train-images-idx3-ubyte")
    assert named_directory(tmp_path, subdirectories) == tmp_path / "MNIST" / "raw"
    touch(tmp_path / "mnist", "t10k-labels-idx1-ubyte.gz")
    assert named_directory(tmp_path, subdirectories) == tmp_path / "mnist"


def test_a_named_directory_must_exist(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(DatasetUnavailableError, match="is no directory that can be read"):
            named_directory(path)


def test_paths_that_cannot_be_looked_at_count_as_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    monkeypatch.setattr(Path, "is_dir", refuse)
    assert not is_file(tmp_path)
    with pytest.raises(DatasetUnavailableError, match="is no directory that can be read"):
        named_directory(tmp_path)


def test_places_of_other_tools(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [place.path for place in other_places(MNIST)] == [
        home / ".keras" / "datasets" / "mnist.npz",
        Path("data/MNIST/raw"),
        Path("../data/MNIST/raw"),
        home / "data/MNIST/raw",
    ]
    assert home / ".keras/datasets/fashion-mnist" in [
        place.path for place in other_places(FASHION_MNIST)
    ]
    monkeypatch.setenv("KERAS_HOME", "/elsewhere")
    assert next(other_places(MNIST)).path == Path("/elsewhere/datasets/mnist.npz")
    assert Path("data/KMNIST/raw") in [place.path for place in other_places(KMNIST)]


def test_a_user_without_a_home_has_fewer_places(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert [place.path for place in other_places(MNIST)] == [
        Path("data/MNIST/raw"),
        Path("../data/MNIST/raw"),
    ]


def test_own_files_lie_in_the_cache_by_name(tmp_path: Path) -> None:
    assert own_directory(KMNIST, tmp_path) == tmp_path / "files" / "kmnist"
