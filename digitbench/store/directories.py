"""The directories of runs below a root: their names, and finding one."""

import re
from pathlib import Path

from digitbench.errors import StoreError, UsageError
from digitbench.store.layout import MANIFEST, TEST_LABELS

LATEST = "latest"
_MAX_SLUG_LENGTH = 60


def run_paths(root: Path) -> tuple[Path, ...]:
    """Return the directories of all runs below a root, newest first."""
    paths = (file.parent for file in root.glob(f"*/{MANIFEST}"))
    return tuple(sorted(paths, key=_age_order, reverse=True))


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


def _age_order(path: Path) -> tuple[str, int]:
    """Order runs by the second in their names, then by the clock of the file system."""
    labels = path / TEST_LABELS
    return path.name.partition("-")[0], labels.stat().st_mtime_ns if labels.exists() else 0
