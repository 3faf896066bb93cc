"""Looks at what digitbench stands on: libraries, directories, data sets and stored runs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import islice
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from digitbench.datasets.cache import EntryState, entry_state
from digitbench.datasets.status import dataset_status, sources_of
from digitbench.distributions import OWN_NAME, other_own_distributions, own_distribution, place_of
from digitbench.errors import DigitbenchError, StoreError, one_line
from digitbench.given import home
from digitbench.store import read_run, run_paths
from digitbench.types import DataContext, DatasetSpec

MOST_RUNS = 100
FRAMEWORK_TIMEOUT_SECONDS = 90.0

_STARTS_FROM = (OWN_NAME,)
_PROBES = {
    "numpy": "import numpy, scipy.linalg, scipy.stats; devices = []",
    "scikit-learn": "import sklearn.svm, sklearn.neighbors; devices = []",
    "tensorflow": (
        "import tensorflow; devices = [d.name for d in tensorflow.config.list_physical_devices()]"
    ),
}


@dataclass(frozen=True)
class Unmet:
    """A requirement of an installed distribution that the installed ones do not meet.

    Attributes:
        distribution: the one that is missing or of the wrong version.
        needed: the requirement, as `numpy>=2.0`.
        needed_by: whose it is.
        found: the installed version; None if it is missing.
    """

    distribution: str
    needed: str
    needed_by: str
    found: str | None


@dataclass(frozen=True)
class ProbedPlace:
    """A directory that digitbench writes to.

    Attributes:
        what: what lies there, in words.
        path: the directory; need not exist yet.
        exists: whether it does.
        writable: whether it can be written, or made.
        free_bytes: space that is left on its disk; None if that cannot be told.
        size_bytes: what the files in it take; None if that was not measured.
    """

    what: str
    path: Path
    exists: bool
    writable: bool
    free_bytes: int | None
    size_bytes: int | None


@dataclass(frozen=True)
class DatasetCopy:
    """A data set as it is on this machine.

    Attributes:
        name: the data set's name.
        present: whether it can be had without the network; None if its plugin does not tell.
        where: where it would come from now, in words.
        cached: what the cache of decompressed arrays has of it; None if that cannot be told.
    """

    name: str
    present: bool | None
    where: str
    cached: EntryState | None


@dataclass(frozen=True)
class StoredRuns:
    """The runs below a directory.

    Attributes:
        count: how many there are.
        read: how many of them were read, the newest.
        damaged: those that cannot be read, with the reason, by name.
        unfinished: those that have not all their trials.
    """

    count: int
    read: int
    damaged: dict[str, str]
    unfinished: tuple[str, ...]


@dataclass(frozen=True)
class Framework:
    """What came of importing a library in a process of its own.

    Attributes:
        name: the library's distribution.
        error: why it does not work, in one line; None if it does.
        devices: the devices it sees, for those that have such.
    """

    name: str
    error: str | None
    devices: tuple[str, ...] = ()


def unmet_requirements() -> list[Unmet]:
    """Hold what digitbench needs, and what that needs in turn, against what is installed.

    Read from the distributions' metadata; nothing is imported. Extras are left out.
    """
    unmet: dict[tuple[str, str], Unmet] = {}
    seen = set(_STARTS_FROM)
    waiting = deque(_STARTS_FROM)
    while waiting:
        by = waiting.popleft()
        for requirement in _requirements(by):
            name = requirement.name.lower()
            found = installed_version(name)
            if found is None or not requirement.specifier.contains(found, prereleases=True):
                needed = f"{requirement.name}{requirement.specifier}"
                unmet[name, by] = Unmet(name, needed, by, found)
            elif name not in seen:
                seen.add(name)
                waiting.append(name)
    return list(unmet.values())


def installed_version(distribution: str) -> str | None:
    """Return the version of a distribution; None if it is not installed."""
    try:
        return version(distribution)
    except (PackageNotFoundError, KeyError):  # KeyError: its metadata lack the version
        return None


def stale_distributions() -> tuple[str, ...]:
    """Return where metadata of digitbench lie that are not those of the one that is running."""
    return tuple(place_of(each) for each in other_own_distributions())


def has_no_home() -> bool:
    """Tell whether this user has no home directory that is there and can be written."""
    directory = home()
    return directory is None or not directory.is_dir() or not os.access(directory, os.W_OK)


def look_at(what: str, path: Path, *, sized: bool = True) -> ProbedPlace:
    """Look at a directory that digitbench writes to, without writing anything that stays.

    Args:
        what: what lies there, in words.
        path: the directory.
        sized: measure what the files in it take.
    """
    nearest = None
    with suppress(OSError):  # the current directory may be gone
        nearest = next((p for p in (path, *path.absolute().parents) if p.exists()), None)
    free = None
    if nearest is not None:
        try:
            free = shutil.disk_usage(nearest).free
        except OSError:
            free = None
    writable = nearest is not None and nearest.is_dir() and _can_write(nearest)
    return ProbedPlace(what, path, path.is_dir(), writable, free, _size(path) if sized else None)


def dataset_copies(specs: Iterable[DatasetSpec], context: DataContext) -> Iterator[DatasetCopy]:
    """Yield what there is of each data set; nothing is downloaded or written.

    Decompressed arrays are hashed and held against the published fingerprint, where there is one.
    """
    for spec in specs:
        status = dataset_status(spec, context)
        yield DatasetCopy(spec.name, status.present, status.where, _cached(spec, context))


def stored_runs(root: Path, most: int = MOST_RUNS) -> StoredRuns:
    """Read the newest runs below a directory and say which are damaged or not finished."""
    paths = run_paths(root)
    damaged, unfinished = {}, []
    for path in islice(paths, most):
        try:
            record = read_run(path)
        except StoreError as error:
            damaged[path.name] = one_line(error)
            continue
        if len(record.results) < len(record.plan.trial_specs()):
            unfinished.append(path.name)
    return StoredRuns(len(paths), min(most, len(paths)), damaged, tuple(unfinished))


def try_frameworks(
    names: Iterable[str] = tuple(_PROBES), timeout_seconds: float = FRAMEWORK_TIMEOUT_SECONDS
) -> list[Framework]:
    """Import libraries, each in a process of its own that is ended if it hangs."""
    return [_try(name, timeout_seconds) for name in names]


def _try(name: str, timeout_seconds: float) -> Framework:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "devices.json")  # on stdout anybody may print
        code = f"import json, sys; {_PROBES[name]}; json.dump(devices, open(sys.argv[1], 'w'))"
        try:
            ended = subprocess.run(  # noqa: S603 (our own interpreter and code)
                [sys.executable, "-c", code, str(answer)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Framework(name, f"importing it takes more than {timeout_seconds:g} s")
        if ended.returncode or not answer.exists():
            said = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
            return Framework(name, said[-1])
        return Framework(name, None, tuple(json.loads(answer.read_bytes())))


def _requirements(distribution: str) -> Iterator[Requirement]:
    own = own_distribution() if distribution == OWN_NAME else None
    for text in (requires(distribution) if own is None else own.requires) or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # a stranger's, which pip would refuse too
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def _can_write(directory: Path) -> bool:
    """Tell whether a file can be made; rights alone do not tell of a read-only file system."""
    if not os.access(directory, os.W_OK | os.X_OK):
        return False
    try:
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


def _size(path: Path) -> int:
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118
            except OSError:  # gone meanwhile
                continue
    return total


def _cached(spec: DatasetSpec, context: DataContext) -> EntryState | None:
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
    return next((state for state in states if state != "absent"), states[0] if states else None)
