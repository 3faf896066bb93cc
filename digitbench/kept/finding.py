"""The kept models of a stored run."""

import logging
from dataclasses import dataclass
from pathlib import Path

from digitbench.errors import KeptModelError
from digitbench.kept import storage
from digitbench.kept.keeping import predictions_hash
from digitbench.kept.record import KeptModel
from digitbench.types import RunRecord, TrialResult

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoundModel:
    """A kept model and where it lies.

    Attributes:
        directory: its directory.
        kept: what it says of itself.
    """

    directory: Path
    kept: KeptModel


def kept_model(run: Path, record: RunRecord, result: TrialResult) -> FoundModel | None:
    """Return the kept model of a trial; None if there is none.

    Args:
        run: the directory of the run.
        record: the run.
        result: the trial, with its predictions.

    Raises:
        KeptModelError: what it says of itself is damaged, or not of this trial.
    """
    spec = result.spec
    directory = storage.place(run, record.plan, spec.model, spec.trial)
    if result.predictions is None or not storage.is_kept_model(directory):
        return None
    kept = storage.read_record(directory)
    if kept.predictions_sha256 != predictions_hash(result.predictions):
        raise KeptModelError(
            f"{directory} is not the model of {spec.model}, trial {spec.trial}: its predictions "
            "are not those of the run"
        )
    return FoundModel(directory, kept)


def kept_models(record: RunRecord) -> tuple[FoundModel, ...]:
    """Return the kept models of a stored run, in the order of its models and trials.

    Args:
        record: the run, read with its predictions. One that is damaged is passed over, with a
            warning.
    """
    run = record.directory
    if run is None or not (run / storage.MODELS).is_dir():
        return ()
    rows = {model.label: row for row, model in enumerate(record.plan.models)}
    found = []
    for result in sorted(record.results, key=lambda one: (rows[one.spec.model], one.spec.trial)):
        try:
            model = kept_model(run, record, result)
        except KeptModelError as error:
            _log.warning("%s; it is passed over", error)
        else:
            found += [] if model is None else [model]
    return tuple(found)
