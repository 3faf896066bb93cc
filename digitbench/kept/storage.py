"""The directories of kept models in a run: written as a whole, read with every check.

    runs/<run>/models/<row>-<label>-trial-<number>/
        model.json      what it is, with the SHA-256 of each file
        files/          what the classifier wrote

A directory is made beside its place and moved there, so that a kept model is whole or not there.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from digitbench.errors import KeptModelError
from digitbench.kept.files import file_names, read_plain_file
from digitbench.kept.pickles import holds_pickle
from digitbench.kept.record import FORMAT_VERSION, MOST_BYTES, KeptFile, KeptModel
from digitbench.store.directories import slug
from digitbench.store.layout import first_fault, refuse_constant
from digitbench.types import RunPlan
from digitbench.types.plain import short

MODELS = "models"
RECORD = "model.json"
FILES = "files"
_UNFINISHED = ".unfinished-"
_MOST_RECORD_BYTES = 1_000_000


def place(run: Path, plan: RunPlan, label: str, trial: int) -> Path:
    """Return the directory in a run that is for the kept model of a trial."""
    row = [model.label for model in plan.models].index(label) + 1
    name = "-".join(filter(None, (str(row), slug(label), f"trial-{trial}")))
    return run / MODELS / name


def write(directory: Path, kept: KeptModel, files: Mapping[str, bytes]) -> None:
    """Put a kept model on disk, in place of the one that may be there.

    Args:
        directory: its place.
        kept: what it is; its `files` are those of `listed`.
        files: what the classifier wrote, by name.

    Raises:
        OSError: it cannot be written.
    """
    new = directory.parent / f"{_UNFINISHED}{secrets.token_hex(8)}"
    new.parent.mkdir(exist_ok=True)  # the run's directory is not made again if it was deleted
    try:
        (new / FILES).mkdir(parents=True)
        for name, content in files.items():
            _write_synced(new / FILES / name, content)
        _write_synced(new / RECORD, _text(kept).encode())
        _sync(new / FILES, new)
        old = directory.parent / f"{_UNFINISHED}{secrets.token_hex(8)}"
        if directory.exists():
            directory.rename(old)
        new.rename(directory)
        _sync(directory.parent)
    finally:
        remove_unfinished(directory.parent)


def listed(files: Mapping[str, bytes]) -> tuple[KeptFile, ...]:
    """Return what a kept model says of its files."""
    return tuple(KeptFile(name=n, size=len(c), sha256=sha256(c)) for n, c in files.items())


def remove_unfinished(models: Path) -> None:
    """Remove what a crash has left of kept models that were being written.

    Args:
        models: the directory of a run's kept models; no other process may write to it.
    """
    for left in models.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def is_kept_model(directory: Path) -> bool:
    """Tell whether a directory is that of a kept model, which may be damaged."""
    return os.path.lexists(directory / RECORD)


def read_record(directory: Path) -> KeptModel:
    """Return what a kept model says of itself; its files are not looked at.

    Raises:
        KeptModelError: there is none, it is damaged, or of a version this digitbench does not know.
    """
    if directory.is_symlink():
        raise KeptModelError(f"{directory} is a link, not a kept model: name where it leads to")
    file = directory / RECORD
    content = read_plain_file(file, _MOST_RECORD_BYTES)
    try:
        found = json.loads(content, parse_constant=refuse_constant)
        version = found.pop("format_version")
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise KeptModelError(f"{file} is not of a kept model of digitbench") from error
    if version != FORMAT_VERSION:
        raise KeptModelError(
            f"{file} has version {short(version)}; this digitbench reads version "
            f"{FORMAT_VERSION}: use the digitbench that wrote it"
        )
    try:
        kept = KeptModel.model_validate(found)
    except ValidationError as error:
        raise KeptModelError(f"{file} is damaged: {first_fault(error)}") from error
    names = [one.name for one in kept.files]
    if len(set(names)) < len(names) or kept.size_bytes > MOST_BYTES:
        raise KeptModelError(f"{file} is damaged: it lists too much")
    return kept


def read_files(directory: Path, kept: KeptModel) -> dict[str, bytes]:
    """Return the files of a kept model, by name, each with the very bytes that were written.

    Raises:
        KeptModelError: a file is missing, changed, a link, a pickle, or not of this model.
    """
    files = directory / FILES
    if files.is_symlink():
        raise KeptModelError(f"{files} is a link, not a directory")
    there = file_names(files)
    if strange := sorted(set(there) ^ {one.name for one in kept.files}):
        how = "is not listed" if strange[0] in there else "is missing"
        raise KeptModelError(f"{files / strange[0]} {how}: the kept model is damaged")
    found = {}
    for one in kept.files:
        content = read_plain_file(files / one.name, MOST_BYTES)
        if len(content) != one.size or sha256(content) != one.sha256:
            raise KeptModelError(f"{files / one.name} is damaged: it is not what was kept")
        if holds_pickle(one.name, content):
            raise KeptModelError(
                f"{files / one.name} is a pickle, which could run any code: it is not read"
            )
        found[one.name] = content
    return found


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _text(kept: KeptModel) -> str:
    content = {"format_version": FORMAT_VERSION} | kept.model_dump(mode="json")
    return json.dumps(content, indent=2) + "\n"


def _write_synced(file: Path, content: bytes) -> None:
    with file.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(*directories: Path) -> None:
    """Put the names in directories on disk, where the system lets a directory be opened."""
    if os.name == "nt":
        return
    for directory in directories:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
