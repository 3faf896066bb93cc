"""Decompressed arrays on disk, written once and memory-mapped read-only by every later run.

An entry is a directory `<cache_dir>/arrays/<name>-<key>/` of `.npy` files and a manifest: two files
for each part, images and labels, and two more where the images come in groups. A data set has the
parts `train` and `test`, a test set `test` alone.
The key is a hash of where the arrays come from; the manifest says which version of it they are
and what their fingerprint is. An entry is trusted only if both are right, otherwise it is made
anew; it appears and is replaced as a whole, so that any number of processes may share it.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.lib.format import open_memmap
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitbench.array_headers import ONE_AT_A_TIME
from digitbench.datasets.fingerprint import fingerprint_of
from digitbench.datasets.source import CheckedDataset, Place, Source, SplitSource
from digitbench.errors import DatasetError
from digitbench.types import Groups, Split

_FORMAT = 1  # of the entries; part of their keys
_MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 64 * 1024
_OF_DATASET = ("train", "test")
_OF_TEST_SET = ("test",)

EntryState = Literal["absent", "good", "damaged"]

_log = logging.getLogger(__name__)


class _Manifest(BaseModel):
    """The manifest of an entry.

    Attributes:
        source_version: `Source.version` of what the arrays were read from.
        fingerprint: fingerprint of the arrays.
        groups: what the groups of the images are called; None if there are none.
        stratum_names: what the strata of the groups are called, by part.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    source_version: str
    fingerprint: str
    groups: str | None = None
    stratum_names: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def load_cached(cache_dir: Path, name: str, source: Source) -> CheckedDataset:
    """Return a data set from its cache entry, which is made first where there is none.

    Args:
        cache_dir: digitbench's cache. If it cannot be written, the arrays stay in memory and a
            warning is logged.
        name: the data set's name.
        source: where to read it from if the cache does not have it.

    Returns:
        The data set; its arrays are memory-mapped read-only.

    Raises:
        DatasetError: what `source.read` raises, or there are no training or no test images.
    """
    loaded = _load(
        cache_dir,
        name,
        source,
        _OF_DATASET,
        lambda: dict(zip(_OF_DATASET, source.read(), strict=True)),
    )
    _warn_if_not_cached(loaded, cache_dir, name)
    train, test = (loaded.parts[part] for part in _OF_DATASET)
    return CheckedDataset(name, train, test, source.where, loaded.fingerprint)


def load_cached_split(cache_dir: Path, name: str, source: SplitSource) -> Split:
    """Return the images of a test set from their cache entry, which is made as for a data set.

    Raises:
        DatasetError: what `source.read` raises, or there are no images.
    """
    (split,) = load_cached_splits(cache_dir, name, [source])
    return split


def load_cached_splits(
    cache_dir: Path,
    name: str,
    sources: Sequence[SplitSource],
    making: Callable[[int, int], None] | None = None,
) -> tuple[Split, ...]:
    """Return the images of each part of a test set from an entry of its own, as for a data set.

    If the cache cannot be written, it is said once.

    Args:
        cache_dir: digitbench's cache.
        name: the test set's name.
        sources: where to read each part from if the cache does not have it.
        making: called before each part that is read, and after the last, with how many were read
            and how many the cache did not have.

    Raises:
        DatasetError: what a source's `read` raises, or it has no images.
    """
    cached = [
        _open_entry(_entry_directory(cache_dir, name, one), one, _OF_TEST_SET) for one in sources
    ]
    absent, made = cached.count(None), 0
    loaded = []
    for source, entry in zip(sources, cached, strict=True):
        if making and entry is None:
            making(made, absent)
        loaded.append(entry or _made(cache_dir, name, source, _only_part(source)))
        made += entry is None
    if making and absent:
        making(made, absent)
    not_cached = [entry for entry in loaded if entry.not_cached]
    if not_cached:
        _warn_if_not_cached(not_cached[0], cache_dir, name)
    return tuple(entry.parts["test"] for entry in loaded)


def _only_part(source: SplitSource) -> Callable[[], Mapping[str, Split]]:
    return lambda: {"test": source.read()}


def entry_state(cache_dir: Path, name: str, source: Source, expected: str) -> EntryState:
    """Tell whether the cache has a data set, and whether rightly.

    Args:
        cache_dir: digitbench's cache.
        name: the data set's name.
        source: where the data set comes from.
        expected: the fingerprint its arrays must have.

    Returns:
        `absent` also covers an entry made from an earlier version of the source.
    """
    entry = _entry_directory(cache_dir, name, source)
    manifest = _read_manifest(entry)
    if not entry.exists() or (manifest and manifest.source_version != source.version):
        return "absent"
    cached = _open_entry(entry, source, _OF_DATASET)
    return "good" if cached and cached.fingerprint == expected else "damaged"


class _Loaded(NamedTuple):
    """Arrays, from an entry or made.

    Attributes:
        parts: the images with their labels, by the name of their part.
        fingerprint: theirs.
        not_cached: why the cache does not have them; None if it has.
    """

    parts: Mapping[str, Split]
    fingerprint: str
    not_cached: OSError | None = None


def _load(
    cache_dir: Path,
    name: str,
    source: Place,
    part_names: Iterable[str],
    read: Callable[[], Mapping[str, Split]],
) -> _Loaded:
    """Return the parts, from the entry if there is a good one; otherwise they are read."""
    entry = _entry_directory(cache_dir, name, source)
    return _open_entry(entry, source, part_names) or _made(cache_dir, name, source, read)


def _made(
    cache_dir: Path, name: str, source: Place, read: Callable[[], Mapping[str, Split]]
) -> _Loaded:
    """Read the parts, and make the entry of them."""
    entry = _entry_directory(cache_dir, name, source)
    parts = read()
    for part, split in parts.items():
        if not len(split):
            kind = {"train": "training"}.get(part, part)
            raise DatasetError(f"{name} from {source.where} has no {kind} images; use other files")
    in_memory = _Loaded(parts, fingerprint_of(parts))
    try:
        _write_entry(entry, in_memory, source)
    except OSError as error:
        return in_memory._replace(not_cached=error)
    return _open_entry(entry, source, parts) or in_memory


def _warn_if_not_cached(loaded: _Loaded, cache_dir: Path, name: str) -> None:
    if error := loaded.not_cached:
        _log.warning(
            "the arrays of %s cannot be cached in %s (%s), so the next run will read them again; "
            "set DIGITBENCH_CACHE_DIR to a directory that can be written",
            name,
            cache_dir,
            error.strerror or error,
        )


def _entry_directory(cache_dir: Path, name: str, source: Place) -> Path:
    key = hashlib.sha256(f"{_FORMAT} {source.key}".encode(errors="surrogateescape")).hexdigest()
    return cache_dir / "arrays" / f"{name}-{key[:16]}"


def _read_manifest(entry: Path) -> _Manifest | None:
    try:
        with (entry / _MANIFEST).open("rb") as file:
            return _Manifest.model_validate_json(file.read(_MAX_MANIFEST_BYTES))
    except (OSError, ValidationError):
        return None


def _open_entry(entry: Path, source: Place, part_names: Iterable[str]) -> _Loaded | None:
    """Map an entry's arrays; None if it is absent, outdated or damaged."""
    manifest = _read_manifest(entry)
    if manifest is None or manifest.source_version != source.version:
        return None
    try:
        parts = {
            part: Split(
                _map_array(entry, f"{part}_images"),
                _map_array(entry, f"{part}_labels"),
                _read_groups(entry, part, manifest),
            )
            for part in part_names
        }
    except (OSError, ValueError, EOFError, DatasetError):
        return None
    found = fingerprint_of(parts)
    return _Loaded(parts, found) if found == manifest.fingerprint else None


def _map_array(entry: Path, array_name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    # open_memmap, unlike np.load, knows no other format than npy, and refuses object arrays.
    # Plain arrays over the mapping, because every slice of a np.memmap is slow to make.
    with ONE_AT_A_TIME:
        mapped = open_memmap(entry / f"{array_name}.npy", mode="r")
    return np.asarray(mapped).view(np.ndarray)


def _read_groups(entry: Path, part: str, manifest: _Manifest) -> Groups | None:
    if manifest.groups is None:
        return None
    with ONE_AT_A_TIME:
        numbers, strata = (
            np.load(entry / f"{part}_{array}.npy", allow_pickle=False)
            for array in ("groups", "strata")
        )
    return Groups(manifest.groups, numbers, strata, manifest.stratum_names.get(part, ()))


def _write_entry(entry: Path, loaded: _Loaded, source: Place) -> None:
    """Write an entry aside and move it to its name at once."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent))
    try:
        written = scratch / "new"
        written.mkdir()
        for part, split in loaded.parts.items():
            np.save(written / f"{part}_images.npy", split.images, allow_pickle=False)
            np.save(written / f"{part}_labels.npy", split.labels, allow_pickle=False)
            if split.groups is not None:
                np.save(written / f"{part}_groups.npy", split.groups.numbers, allow_pickle=False)
                np.save(written / f"{part}_strata.npy", split.groups.strata, allow_pickle=False)
        manifest = _manifest(loaded, source)
        (written / _MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        try:
            written.rename(entry)
        except OSError:  # something is there
            if _open_entry(entry, source, loaded.parts):
                return  # another process was faster
            entry.rename(scratch / "replaced")
            written.rename(entry)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _manifest(loaded: _Loaded, source: Place) -> _Manifest:
    groups = {
        part: split.groups for part, split in loaded.parts.items() if split.groups is not None
    }
    return _Manifest(
        source_version=source.version,
        fingerprint=loaded.fingerprint,
        groups=next((one.name for one in groups.values()), None),
        stratum_names={part: one.stratum_names for part, one in groups.items()},
    )
