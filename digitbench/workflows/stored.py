"""Stored runs, by name."""

from pathlib import Path

from digitbench.store import LATEST, find_run, read_run
from digitbench.types import RunRecord

__all__ = ["find_run", "load_run"]


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
