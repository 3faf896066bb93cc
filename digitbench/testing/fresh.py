"""Runs a model in a fresh process, in an empty directory, and tells what was seen."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue, TypeAdapter

from digitbench.runner.engines.supervision import reason_of_end
from digitbench.testing.effort import Effort
from digitbench.testing.origin import Origin, find_origin
from digitbench.testing.results import CheckSkipped
from digitbench.types import Dataset, Images, ModelOptions, ModelSpec

TIMEOUT_SECONDS = 300
KEPT = "kept"
"""The directory, in that of the order, with what a classifier has saved."""

Action = Literal["try", "predict", "kept"]


@dataclass(frozen=True)
class Order:
    """What the fresh process is to do.

    Attributes:
        action: `try` the model, or `predict` with a pickled classifier, or with what was `kept`.
        origin: where its plugin comes from.
        model: the model's name.
        options: its options.
        seed: of the classifier.
        temporary: directories that it may write to.
    """

    action: Action
    origin: Origin
    model: str
    options: dict[str, JsonValue]
    seed: int
    temporary: tuple[str, ...]


@dataclass(frozen=True)
class FreshTrial:
    """What was seen of a model in a fresh process.

    Attributes:
        heavy_imports: frameworks that were imported with the plugin, before `build`.
        error: why the process could not do it, in one line; None if it could.
        written: files that were written, or appeared, where none should.
        effort: of fits and predictions with one thread; None if the process did not come so far.
    """

    heavy_imports: tuple[str, ...] = ()
    error: str | None = None
    written: tuple[str, ...] = ()
    effort: Effort | None = None


@dataclass(frozen=True)
class Workplace:
    """The directories of a fresh process, in one that is removed afterwards.

    Attributes:
        folder: where orders and answers lie.
        current: its current directory.
        home: its user's home.
        temporary: for temporary files, and the caches of frameworks.
    """

    folder: Path
    current: Path
    home: Path
    temporary: Path

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Workplace]:
        """Make the directories for a while."""
        with tempfile.TemporaryDirectory(
            prefix="digitbench-check-", ignore_cleanup_errors=True
        ) as name:
            folder = Path(name).resolve()
            place = cls(folder, folder / "current", folder / "home", folder / "temporary")
            for directory in (place.current, place.home, place.temporary):
                directory.mkdir()
            yield place

    def environment(self) -> dict[str, str]:
        """Return the environment of the process: as ours, but at home here."""
        caches = {
            name: str(self.temporary / name.lower())
            for name in ("XDG_CACHE_HOME", "KERAS_HOME", "MPLCONFIGDIR", "DIGITBENCH_CACHE_DIR")
        }
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.temporary))
        home = dict.fromkeys(("HOME", "USERPROFILE"), str(self.home))
        path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
        return {**os.environ, **home, **temporary, **caches, "PYTHONPATH": path}

    def appeared(self) -> list[str]:
        """List what lies in the current directory and at home."""
        return [
            f"{words}/{path.relative_to(directory)}"
            for words, directory in (("(current directory)", self.current), ("~", self.home))
            for path in sorted(directory.rglob("*"))
        ]


def try_in_fresh_process(
    spec: ModelSpec, options: ModelOptions, seed: int, data: Dataset
) -> FreshTrial:
    """Load a model's plugin in a fresh process, fit it there with one thread, and predict.

    Raises:
        CheckSkipped: the process cannot find the model.
    """
    with Workplace.made() as place:
        np.savez(
            place.folder / "data.npz",
            train_images=data.train.images,
            train_labels=data.train.labels,
            test_images=data.test.images,
        )
        error = _run(place, _order("try", place, spec, options, seed))
        answer = place.folder / "answer.json"
        seen = FreshTrial(error="it ended before the plugin was loaded")
        if answer.exists():
            seen = TypeAdapter(FreshTrial).validate_json(answer.read_bytes())
        written = (*seen.written, *place.appeared())
        return FreshTrial(seen.heavy_imports, error or seen.error, written, seen.effort)


def predict_in_fresh_process(
    pickled: bytes, spec: ModelSpec, options: ModelOptions, seed: int, images: Images
) -> NDArray[np.generic] | str:
    """Return what a pickled classifier predicts in a fresh process, or why it cannot.

    Raises:
        CheckSkipped: the process cannot find the model.
    """
    with Workplace.made() as place:
        (place.folder / "classifier.pickle").write_bytes(pickled)
        np.savez(place.folder / "data.npz", test_images=images)
        error = _run(place, _order("predict", place, spec, options, seed))
        if error is not None:
            return error
        predictions: NDArray[np.generic] = np.load(place.folder / "predictions.npy")
        return predictions


def predict_kept_in_fresh_process(
    files: Mapping[str, bytes], spec: ModelSpec, options: ModelOptions, seed: int, images: Images
) -> dict[str, NDArray[np.generic]] | str:
    """Return what a kept classifier predicts in a fresh process, or why it cannot.

    Args:
        files: what it saved, by name.
        spec: the model.
        options: its options.
        seed: of the classifier.
        images: uint8 `(n, 28, 28)`.

    Returns:
        `predictions`, and `probabilities` if it gives them; or a reason in one line, such as that
        the process has changed what was saved.

    Raises:
        CheckSkipped: the process cannot find the model.
    """
    with Workplace.made() as place:
        kept = place.folder / KEPT
        kept.mkdir()
        for name, content in files.items():
            (kept / name).write_bytes(content)
        np.savez(place.folder / "data.npz", test_images=images)
        error = _run(place, _order("kept", place, spec, options, seed))
        if error is not None:
            return error
        if {file.name: file.read_bytes() for file in kept.iterdir()} != files:
            return "it has changed the directory that it was loaded from"
        with np.load(place.folder / "predictions.npz") as found:
            return dict(found)


def _order(
    action: Action,
    place: Workplace,
    spec: ModelSpec,
    options: ModelOptions,
    seed: int,
) -> Order:
    origin = find_origin(spec)
    if origin is None:
        raise CheckSkipped(
            "another process cannot find the model: no module around its `build` has the hook "
            "digitbench_models"
        )
    return Order(
        action=action,
        origin=origin,
        model=spec.name,
        options=options.model_dump(mode="json"),
        seed=seed,
        temporary=(tempfile.gettempdir(), str(place.folder)),
    )


def _run(place: Workplace, order: Order) -> str | None:
    """Run the process; return why it failed, in one line, or None."""
    (place.folder / "order.json").write_bytes(TypeAdapter(Order).dump_json(order))
    line = [sys.executable, "-B", "-m", "digitbench.testing.probe", str(place.folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            line,
            cwd=place.current,
            env=place.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {TIMEOUT_SECONDS} seconds"
    if done.returncode == 0:
        return None
    if done.returncode < 0 or not done.stderr.strip():
        return reason_of_end(done.returncode)
    return done.stderr.strip().splitlines()[-1].strip()
