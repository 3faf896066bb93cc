"""Stored runs: one by name, the newest ones, and the names of models in one."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DigitbenchError, UsageError
from digitbench.store import LATEST, find_run, read_manifest, read_results, read_run, run_paths
from digitbench.types import RunRecord

__all__ = [
    "find_run",
    "find_runs",
    "labels",
    "load_run",
    "newest_runs",
    "probabilities_of",
    "run_and_model",
    "run_paths",
]


def load_run(name: str | Path = LATEST, runs_dir: Path = Path("runs")) -> RunRecord:
    """Return a stored run, with its predictions.

    Args:
        name: its name or directory, or `latest`.
        runs_dir: where runs are kept.

    Raises:
        UsageError: there is no such run.
        StoreError: it is damaged.
    """
    return read_run(find_run(runs_dir, str(name)))


def find_runs(runs_dir: Path, names: Sequence[str]) -> list[Path]:
    """Return the directories of runs, each of which is named once.

    Raises:
        UsageError: there is no such run, or one is named twice.
    """
    paths = [find_run(runs_dir, name) for name in names]
    for place, path in enumerate(paths):
        for name, earlier in zip(names, paths[:place], strict=False):
            if path.samefile(earlier):
                raise UsageError(f"{name} and {names[place]} are the same run: name it once")
    return paths


def newest_runs(runs_dir: Path, most: int) -> Iterator[tuple[Path, RunRecord | DigitbenchError]]:
    """Yield the newest runs, or why one cannot be read, with their directories.

    They come without the predictions of further test sets.
    """
    for path in islice(run_paths(runs_dir), most):
        try:
            yield path, read_run(path, set_predictions=False)
        except DigitbenchError as error:
            yield path, error


def probabilities_of(run: Path, label: str) -> NDArray[np.float32]:
    """Return the probabilities of a model's trials, by number, float32 `(n_trials, n_test, 10)`.

    Raises:
        UsageError: it gives none.
        StoreError: the run is damaged.
    """
    by_trial = {
        result.spec.trial: result.probabilities
        for result in read_results(run)
        if result.spec.model == label and result.probabilities is not None
    }
    if not by_trial:
        raise UsageError(f"{label} gives no probabilities")
    return np.stack([by_trial[trial] for trial in sorted(by_trial)])


def labels(run: Path) -> list[tuple[str, str]]:
    """Return the name and the label of each model of a run, of which the manifest alone is read.

    Raises:
        StoreError: it is damaged.
    """
    return [(model.name, model.label) for model in read_manifest(run).plan.models]


def run_and_model(text: str, runs_dir: Path) -> tuple[Path | None, str | None]:
    """Return the run and the model that a text names: a run, `RUN:MODEL`, or else a model.

    Either may be None. A model's name may have colons, and so may the path of a run.
    """
    if path := _run_path(text, runs_dir):
        return path, None
    for place, character in enumerate(text):
        if character == ":" and (path := _run_path(text[:place], runs_dir)):
            return path, text[place + 1 :]
    return None, text


def _run_path(text: str, runs_dir: Path) -> Path | None:
    """Return the directory of a run; None if no run is called that."""
    with suppress(UsageError, OSError):  # a label may be longer than a file's name can be
        return find_run(runs_dir, text) if text else None
    return None
