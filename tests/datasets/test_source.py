"""Sources of data: their files are their key, and what is in these their version."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitbench.datasets.source import Source, file_source, file_split_source
from digitbench.errors import DatasetError
from digitbench.types import Split


def test_file_sources_know_their_version(
    tmp_path: Path, splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")

    def make(path: Path) -> Source:
        return file_source("here", [path], lambda: splits)

    first = make(file)
    monkeypatch.chdir(tmp_path)
    assert (make(Path("file")).key, make(Path("file")).version) == (first.key, first.version)
    os.utime(file, ns=(0, 1))
    touched = make(file)
    file.write_bytes(b"three")
    os.utime(file, ns=(0, 1))
    assert len({first.version, touched.version, make(file).version}) == 3
    assert touched.key == first.key
    file.unlink()
    with pytest.raises(DatasetError, match="here cannot be read"):
        make(file)


def test_files_of_single_splits_know_their_version(
    tmp_path: Path, splits: tuple[Split, Split]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    first = file_split_source("here", [file], lambda: splits[1])
    file.write_bytes(b"another")
    second = file_split_source("here", [file], lambda: splits[1])
    assert first.key == second.key == str(file.resolve())
    assert first.version != second.version
    file.unlink()
    with pytest.raises(DatasetError, match="here cannot be read"):
        file_split_source("here", [file], lambda: splits[1])
