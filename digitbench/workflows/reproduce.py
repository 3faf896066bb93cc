"""The paper's experiments again: what is missing of them is run, in one stored run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digitbench.analysis.paper import LIU_FU, Paper
from digitbench.analysis.reproduction import ExperimentResult
from digitbench.analysis.reproduction import reproduce as compare_with
from digitbench.errors import UsageError
from digitbench.runner.resume import Resumption, find_resumable, results_of
from digitbench.runner.run import environment_of
from digitbench.store import read_run
from digitbench.types import RunPlan, RunRecord
from digitbench.workflows.execute import PendingRun
from digitbench.workflows.messages import Messages
from digitbench.workflows.prepare import prepare
from digitbench.workflows.request import RunRequest

RUN_NAME = "reproduction"
"""What the directory of a reproduction is called after its time."""


@dataclass(frozen=True, eq=False)
class Reproduction:
    """The paper's experiments, run again.

    Attributes:
        record: the run, without what was not asked for.
        paper: the experiments.
        experiments: each beside the paper's own figures.
    """

    record: RunRecord
    paper: Paper
    experiments: tuple[ExperimentResult, ...]


def reproduce(
    given: Mapping[str, Any],
    settings: Mapping[str, Any],
    messages: Messages,
    *,
    best: bool = False,
    fresh: bool = False,
) -> Reproduction:
    """Run what is missing of the paper's experiments and compare it with the paper.

    Args:
        given: what the user says of the run, by field of `RunRequest`.
        settings: what holds otherwise.
        messages: where it is said what is taken up, and where the run is kept.
        best: run the models too that take long.
        fresh: make a new run even if an earlier one could be taken up.

    Raises:
        DigitbenchError: as for every run; or the figures could not stand beside the paper's.
    """
    paper = LIU_FU
    fixed = {"models": paper.models(best=best), "dataset": paper.dataset}
    request = RunRequest.of({**given, **fixed}, settings)
    prepared = prepare(request, messages)
    plan = prepared.plan
    check_comparable(plan, paper)
    found = None
    if not fresh:
        found = find_resumable(request.runs_dir, RUN_NAME, plan, environment_of(plan))
    if found is not None:
        messages.info(_taken_up(found))
    path = PendingRun(prepared, request.runs_dir, found, name=RUN_NAME).execute(messages)
    messages.info(f"stored in {path}")
    record = restricted(read_run(path), plan)
    return Reproduction(record, paper, compare_with(record, paper))


def _taken_up(found: Resumption) -> str:
    """Say what is taken up and what is left to do."""
    done, missing = len(found.done), len(found.missing)
    what = f"the run of {found.record.started_at:%Y-%m-%d %H:%M} UTC"
    if missing:
        text = f"taking up {what}: {done} of {done + missing} trials are there"
    else:
        text = f"nothing is trained: {what} has every trial"
    return f"{text}; --fresh makes a new run"


def check_comparable(plan: RunPlan, paper: Paper) -> None:
    """Refuse a plan whose figures could not stand beside the paper's.

    Raises:
        UsageError: the data are not the published ones, or a model has no published accuracies
            for them.
    """
    dataset = plan.dataset
    if dataset.name != paper.dataset or not dataset.canonical:
        raise UsageError(
            f"the data from {dataset.source} are not the canonical {paper.dataset}, so nothing "
            "could be reproduced on them: give its own files with --data-dir, or leave that out"
        )
    for model in plan.models:
        if model.published is None or model.published.dataset != paper.dataset:
            raise UsageError(
                f"plugin {model.plugin} gives no published accuracies of {model.label} on "
                f"{paper.dataset}: use the plugins that come with digitbench"
            )


def restricted(record: RunRecord, plan: RunPlan) -> RunRecord:
    """Return a run as if it had been of a plan that asks for less; complete if it has all of it."""
    results = results_of(record, plan)
    status = "complete" if len(results) == plan.trial_count else record.status
    return record.model_copy(update={"plan": plan, "results": results, "status": status})
