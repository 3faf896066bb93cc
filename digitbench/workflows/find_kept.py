"""Which kept model is meant: found by the name of its run, its own, or its directory."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from digitbench.errors import DigitbenchError, UsageError
from digitbench.kept import FoundModel, is_kept_model, kept_models, read_record
from digitbench.store import LATEST, find_run, read_run, run_paths
from digitbench.types import RunRecord
from digitbench.workflows.messages import Messages
from digitbench.workflows.stored import run_and_model


def find_kept_model(
    text: str, *, runs_dir: Path, messages: Messages, trial: int | None = None
) -> FoundModel:
    """Find a kept model by what it is called.

    Args:
        text: `RUN:MODEL`, where the run is named as for `digitbench show`; a run that kept one
            model alone; a model, of the newest run that kept it, smoke runs left out; or the
            directory of a kept model.
        runs_dir: where runs are kept.
        messages: where damaged runs are named that are passed over.
        trial: of which trial; by default the first that was kept.

    Raises:
        UsageError: there is no such kept model, or there are several.
        KeptModelError: what it says of itself is damaged.
        StoreError: the run that is named is damaged.
    """
    if is_kept_model(Path(text)):
        return FoundModel(Path(text), read_record(Path(text)))
    run, model = run_and_model(text, runs_dir)
    if run is not None:
        record = read_run(run, set_predictions=False)
        if found := _chosen(record, model, trial):
            return found
        raise UsageError(_none_in(record, model, trial))
    for record in runs_that_kept(runs_dir, messages):
        if found := _chosen(record, text, trial):
            return found
    raise UsageError(_none_called(text, runs_dir))


def _chosen(record: RunRecord, model: str | None, trial: int | None) -> FoundModel | None:
    """Return the kept model of a run that is meant; None if there is none.

    Raises:
        UsageError: several may be meant.
    """
    there = [
        found
        for found in kept_models(record)
        if (model is None or found.kept.model.is_called(model))
        and (trial is None or found.kept.trial == trial)
    ]
    by_label = {found.kept.model.label: found for found in reversed(there)}  # the first trial's
    if model in by_label:
        return by_label[model]
    if len(by_label) > 1:
        raise UsageError(
            f"{record.id} kept several models: name one as RUN:MODEL, of "
            f"{', '.join(reversed(by_label))}"
        )
    return next(iter(by_label.values()), None)


def _none_called(text: str, runs_dir: Path) -> str:
    """Say what to do where a text names no kept model.

    Raises:
        UsageError: the newest run is meant, and there is none.
    """
    run, colon, _ = text.partition(":")
    if run == LATEST:
        find_run(runs_dir, run)
    if "/" in text and "[" not in text:
        return f"{text} is no kept model: name a directory that has a model.json, or RUN:MODEL"
    none = f"no run in {runs_dir} kept a model '{text}'"
    if colon:  # some models have one in their names
        return f"{none}, and none is called '{run}'; `digitbench list` shows the runs"
    return (
        f"{none}: `digitbench run {shlex.quote(text)}` makes one, "
        f"`digitbench keep {shlex.quote(f'RUN:{text}')}` trains one of a stored run again"
    )


def _none_in(record: RunRecord, model: str | None, trial: int | None) -> str:
    """Say what to do where a run did not keep what is meant."""
    rows = [row.label for row in record.plan.models]
    if model is not None and not any(row.is_called(model) for row in record.plan.models):
        return f"{record.id} has no model '{model}'; it has: {', '.join(rows)}"
    what = rows[0] if model is None else model
    number = "" if trial is None else f" --trial {trial}"
    of_trial = "" if trial is None else f", trial {trial}"
    name = shlex.quote(f"{record.id}:{what}")
    return (
        f"{record.id} did not keep {what}{of_trial}: `digitbench keep {name}{number}` "
        "trains it again from its seed and keeps it"
    )


def runs_that_kept(runs_dir: Path, messages: Messages) -> Iterator[RunRecord]:
    """Yield the runs that may have kept a model, the newest first."""
    for path in run_paths(runs_dir):
        if not (path / "models").is_dir():
            continue
        try:
            record = read_run(path, set_predictions=False)
        except DigitbenchError as error:
            messages.warn(f"{error}; the run is passed over")
            continue
        if not record.plan.dataset.quick:
            yield record
