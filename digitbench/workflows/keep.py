"""Keeps a model of a stored run that was not kept: trains it again and proves it the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitbench.errors import KeptModelError, UsageError
from digitbench.kept import FoundModel, kept_model, read_record, write_model
from digitbench.provenance import short
from digitbench.runner.again import train_again
from digitbench.runner.lock import sole_writer
from digitbench.runner.resolve import find_model
from digitbench.runner.resume import differences
from digitbench.runner.run import environment_of
from digitbench.store import find_run, read_run
from digitbench.types import PlannedModel, RunInputs, RunRecord, TrialResult
from digitbench.workflows.chosen import ChosenModels
from digitbench.workflows.messages import Messages, Workload
from digitbench.workflows.prepare import Prepared, prepare
from digitbench.workflows.request import RunRequest
from digitbench.workflows.stored import run_and_model
from digitbench.workflows.stored_request import request_from_plan


@dataclass(frozen=True)
class KeptAgain:
    """What came of keeping a model.

    Attributes:
        found: the kept model.
        fit_seconds: how long it was trained; None if it was kept before.
    """

    found: FoundModel
    fit_seconds: float | None


def keep_model(text: str, trial: int, given: Mapping[str, Any], messages: Messages) -> KeptAgain:
    """Train a model of a stored run again from its seed, and keep it if it is the same.

    Args:
        text: `RUN:MODEL`.
        trial: the trial's number.
        given: where data, plugins and runs are, by field of `RunRequest`.
        messages: where it is said what differs from when the run was made.

    Raises:
        UsageError: there is no such trial, or it cannot be run again here.
        KeptModelError: the model cannot be kept, or is not the same.
        DigitbenchError: as `digitbench.workflows.prepare.prepare` does.
    """
    runs_dir = RunRequest.of(given).runs_dir
    run, model = run_and_model(text, runs_dir)
    if run is None and ":" in text:
        run = find_run(runs_dir, text.partition(":")[0])  # for what it says of the runs there
    if run is None or model is None:
        raise UsageError(f"name a model of a run, such as latest:cnn: not '{text}'")
    record = read_run(run)
    row = _row(record, model)
    stored = _result(record, row, trial)
    if there := _kept_before(run, record, stored, messages):
        return KeptAgain(there, None)
    prepared = _prepared(record, row, given, messages)
    (now,) = prepared.plan.models
    inputs = RunInputs(
        prepared.plan, {now.name: find_model(now.name, prepared.host).spec}, prepared.data
    )
    messages.info(f"{row.label}, trial {trial}: training it again")
    with messages.progress(Workload([stored.spec])) as listener:
        listeners = [] if listener is None else [listener]
        result = train_again(stored, inputs, prepared.engine, listeners)
    models = tuple(now if model == row else model for model in record.plan.models)
    record = record.model_copy(
        update={
            "plan": record.plan.model_copy(update={"models": models}),
            "environment": environment_of(prepared.plan),
        }
    )
    with sole_writer(run):
        try:
            directory = write_model(run, record, result)
        except OSError as error:
            raise KeptModelError(f"cannot write to {run}: {error.strerror}") from error
    return KeptAgain(FoundModel(directory, read_record(directory)), result.fit_seconds)


def _row(record: RunRecord, model: str) -> PlannedModel:
    rows = record.plan.models
    by_label = {row.label: row for row in rows}
    called = [row for row in rows if row.is_called(model)]
    if model in by_label:
        return by_label[model]
    if len(called) == 1:
        return called[0]
    if called:
        raise UsageError(
            f"{model} names several models of {record.id}: name one of "
            f"{', '.join(row.label for row in called)}"
        )
    raise UsageError(f"{record.id} has no model '{model}'; it has: {', '.join(by_label)}")


def _result(record: RunRecord, row: PlannedModel, trial: int) -> TrialResult:
    for result in record.results:
        if (result.spec.model, result.spec.trial) == (row.label, trial):
            if result.status == "ok":
                return result
            raise UsageError(f"trial {trial} of {row.label} failed in {record.id}: {result.error}")
    raise UsageError(f"{record.id} has no trial {trial} of {row.label}")


def _kept_before(
    run: Path, record: RunRecord, stored: TrialResult, messages: Messages
) -> FoundModel | None:
    try:
        return kept_model(run, record, stored)
    except KeptModelError as error:
        messages.warn(f"{error}: it is made anew")
        return None


def _prepared(
    record: RunRecord, row: PlannedModel, given: Mapping[str, Any], messages: Messages
) -> Prepared:
    """Prepare to run a row of a stored run again, in a worker process.

    Raises:
        UsageError: the data are not those of the run.
    """
    here = {"engine": "process", "jobs": 1, "scheduler": None, "timeout_seconds": None}
    request = request_from_plan(record.plan, {**here, **given})
    requests = ChosenModels.stored(record.plan).requests
    chosen = ChosenModels(tuple(one for one in requests if one.row == row))
    prepared = prepare(request, messages, chosen=chosen, design=record.plan.sequential)
    then, now = record.plan.dataset.fingerprint, prepared.plan.dataset.fingerprint
    if then != now:
        raise UsageError(
            f"the data are not those of {record.id}: their fingerprint was {short(then)} and is "
            f"now {short(now)}; name the right ones with --data-dir"
        )
    if changed := differences(record, prepared.plan, environment_of(prepared.plan)):
        messages.warn(
            f"{row.label} may not come out as it did in {record.id}: {'; '.join(changed)}"
        )
    return prepared
