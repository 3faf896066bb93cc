"""The runs that there have been: what a new one may be judged by."""

import logging
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from digitbench.errors import StoreError, UsageError
from digitbench.store import read_manifest, read_run, run_paths
from digitbench.types import RunRecord

_MOST_RUNS = 50

_log = logging.getLogger(__name__)


def earlier_runs(root: Path, most: int = _MOST_RUNS) -> Iterator[RunRecord]:
    """Yield the runs below a root, newest first; a damaged one is left out with a warning.

    They come without the predictions of further test sets.

    Args:
        root: where runs are kept; it need not exist.
        most: how many are looked at, so that a long history costs no more than a short one.
    """
    for path in islice(run_paths(root), most):
        try:
            record = read_run(path, set_predictions=False)
        except StoreError as error:
            _log.warning("an earlier run is left out: %s", error)
        else:
            yield record


def runs_of_model(root: Path, model: str) -> Iterator[RunRecord]:
    """Yield the runs below a root that have a model, oldest first.

    Of the others only the manifest is read. A damaged run is left out with a warning, a smoke run
    (`--quick`) without one.

    Args:
        root: where runs are kept.
        model: the model's name, or the full label of one set of options.

    Raises:
        UsageError: there is no run, or none has the model.
    """
    known: dict[str, None] = {}
    found = []
    for path in reversed(run_paths(root)):
        try:
            plan = read_manifest(path).plan
        except StoreError as error:
            _log.warning("an earlier run is left out: %s", error)
            continue
        if plan.dataset.quick:
            continue
        models = plan.models
        known |= dict.fromkeys(name for row in models for name in (row.name, row.label))
        if any(row.is_called(model) for row in models):
            found.append(path)
    if not found:
        raise UsageError(_not_found(root, model, list(known)))
    for path in found:
        try:
            yield read_run(path)
        except StoreError as error:
            _log.warning("an earlier run is left out: %s", error)


def _not_found(root: Path, model: str, known: list[str]) -> str:
    if not known:
        return f"there are no runs in {root}; make one with `digitbench run`"
    near = get_close_matches(model, known)
    hint = f"did you mean {' or '.join(near)}?" if near else f"they have: {', '.join(known)}"
    return f"no run in {root} has a model '{model}'; {hint}"
