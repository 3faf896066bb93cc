"""The paper's experiments again: what is missing of them is run, in one stored run."""

from digitbench.runner.reproduction import RUN_NAME, Paper, check_comparable, restricted
from digitbench.runner.resume import Resumption, find_resumable
from digitbench.runner.run import environment_of
from digitbench.store import read_run
from digitbench.types import RunRecord
from digitbench.workflows.execute import PendingRun
from digitbench.workflows.messages import Messages
from digitbench.workflows.prepare import prepare
from digitbench.workflows.request import RunRequest


def reproduce(request: RunRequest, paper: Paper, messages: Messages, *, fresh: bool) -> RunRecord:
    """Run what is missing of the experiments; return the run, without what was not asked for.

    Args:
        request: of the paper's models on its data set.
        paper: the experiments.
        messages: where it is said what is taken up, and where the run is kept.
        fresh: make a new run even if an earlier one could be taken up.

    Raises:
        DigitbenchError: as for every run; or the figures could not stand beside the paper's.
    """
    prepared = prepare(request, messages)
    plan = prepared.plan
    check_comparable(plan, paper)
    found = None
    if not fresh:
        found = find_resumable(request.runs_dir, RUN_NAME, plan, environment_of(plan))
    if found is not None:
        messages.info(_taken_up(found))
    path = PendingRun(prepared, request.runs_dir, found, name=RUN_NAME).execute(messages)
    messages.info(f"kept in {path}")
    return restricted(read_run(path), plan)


def _taken_up(found: Resumption) -> str:
    """Say what is taken up and what is left to do."""
    done, missing = len(found.done), len(found.missing)
    what = f"the run of {found.record.started_at:%Y-%m-%d %H:%M} UTC"
    if missing:
        text = f"taking up {what}: {done} of {done + missing} trials are there"
    else:
        text = f"nothing is trained: {what} has every trial"
    return f"{text}; --fresh makes a new run"
