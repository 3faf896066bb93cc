from __future__ import annotations

import json
import logging
import mmap
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.cache import (
    entry_state,
    load_cached,
    load_cached_split,
    load_cached_splits,
)
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.source import (
    CheckedDataset,
    Source,
    SplitSource,
)
from digitbench.errors import DatasetError
from digitbench.types import Groups, Split

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")


class CountingReader:
    """A source's `read` that counts how often it is called."""

    def __init__(self, splits: tuple[Split, Split]) -> None:
        self.splits = splits
        self.calls = 0

    def __call__(self) -> tuple[Split, Split]:
        self.calls += 1
        return self.splits


@pytest.fixture
def reader(splits: tuple[Split, Split]) -> CountingReader:
    return CountingReader(splits)


@pytest.fixture
def source(reader: CountingReader) -> Source:
    return Source(where="somewhere", key="key", version="1", read=reader)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def only_entry(cache: Path) -> Path:
    (entry,) = (cache / "arrays").iterdir()
    return entry


def is_mapped(array: np.ndarray) -> bool:
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


def assert_same(dataset: CheckedDataset, splits: tuple[Split, Split]) -> None:
    for found, expected in ((dataset.train, splits[0]), (dataset.test, splits[1])):
        np.testing.assert_array_equal(found.images, expected.images)
        np.testing.assert_array_equal(found.labels, expected.labels)
    assert dataset.fingerprint == fingerprint(*splits)


def test_the_source_is_read_once(cache: Path, source: Source, reader: CountingReader) -> None:
    first = load_cached(cache, "tiny", source)
    second = load_cached(cache, "tiny", source)
    assert reader.calls == 1
    for dataset in (first, second):
        assert_same(dataset, reader.splits)
        assert (dataset.name, dataset.source) == ("tiny", "somewhere")


def test_arrays_are_mapped_read_only(cache: Path, source: Source) -> None:
    for _ in range(2):
        dataset = load_cached(cache, "tiny", source)
        for array in (dataset.train.images, dataset.train.labels, dataset.test.images):
            assert is_mapped(array)
            assert type(array) is np.ndarray
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True


def test_nothing_but_the_entry_is_left(cache: Path, source: Source) -> None:
    load_cached(cache, "tiny", source)
    entry = only_entry(cache)
    assert entry.name.startswith("tiny-")
    assert sorted(path.name for path in entry.iterdir()) == sorted(
        ["manifest.json", *(f"{array}.npy" for array in ARRAYS)]
    )


def test_another_version_of_the_source_replaces_the_entry(
    cache: Path, source: Source, make_split: Callable[[int, int], Split]
) -> None:
    load_cached(cache, "tiny", source)
    changed = CountingReader((make_split(11, 5), make_split(10, 6)))
    assert_same(
        load_cached(cache, "tiny", replace(source, version="2", read=changed)), changed.splits
    )
    only_entry(cache)
    load_cached(cache, "tiny", replace(source, version="2", read=changed))
    assert changed.calls == 1


def test_other_names_and_keys_have_other_entries(cache: Path, source: Source) -> None:
    load_cached(cache, "tiny", source)
    load_cached(cache, "other", source)
    load_cached(cache, "tiny", replace(source, key="another"))
    assert len(list((cache / "arrays").iterdir())) == 3


def drop_last_byte(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip_last_byte(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[-1] ^= 1
    file.write_bytes(body)


def make_empty(file: Path) -> None:
    file.write_bytes(b"")


def make_text(file: Path) -> None:
    file.write_text("not an array")


def make_float(file: Path) -> None:
    np.save(file, np.zeros((30, 28, 28)))


def make_pickle(file: Path) -> None:
    np.save(file, np.array([None]), allow_pickle=True)


@pytest.mark.parametrize(
    "damage",
    [drop_last_byte, flip_last_byte, make_empty, make_text, make_float, make_pickle, Path.unlink],
)
@pytest.mark.parametrize("array", ARRAYS)
def test_a_damaged_array_is_made_anew(
    cache: Path,
    source: Source,
    reader: CountingReader,
    array: str,
    damage: Callable[[Path], None],
) -> None:
    load_cached(cache, "tiny", source)
    expected = fingerprint(*reader.splits)
    assert entry_state(cache, "tiny", source, expected) == "good"
    damage(only_entry(cache) / f"{array}.npy")
    assert entry_state(cache, "tiny", source, expected) == "damaged"
    assert_same(load_cached(cache, "tiny", source), reader.splits)
    assert reader.calls == 2
    assert entry_state(cache, "tiny", source, expected) == "good"
    only_entry(cache)


@pytest.mark.parametrize(
    "manifest", ["", "{", "[]", "{}", '{"source_version": "1"}', '{"source_version": 1}', "\0" * 9]
)
def test_a_damaged_manifest_is_made_anew(
    cache: Path, source: Source, reader: CountingReader, manifest: str
) -> None:
    load_cached(cache, "tiny", source)
    (only_entry(cache) / "manifest.json").write_text(manifest)
    assert entry_state(cache, "tiny", source, "any") == "damaged"
    load_cached(cache, "tiny", source)
    assert reader.calls == 2
    load_cached(cache, "tiny", source)
    assert reader.calls == 2


def test_a_forged_fingerprint_is_not_believed(
    cache: Path, source: Source, reader: CountingReader
) -> None:
    load_cached(cache, "tiny", source)
    manifest = only_entry(cache) / "manifest.json"
    forged = json.loads(manifest.read_text()) | {"fingerprint": "0" * 64}
    manifest.write_text(json.dumps(forged))
    assert_same(load_cached(cache, "tiny", source), reader.splits)
    assert reader.calls == 2


def test_a_file_in_the_place_of_an_entry_is_replaced(cache: Path, source: Source) -> None:
    load_cached(cache, "tiny", source)
    entry = only_entry(cache)
    shutil.rmtree(entry)
    entry.write_text("in the way")
    assert is_mapped(load_cached(cache, "tiny", source).train.images)


def test_states_of_entries(cache: Path, source: Source) -> None:
    assert entry_state(cache, "tiny", source, "any") == "absent"
    found = load_cached(cache, "tiny", source).fingerprint
    assert entry_state(cache, "tiny", source, found) == "good"
    assert entry_state(cache, "tiny", source, "another") == "damaged"
    assert entry_state(cache, "tiny", replace(source, version="2"), found) == "absent"


def test_a_cache_that_cannot_be_written_only_warns(
    tmp_path: Path, source: Source, reader: CountingReader, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING, logger="digitbench"):
        dataset = load_cached(tmp_path / "file" / "cache", "tiny", source)
    assert_same(dataset, reader.splits)
    assert not dataset.train.images.flags.writeable
    (record,) = caplog.records
    assert "cannot be cached" in record.getMessage()
    assert "DIGITBENCH_CACHE_DIR" in record.getMessage()


def test_a_full_disk_leaves_nothing_behind(
    cache: Path, source: Source, reader: CountingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", refuse)
    assert_same(load_cached(cache, "tiny", source), reader.splits)
    assert list((cache / "arrays").iterdir()) == []


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0)])
def test_empty_splits_are_refused_and_not_cached(
    cache: Path, source: Source, make_split: Callable[[int, int], Split], sizes: tuple[int, int]
) -> None:
    empty = CountingReader((make_split(sizes[0], 0), make_split(sizes[1], 0)))
    with pytest.raises(DatasetError, match="tiny from somewhere has no"):
        load_cached(cache, "tiny", replace(source, read=empty))
    assert not cache.exists()


def test_errors_of_the_source_come_through(cache: Path, source: Source) -> None:
    def fail() -> tuple[Split, Split]:
        raise DatasetError("bad file")

    with pytest.raises(DatasetError, match="bad file"):
        load_cached(cache, "tiny", replace(source, read=fail))
    assert not cache.exists()


@pytest.mark.parametrize("damaged_before", [False, True])
def test_many_threads_share_one_entry(
    cache: Path, source: Source, reader: CountingReader, damaged_before: bool
) -> None:
    if damaged_before:
        load_cached(cache, "tiny", source)
        flip_last_byte(only_entry(cache) / "test_images.npy")
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_cached(cache, "tiny", source), range(24)))
    for dataset in loaded:
        assert_same(dataset, reader.splits)
    only_entry(cache)


PROCESS = """
import sys
from pathlib import Path
from digitbench.datasets.loaders import IdxLoader
from digitbench.types import DataContext

context = DataContext(cache_dir=Path(sys.argv[1]), data_dir=Path(sys.argv[2]))
print(IdxLoader("idx")(context).fingerprint)
"""


def test_processes_share_one_entry(
    tmp_path: Path, cache: Path, splits: tuple[Split, Split], write_files: Callable[..., Path]
) -> None:
    directory = write_files(tmp_path / "files")
    command = [sys.executable, "-c", PROCESS, str(cache), str(directory)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert printed == [fingerprint(*splits)] * 2
    only_entry(cache)


def in_strata(split: Split) -> Split:
    numbers = (np.arange(len(split)) % 5).astype(np.int32)
    return replace(split, groups=Groups("writer", numbers, numbers % 2, ("hsf 0", "hsf 4")))


def test_groups_keep_their_strata(cache: Path, source: Source, reader: CountingReader) -> None:
    train, test = map(in_strata, reader.splits)
    reader.splits = train, test
    for _ in range(2):
        found = load_cached(cache, "tiny", source)
        for split, expected in ((found.train, train), (found.test, test)):
            assert split.groups is not None
            assert expected.groups is not None
            assert split.groups.numbers.tolist() == expected.groups.numbers.tolist()
            assert split.groups.strata.tolist() == expected.groups.strata.tolist()
            assert split.groups.stratum_names == ("hsf 0", "hsf 4")
    assert reader.calls == 1


def test_an_entry_of_groups_without_strata_is_made_anew(
    cache: Path, source: Source, reader: CountingReader
) -> None:
    reader.splits = (in_strata(reader.splits[0]), in_strata(reader.splits[1]))
    load_cached(cache, "tiny", source)
    (only_entry(cache) / "test_strata.npy").unlink()
    load_cached(cache, "tiny", source)
    assert reader.calls == 2
    assert (only_entry(cache) / "test_strata.npy").exists()


def test_images_that_are_no_whole_data_set_are_kept(
    cache: Path, splits: tuple[Split, Split]
) -> None:
    calls = []

    def read() -> Split:
        calls.append(1)
        return in_strata(splits[1])

    source = SplitSource("somewhere", "key", "1", read)
    for _ in range(2):
        found = load_cached_split(cache, "tiny", source)
        np.testing.assert_array_equal(found.images, splits[1].images)
        assert is_mapped(found.images)
        assert found.groups is not None
        assert found.groups.stratum_names == ("hsf 0", "hsf 4")
    assert len(calls) == 1
    spoilt = only_entry(cache) / "test_images.npy"
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"?")
    np.testing.assert_array_equal(load_cached_split(cache, "tiny", source).images, splits[1].images)
    assert len(calls) == 2
    with pytest.raises(DatasetError, match="has no test images"):
        load_cached_split(cache, "x", replace(source, read=lambda: splits[1].part(slice(0))))


def test_only_parts_that_the_cache_lacks_are_told_of(
    cache: Path, splits: tuple[Split, Split]
) -> None:
    sources = [
        SplitSource("somewhere", key=key, version="1", read=lambda: splits[1]) for key in "abc"
    ]
    load_cached_split(cache, "tiny", sources[1])
    told: list[tuple[int, int]] = []
    for _ in range(2):
        load_cached_splits(cache, "tiny", sources, lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]
