"""The directories that digitbench writes to, the data sets on this machine, and stored runs."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from digitbench.datasets.cache import entry_state
from digitbench.datasets.load import default_cache_dir
from digitbench.datasets.status import dataset_status, sources_of
from digitbench.errors import DigitbenchError, StoreError, UsageError, one_line
from digitbench.given import home
from digitbench.report import formatting
from digitbench.report.diagnosis import Finding, Level
from digitbench.store import read_run, run_paths
from digitbench.types import DataContext, DatasetSpec

MOST_RUNS = 100
_MOST_NAMES = 3
_FEW_DISK_BYTES = 1 << 30
_NO_DISK_BYTES = 50 << 20
_OTHER_PLACE = {
    "cache": "name another place in DIGITBENCH_CACHE_DIR",
    "runs": "name another place with --runs-dir or DIGITBENCH_RUNS_DIR",
    "temporary files": "name another place in TMPDIR",
}


def of_directories(runs_dir: Path) -> Iterator[Finding]:
    """Tell whether what digitbench writes to can be written, and how much space it has."""
    yield _of_place("cache", default_cache_dir)
    yield _of_place("runs", lambda: runs_dir)
    yield _of_place("temporary files", lambda: Path(tempfile.gettempdir()))
    directory = home()
    if directory is None or not directory.is_dir() or not os.access(directory, os.W_OK):
        text = "this user has no home directory: what is kept there else may be lost or slow"
        advice = "set HOME to a directory that can be written, or DIGITBENCH_CACHE_DIR alone"
        yield Finding("disk", Level.WARNING, text, advice)


def of_data(
    specs: Iterable[DatasetSpec], data_dir: Path | None, *, offline: bool
) -> Iterator[Finding]:
    """Tell which data sets are here; compare cached arrays with the published fingerprint.

    Nothing is downloaded or written.
    """
    if data_dir is not None and not data_dir.is_dir():
        text = f"the data directory {data_dir} is no directory"
        advice = "name another with --data-dir, or unset DIGITBENCH_DATA_DIR"
        yield Finding("data", Level.FAULT, text, advice)
    cache = Path(os.devnull, "digitbench")
    with suppress(UsageError):  # told of among the directories
        cache = default_cache_dir()
    context = DataContext(cache, data_dir, offline=True)
    absent = []
    for spec in specs:
        status, cached = dataset_status(spec, context), _cached(spec, context)
        if cached == "damaged":
            text = f"{spec.name}: its arrays in the cache are not those of the published data"
            advice = "digitbench data verify says more; the next run makes a damaged entry anew"
            yield Finding("data", Level.WARNING, text, advice)
        elif status.present:
            checked = "; fingerprint right" if cached == "good" else ""
            yield Finding("data", Level.OK, f"{spec.name}: {status.where}{checked}")
        elif spec.name == "mnist":
            text = "mnist is not here: a run would download it, or else take the bundled digits"
            advice = "digitbench data fetch mnist, or name the directory of its files with "
            advice += "--data-dir; settings say offline" if offline else "--data-dir"
            yield Finding("data", Level.WARNING, text, advice)
        elif status.present is False:
            absent.append(spec.name)
    if absent:
        yield Finding("data", Level.OK, f"not here: {', '.join(absent)}")


def of_runs(root: Path, most: int = MOST_RUNS) -> Iterator[Finding]:
    """Tell of the stored runs, and which of the newest are damaged or not finished."""
    paths = run_paths(root)
    read = f", the newest {most} of which were read" if most < len(paths) else ""
    yield Finding("runs", Level.OK, f"{len(paths):,} in {root}{read}")
    unfinished = []
    for path in islice(paths, most):
        try:
            record = read_run(path)
        except StoreError as error:
            text = f"{path.name} is damaged: {one_line(error)}"
            yield Finding("runs", Level.WARNING, text, "move it away, or delete it")
            continue
        if len(record.results) < record.plan.trial_count:
            unfinished.append(path.name)
    if unfinished:
        named = ", ".join(unfinished[:_MOST_NAMES])
        more = " and others" if len(unfinished) > _MOST_NAMES else ""
        text = f"{len(unfinished)} not finished: {named}{more}"
        yield Finding("runs", Level.OK, text, "digitbench run --resume RUN completes one")


def _of_place(what: str, find: Callable[[], Path]) -> Finding:
    """Tell of a directory, without writing anything that stays; it need not exist yet."""
    advice = _OTHER_PLACE[what]
    try:
        path = find()
    except UsageError as error:
        return Finding("disk", Level.FAULT, f"{what}: {error}", advice)
    except OSError as error:
        return Finding("disk", Level.FAULT, f"{what}: {error.strerror or error}", advice)
    nearest = free = None
    with suppress(OSError):  # the current directory may be gone
        nearest = next((p for p in (path, *path.absolute().parents) if p.exists()), None)
    if nearest is not None:
        with suppress(OSError):
            free = shutil.disk_usage(nearest).free
    text = f"{what} in {path}" + ("" if path.is_dir() else " (not there yet)")
    if free is not None:
        text += f", {formatting.size(free)} free"
    if nearest is None or not nearest.is_dir() or not _can_write(nearest):
        return Finding("disk", Level.FAULT, f"{text}: cannot be written", advice)
    if free is None or free >= _FEW_DISK_BYTES:
        return Finding("disk", Level.OK, text)
    level = Level.FAULT if free < _NO_DISK_BYTES else Level.WARNING
    return Finding("disk", level, f"{text}: that is little", f"make space, or {advice}")


def _can_write(directory: Path) -> bool:
    """Tell whether a file can be made; rights alone do not tell of a read-only file system."""
    if not os.access(directory, os.W_OK | os.X_OK):
        return False
    try:
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


def _cached(spec: DatasetSpec, context: DataContext) -> str | None:
    """Return what the cache of arrays has of a data set; None if that cannot be told."""
    if spec.canonical_fingerprint is None:
        return None
    try:
        sources = sources_of(spec, context)
    except DigitbenchError:
        return None
    states = [
        entry_state(context.cache_dir, spec.name, source, spec.canonical_fingerprint)
        for source in sources
    ]
    return next((state for state in states if state != "absent"), None)
