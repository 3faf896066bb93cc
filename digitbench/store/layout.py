"""The files of a run and what their text looks like."""

import json
import os
import re
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digitbench.errors import StoreError
from digitbench.types import RunRecord, SetResult, TrialResult
from digitbench.types.plain import plain_text, short
from digitbench.types.plans import MOST_TRIALS

SCHEMA_VERSION = 5
"""Version of the layout: 1 had a file of arrays for each trial, 2 knew no groups of images, 3 no
kept models, 4 no further test sets."""
_OLDEST_VERSION = 2

MANIFEST = "manifest.json"
TRIALS = "trials.jsonl"
TEST_LABELS = "test_labels.npy"
TEST_GROUPS = "test_groups.npz"
PREDICTIONS = "predictions.bin"
PROBABILITIES = "probabilities.bin"
SET_LABELS = "test_sets.npz"
SET_RESULTS = "test_sets.jsonl"
SET_PREDICTIONS = "test_sets.bin"

_STARTED_AT = re.compile(rb'^  "started_at": "([^"]+)"', re.MULTILINE)
"""The line of the time in a manifest as `write_manifest` lays it out: no other has this indent."""


class Block(BaseModel):
    """Where the bytes of an array lie.

    Attributes:
        offset: from the start of the file.
        size: in bytes, as stored.
        crc32: checksum of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    offset: int = Field(ge=0)
    size: int = Field(ge=0)
    crc32: int = Field(ge=0)


class StoredTrial(BaseModel):
    """A line of `trials.jsonl`.

    Attributes:
        result: the trial without its arrays.
        predictions: in `predictions.bin`; uint8 `(n_test,)`; None if the trial failed.
        probabilities: in `probabilities.bin`; None if there are none. The bytes of float32
            `(n_test, 10)`, little-endian, are sorted by their place in the number (all first
            bytes, all second bytes, ...) and compressed by zlib.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    result: TrialResult
    predictions: Block | None = None
    probabilities: Block | None = None

    def line(self) -> bytes:
        """Return the line, with its end."""
        return self.model_dump_json().encode() + b"\n"


class StoredSetResult(BaseModel):
    """A line of `test_sets.jsonl`: one trial on one further test set.

    Attributes:
        model, trial: which trial; without its line in `trials.jsonl` this one counts for nothing.
        result: what came of it, without its array.
        predictions: in `test_sets.bin`; uint8, one for each image of the set that is none of the
            run's own test images; None if that failed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    model: str
    trial: int = Field(ge=1, le=MOST_TRIALS)
    result: SetResult
    predictions: Block | None = None

    def line(self) -> bytes:
        """Return the line, with its end."""
        return self.model_dump_json().encode() + b"\n"


class _Manifest(RunRecord):
    """The file `manifest.json`, as its schema describes it."""

    schema_version: int = SCHEMA_VERSION


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each text file of a run, by the file's name."""
    manifest = _Manifest.model_json_schema(mode="serialization")
    for missing in ("id", "results"):
        manifest["properties"].pop(missing, None)
        if missing in manifest.get("required", []):
            manifest["required"].remove(missing)
    return {
        MANIFEST: manifest,
        TRIALS: StoredTrial.model_json_schema(mode="serialization"),
        SET_RESULTS: StoredSetResult.model_json_schema(mode="serialization"),
    }


def read_manifest(path: Path) -> RunRecord:
    """Read a run's manifest: the run without its results.

    Raises:
        StoreError: it cannot be read, or is of a version this digitbench does not know.
    """
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_bytes(), parse_constant=refuse_constant)
        schema_version = manifest.pop("schema_version")
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        raise StoreError(f"{file} is not a manifest of digitbench") from error
    if schema_version not in range(_OLDEST_VERSION, SCHEMA_VERSION + 1):
        raise StoreError(
            f"{file} has version {short(schema_version)}; this digitbench reads versions "
            f"{_OLDEST_VERSION} to {SCHEMA_VERSION}: use the digitbench that wrote it"
        )
    try:
        return RunRecord.model_validate(manifest | {"id": path.resolve().name, "results": ()})
    except ValidationError as error:
        raise StoreError(f"{file} is damaged: {first_fault(error)}") from error


def started_at(path: Path) -> datetime | None:
    """Return when a run began, read from its manifest alone; None if that does not tell.

    Nothing else is parsed, so that thousands of runs can be ordered.
    """
    try:
        found = _STARTED_AT.search((path / MANIFEST).read_bytes())
        if found:
            moment = datetime.fromisoformat(found[1].decode())
            return moment if moment.tzinfo else None
        return read_manifest(path).started_at  # written by somebody else's hand
    except (OSError, ValueError, StoreError):
        return None


def first_fault(error: ValidationError) -> str:
    """Say in one line what is wrong with the text of a file: the place, and the first fault."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(plain_text(str(part), 50) for part in first["loc"][:5])
    reason = first["msg"].removeprefix("Value error, ")
    return plain_text(" ".join(f"{where}: {reason}".removeprefix(": ").split()), 500)


def refuse_constant(name: str) -> None:
    """Refuse `NaN` and `Infinity`, which are not JSON.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is not JSON")


def write_manifest(path: Path, record: RunRecord) -> None:
    """Replace a run's manifest.

    Raises:
        StoreError: the directory cannot be written.
    """
    content = {"schema_version": SCHEMA_VERSION} | record.model_dump(
        mode="json", exclude={"id", "results"}
    )
    text = json.dumps(content, indent=2) + "\n"
    try:
        replace_file(path / MANIFEST, lambda file: file.write(text.encode()))
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error.strerror}") from error


def replace_file(target: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place and move it there, so that it is never seen half-written.

    Whoever may read other new files of this user may read it: a temporary file is for its owner
    alone.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return what permissions new files lack; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
