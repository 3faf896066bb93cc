"""The stored runs, by name: rows of the list, reports, and how far one is. All is looked up here.

What is computed of a run is kept until one of its files changes.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from digitbench.errors import DigitbenchError
from digitbench.report.runs import RunRow, row_texts, run_row
from digitbench.serve.events import progress_document
from digitbench.types import RunRecord
from digitbench.workflows.follow import RunFollower
from digitbench.workflows.kept import FoundModel, kept_models
from digitbench.workflows.messages import Messages
from digitbench.workflows.report import ReportData, write_report
from digitbench.workflows.stored import load_run, run_paths

MOST_ROWS = 50
_MOST_KEPT = 64
_MOST_REPORTS = 8

NOWHERE = ReportData(offline=True)

State = tuple[tuple[str, int, int], ...]


class Runs:
    """The runs below a directory."""

    def __init__(self, runs_dir: Path, messages: Messages, data: ReportData = NOWHERE) -> None:
        """Read nothing yet.

        Args:
            runs_dir: where runs are kept.
            messages: where warnings go.
            data: where reports look for test images and metrics.
        """
        self._runs_dir = runs_dir
        self._messages = messages
        self._data = data
        self._kept_models = _Kept(_MOST_KEPT)
        self._rows = _Kept(_MOST_KEPT)
        self._reports = _Kept(_MOST_REPORTS)

    def paths(self) -> dict[str, Path]:
        """Return the directories of all runs by name, newest first."""
        return {path.name: path for path in run_paths(self._runs_dir)}

    def listed(self) -> dict[str, Any]:
        """Return what the list of runs shows: the newest ones, and how many there are."""
        paths = self.paths()
        newest = list(paths.values())[:MOST_ROWS]
        return {
            "runs": [self.shown(path) for path in newest],
            "total": len(paths),
            "directory": str(self._runs_dir),
        }

    def shown(self, path: Path) -> dict[str, Any]:
        """Return what is shown of a run, a damaged one too.

        It has the texts of the list, how far each model is, whether there is a report, and whether
        the run goes on.
        """
        row: RunRow = self._rows.get(path, lambda: run_row(path, _loaded(path)))
        progress = None if row.record is None else _progress(path)
        texts = row_texts(row)
        if progress is not None:  # "running" may be wrong: the process may be gone
            texts["Status"] = texts["Status"].replace("running", progress["status"])
        return {
            "name": row.name,
            "texts": texts,
            "damaged": row.record is None,
            "has_report": row.comparison is not None,
            "goes_on": progress is not None and progress["status"] == "running",
            "progress": progress,
        }

    def report(self, path: Path) -> str:
        """Return the report of a run, a page.

        Raises:
            DigitbenchError: the run is damaged, or no trial of it succeeded.
        """

        def write() -> str:
            return write_report({path: load_run(path)}, "html", self._messages, self._data)

        text: str = self._reports.get(path, write)
        return text

    def kept_models(self) -> list[FoundModel]:
        """Return the newest kept model of each label, of the newest runs; smoke runs keep none."""
        newest: dict[str, FoundModel] = {}
        for path in list(self.paths().values())[:MOST_ROWS]:
            there: tuple[FoundModel, ...] = self._kept_models.get(path, partial(_kept_in, path))
            for found in there:
                newest.setdefault(found.kept.model.label, found)
        return list(newest.values())


class _Kept:
    """What was made of runs, the last ones; each is made once at a time, and anew after changes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[Path, tuple[State, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, path: Path, make: Callable[[], Any]) -> Any:
        with self._lock:
            state = _state(path)
            found = self._made.get(path)
            if found is None or found[0] != state:
                found = state, make()
                self._made[path] = found
            self._made.move_to_end(path)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
            return found[1]


def _kept_in(path: Path) -> tuple[FoundModel, ...]:
    """Return the kept models of a run."""
    record = _loaded(path)
    if isinstance(record, DigitbenchError) or record.plan.dataset.quick:
        return ()
    return kept_models(record)


def _progress(path: Path) -> dict[str, Any] | None:
    """Return how far a run is; None if it is damaged."""
    try:
        return progress_document(RunFollower(path).progress())
    except DigitbenchError:
        return None


def _loaded(path: Path) -> RunRecord | DigitbenchError:
    """Return a run, or why it cannot be read."""
    try:
        return load_run(path)
    except DigitbenchError as error:
        return error


def _state(path: Path) -> State:
    """Return what tells that a file of a run has changed."""
    try:
        stats = [(entry.name, entry.stat()) for entry in path.iterdir()]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats))
