"""Decompressed arrays on disk, written once and memory-mapped read-only by every later run.

An entry is a directory `<cache_dir>/arrays/<name>-<key>/` of four `.npy` files, two more where the
images come in groups, and a manifest.
The key is a hash of where the arrays come from; the manifest says which version of it they are
and what their fingerprint is. An entry is trusted only if both are right, otherwise it is made
anew; it appears and is replaced as a whole, so that any number of processes may share it.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.lib.format import open_memmap
from pydantic import BaseModel, ConfigDict, ValidationError

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.source import CheckedDataset, Source
from digitbench.errors import DatasetError
from digitbench.types import Groups, Split

_FORMAT = 1  # of the entries; part of their keys
_MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 64 * 1024

EntryState = Literal["absent", "good", "damaged"]

_log = logging.getLogger(__name__)


class _Manifest(BaseModel):
    """The manifest of an entry.

    Attributes:
        source_version: `Source.version` of what the arrays were read from.
        fingerprint: fingerprint of the arrays.
        groups: what the groups of the images are called, without strata; None if there are none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source_version: str
    fingerprint: str
    groups: str | None = None


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
    entry = _entry_directory(cache_dir, name, source)
    if cached := _open_entry(entry, name, source):
        return cached
    train, test = source.read()
    for part, split in (("training", train), ("test", test)):
        if not len(split):
            raise DatasetError(f"{name} from {source.where} has no {part} images; use other files")
    in_memory = CheckedDataset(name, train, test, source.where, fingerprint(train, test))
    try:
        _write_entry(entry, in_memory, source)
    except OSError as error:
        _log.warning(
            "the arrays of %s cannot be cached in %s (%s), so the next run will read them again; "
            "set DIGITBENCH_CACHE_DIR to a directory that can be written",
            name,
            cache_dir,
            error.strerror or error,
        )
        return in_memory
    return _open_entry(entry, name, source) or in_memory


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
    cached = _open_entry(entry, name, source)
    return "good" if cached and cached.fingerprint == expected else "damaged"


def _entry_directory(cache_dir: Path, name: str, source: Source) -> Path:
    key = hashlib.sha256(f"{_FORMAT} {source.key}".encode(errors="surrogateescape")).hexdigest()
    return cache_dir / "arrays" / f"{name}-{key[:16]}"


def _read_manifest(entry: Path) -> _Manifest | None:
    try:
        with (entry / _MANIFEST).open("rb") as file:
            return _Manifest.model_validate_json(file.read(_MAX_MANIFEST_BYTES))
    except (OSError, ValidationError):
        return None


def _open_entry(entry: Path, name: str, source: Source) -> CheckedDataset | None:
    """Map an entry's arrays; None if it is absent, outdated or damaged."""
    manifest = _read_manifest(entry)
    if manifest is None or manifest.source_version != source.version:
        return None
    try:
        train, test = (
            Split(
                _map_array(entry, f"{part}_images"),
                _map_array(entry, f"{part}_labels"),
                _read_groups(entry, part, manifest.groups),
            )
            for part in ("train", "test")
        )
    except (OSError, ValueError, EOFError, DatasetError):
        return None
    found = fingerprint(train, test)
    if found != manifest.fingerprint:
        return None
    return CheckedDataset(name, train, test, source.where, found)


def _map_array(entry: Path, array_name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    # open_memmap, unlike np.load, knows no other format than npy, and refuses object arrays.
    # Plain arrays over the mapping, because every slice of a np.memmap is slow to make.
    return np.asarray(open_memmap(entry / f"{array_name}.npy", mode="r")).view(np.ndarray)


def _read_groups(entry: Path, part: str, name: str | None) -> Groups | None:
    if name is None:
        return None
    numbers = np.load(entry / f"{part}_groups.npy", allow_pickle=False)
    return Groups(name, numbers, np.zeros_like(numbers))


def _write_entry(entry: Path, dataset: CheckedDataset, source: Source) -> None:
    """Write an entry aside and move it to its name at once."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent))
    try:
        written = scratch / "new"
        written.mkdir()
        for part, split in (("train", dataset.train), ("test", dataset.test)):
            np.save(written / f"{part}_images.npy", split.images, allow_pickle=False)
            np.save(written / f"{part}_labels.npy", split.labels, allow_pickle=False)
            if split.groups is not None:
                np.save(written / f"{part}_groups.npy", split.groups.numbers, allow_pickle=False)
        groups = dataset.train.groups
        manifest = _Manifest(
            source_version=source.version,
            fingerprint=dataset.fingerprint,
            groups=None if groups is None else groups.name,
        )
        (written / _MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        try:
            written.rename(entry)
        except OSError:  # something is there
            if _open_entry(entry, dataset.name, source):
                return  # another process was faster
            entry.rename(scratch / "replaced")
            written.rename(entry)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
