"""A run on disk: append-only, versioned, and safe against a torn write.

    runs/<time>-<models>/
        manifest.json         the plan, the environment, the status; replaced as a whole
        test_labels.npy       uint8 (n_test,), so that every figure can be recomputed
        trials.jsonl          one line per finished trial, appended at once
        predictions/<row>-<model>/trial-<n>.npz
                              labels: uint8 (n_test,); probabilities: float32 (n_test, 10)

Predictions are written before the trial's line, so a line vouches for its file. A last line
without its end is what a crash leaves behind and is ignored. A run that is taken up again keeps
its directory: `reopen_run` leaves the lines of the trials that are kept, and the rest follow.
"""

import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
from pydantic import ValidationError

from digitbench import hookimpl
from digitbench.errors import StoreError, UsageError
from digitbench.types import (
    Environment,
    Labels,
    RunPlan,
    RunRecord,
    TrialResult,
    TrialSpec,
)

SCHEMA_VERSION = 1
LATEST = "latest"

_MANIFEST = "manifest.json"
_TRIALS = "trials.jsonl"
_TEST_LABELS = "test_labels.npy"
_MAX_SLUG_LENGTH = 60


class RunWriter:
    """Writes one run; a hook user like any other, only that its errors end the run.

    Attributes:
        path: the run directory.
        record: the run as it stood when the directory was made or reopened.
    """

    def __init__(self, path: Path, record: RunRecord) -> None:
        """Take over a directory that `create_run` or `reopen_run` has prepared."""
        self.path = path
        self.record = record

    @hookimpl
    def digitbench_trial_finished(self, plan: RunPlan, result: TrialResult) -> None:
        """Put the predictions, then the trial's line, on disk.

        Raises:
            StoreError: the disk is full or the directory cannot be written.
        """
        try:
            if result.predictions is not None:
                arrays: dict[str, Any] = {"labels": result.predictions}
                if result.probabilities is not None:
                    arrays["probabilities"] = result.probabilities
                target = _predictions_path(self.path, plan, result.spec)
                target.parent.mkdir(parents=True, exist_ok=True)
                _replace(target, lambda file: np.savez_compressed(file, **arrays))
            with (self.path / _TRIALS).open("ab") as file:
                file.write(_line(result))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {error.strerror}") from error

    @hookimpl
    def digitbench_run_finished(self, record: RunRecord) -> None:
        """Replace the manifest by one with the final status."""
        _write_manifest(self.path, record)


def create_run(
    root: Path,
    plan: RunPlan,
    environment: Environment,
    test_labels: Labels,
    name: str | None = None,
) -> RunWriter:
    """Make a run directory below `root`, named after the time and the models.

    Args:
        root: where runs are kept.
        plan: what is to be done.
        environment: where.
        test_labels: uint8 `(n_test,)`.
        name: what the directory is called after the time instead, so that `runs_named` finds it.

    Raises:
        StoreError: the directory cannot be made.
    """
    started_at = datetime.now(UTC)
    name = name or _slug("-".join(model.label for model in plan.models))
    try:
        root.mkdir(parents=True, exist_ok=True)
        path = _make_new_directory(root, f"{started_at:%Y%m%dT%H%M%SZ}-{name}")
        _replace(path / _TEST_LABELS, lambda file: np.save(file, test_labels, allow_pickle=False))
    except OSError as error:
        raise StoreError(f"cannot make a run directory in {root}: {error.strerror}") from error
    record = RunRecord(
        id=path.name,
        plan=plan,
        environment=environment,
        started_at=started_at,
        test_labels=test_labels,
    )
    _write_manifest(path, record)
    return RunWriter(path, record)


def reopen_run(path: Path, record: RunRecord) -> RunWriter:
    """Take up a stored run again, so that further trials can be written to it.

    The results of `record` are kept, in place of those stored: trials left out are to be done
    again, and a torn last line goes. Its plan, which may have more trials and, after the rows
    there were, more models, replaces the stored one. Both files are replaced as a whole, so that
    no crash loses a result that is kept.

    Args:
        path: the run directory.
        record: as `read_run` gives it, with what is to be kept and the plan to go on with.

    Raises:
        StoreError: the directory cannot be written.
    """
    unfinished = record.model_copy(update={"status": "running", "finished_at": None})
    lines = b"".join(map(_line, record.results))
    try:
        _replace(path / _TRIALS, lambda file: file.write(lines))
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error.strerror}") from error
    _write_manifest(path, unfinished)
    return RunWriter(path, unfinished)


def runs_named(root: Path, name: str) -> tuple[Path, ...]:
    """Return the directories of the runs that `create_run` was given a name for, newest first."""
    named = re.compile(rf"\d{{8}}T\d{{6}}Z-{re.escape(name)}(-\d+)?")
    paths = (path for path in _run_paths(root) if named.fullmatch(path.name))
    return tuple(sorted(paths, key=_age_order, reverse=True))


def find_run(root: Path, name: str) -> Path:
    """Return the directory of a run.

    Args:
        root: where runs are kept.
        name: `latest`, the name of a run below `root`, or a path to its directory.

    Raises:
        UsageError: there is no such run.
    """
    if name != LATEST:
        for path in (root / name, Path(name)):
            if (path / _MANIFEST).is_file():
                return path
        raise UsageError(f"there is no run '{name}' in {root}; its runs: {_names(root)}")
    paths = _run_paths(root)
    if not paths:
        raise UsageError(f"there are no runs in {root}; make one with `digitbench run`")
    return max(paths, key=_age_order)


def read_run(path: Path) -> RunRecord:
    """Read a run back, with its predictions, and check that they give the stored accuracies.

    Raises:
        StoreError: a file is missing, damaged, or of a version this digitbench does not know.
    """
    record = _read_manifest(path)
    test_labels: Labels = _load_array(path / _TEST_LABELS)
    results = []
    for number, line in enumerate(_complete_lines(path / _TRIALS), start=1):
        try:
            result = TrialResult.model_validate_json(line)
        except ValidationError as error:
            raise StoreError(f"{path / _TRIALS}, line {number} is damaged") from error
        results.append(_with_predictions(path, record.plan, result, test_labels))
    return record.model_copy(update={"results": tuple(results), "test_labels": test_labels})


def _with_predictions(
    path: Path, plan: RunPlan, result: TrialResult, test_labels: Labels
) -> TrialResult:
    if result.status == "failed":
        return result
    file = _predictions_path(path, plan, result.spec)
    arrays = _load_arrays(file)
    predictions = arrays.get("labels")
    if predictions is None or predictions.shape != test_labels.shape:
        raise StoreError(f"{file} does not hold one prediction per test image")
    if float(np.mean(predictions == test_labels)) != result.accuracy:
        raise StoreError(f"{file} does not give the accuracy stored for it: the run is damaged")
    return result.model_copy(
        update={"predictions": predictions, "probabilities": arrays.get("probabilities")}
    )


def _read_manifest(path: Path) -> RunRecord:
    file = path / _MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        schema_version = manifest.pop("schema_version")
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise StoreError(f"{file} is not a manifest of digitbench") from error
    if schema_version != SCHEMA_VERSION:
        raise StoreError(
            f"{file} has version {schema_version}; this digitbench reads version "
            f"{SCHEMA_VERSION}: use the digitbench that wrote it"
        )
    try:
        return RunRecord.model_validate(manifest | {"id": path.resolve().name})
    except ValidationError as error:
        raise StoreError(f"{file} is damaged: {error.errors()[0]['msg']}") from error


def _write_manifest(path: Path, record: RunRecord) -> None:
    content = {"schema_version": SCHEMA_VERSION} | record.model_dump(
        mode="json", exclude={"results"}
    )
    text = json.dumps(content, indent=2) + "\n"
    try:
        _replace(path / _MANIFEST, lambda file: file.write(text.encode()))
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error.strerror}") from error


def _line(result: TrialResult) -> bytes:
    return result.model_dump_json().encode() + b"\n"


def _complete_lines(file: Path) -> list[bytes]:
    """Return the lines that were written to their end; the file is absent before the first."""
    if not file.exists():
        return []
    return file.read_bytes().split(b"\n")[:-1]


def _load_array(file: Path) -> Any:
    try:
        return np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise StoreError(f"{file} is missing or damaged") from error


def _load_arrays(file: Path) -> dict[str, Any]:
    try:
        with np.load(file, allow_pickle=False) as archive:
            return dict(archive)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError(f"{file} is missing or damaged") from error


def _replace(target: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place and move it there, so that it is never seen half-written."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _predictions_path(path: Path, plan: RunPlan, spec: TrialSpec) -> Path:
    row = next(i for i, model in enumerate(plan.models, 1) if model.label == spec.model)
    return path / "predictions" / f"{row}-{_slug(spec.model)}" / f"trial-{spec.trial}.npz"


def _make_new_directory(root: Path, name: str) -> Path:
    for attempt in range(1, 1000):
        path = root / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise StoreError(f"too many runs named {name} in {root}")


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-.")[:_MAX_SLUG_LENGTH].rstrip("-.")


def _run_paths(root: Path) -> list[Path]:
    return [file.parent for file in root.glob(f"*/{_MANIFEST}")]


def _age_order(path: Path) -> tuple[str, int]:
    """Order runs by the second in their names, then by the clock of the file system."""
    return path.name.partition("-")[0], (path / _TEST_LABELS).stat().st_mtime_ns


def _names(root: Path) -> str:
    return ", ".join(sorted(path.name for path in _run_paths(root))) or "none"
