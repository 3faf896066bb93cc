"""The runs that there have been: what a new one may be judged by."""

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from digitbench.errors import StoreError
from digitbench.store import read_run, run_paths
from digitbench.types import RunRecord

_MOST_RUNS = 50

_log = logging.getLogger(__name__)


def earlier_runs(root: Path, most: int = _MOST_RUNS) -> Iterator[RunRecord]:
    """Yield the runs below a root, newest first; a damaged one is left out with a warning.

    Args:
        root: where runs are kept; it need not exist.
        most: how many are looked at, so that a long history costs no more than a short one.
    """
    for path in islice(run_paths(root), most):
        try:
            record = read_run(path)
        except StoreError as error:
            _log.warning("an earlier run is left out: %s", error)
        else:
            yield record
