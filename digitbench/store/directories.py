"""The directories of runs below a root: their names, and finding one."""

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from digitbench.errors import StoreError, UsageError
from digitbench.store.layout import MANIFEST, started_at

LATEST = "latest"
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_TIME = re.compile(r"\d{8}T\d{6}Z")
_MAX_SLUG_LENGTH = 60


def run_paths(root: Path) -> tuple[Path, ...]:
    """Return the directories of all runs below a root, newest first.

    When a run began is read from its manifest, so that its directory may be called anything; a run
    whose manifest does not tell goes by the time in its name, and comes last without one. A link
    to a run that is there itself is left out.
    """
    there, links = _with_manifest(root)
    if not there and not links:
        return ()
    inside = os.path.realpath(root)
    known = {f"{inside}{os.sep}{path.name}" for path in there}
    for link in links:
        if (target := os.path.realpath(link)) not in known:
            known.add(target)
            there.append(link)
    return tuple(sorted(there, key=_age_order, reverse=True))


def runs_named(root: Path, name: str) -> tuple[Path, ...]:
    """Return the directories of the runs that `create_run` was given a name for, newest first."""
    named = re.compile(rf"\d{{8}}T\d{{6}}Z-{re.escape(name)}(-\d+)?")
    return tuple(path for path in run_paths(root) if named.fullmatch(path.name))


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
            if _is_run(path):
                return path
        names = ", ".join(sorted(path.name for path in run_paths(root))) or "none"
        raise UsageError(f"there is no run '{name}' in {root}; its runs: {names}")
    paths = run_paths(root)
    if not paths:
        raise UsageError(f"there are no runs in {root}; make one with `digitbench run`")
    return paths[0]


def make_directory(root: Path, name: str) -> Path:
    """Make a directory of a name, or of the name with a number if there is one.

    Raises:
        OSError: the root cannot be written.
        StoreError: there are a thousand.
    """
    for attempt in range(1, 1000):
        path = root / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise StoreError(f"too many runs named {name} in {root}")


def slug(text: str) -> str:
    """Return a text as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-.")[:_MAX_SLUG_LENGTH].rstrip("-.")


def _is_run(path: Path) -> bool:
    """Tell whether a directory holds a run; no path at all, such as a name too long, does not."""
    try:
        return (path / MANIFEST).is_file()
    except OSError:
        return False


def _with_manifest(root: Path) -> tuple[list[Path], list[Path]]:
    """Return what lies below a root and has a manifest: directories, and links to such."""
    there: list[Path] = []
    links: list[Path] = []
    try:
        with os.scandir(root) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if os.path.lexists(f"{entry.path}{os.sep}{MANIFEST}"):
                    (links if entry.is_symlink() else there).append(root / entry.name)
    except OSError:  # there is no such directory, or none that can be read
        return [], []
    return there, links


def _age_order(path: Path) -> tuple[datetime, str]:
    """Order runs by when they began."""
    began = started_at(path)
    if began is None and (named := _TIME.match(path.name)):
        with suppress(ValueError):  # such as a 13th month
            began = datetime.strptime(named[0], _TIME_FORMAT).replace(tzinfo=UTC)
    return began or datetime.min.replace(tzinfo=UTC), path.name
