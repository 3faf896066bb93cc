"""`--dry-run`: what would be run, and how long it may take."""

from digitbench.analysis.estimate import estimate
from digitbench.cli.console import results_console
from digitbench.cli.streams import results_stream
from digitbench.report.document import to_json
from digitbench.report.plan import plan_document, plan_tables
from digitbench.runner.history import earlier_runs
from digitbench.runner.run import environment_of
from digitbench.runner.selection import find_model
from digitbench.workflows.execute import PendingRun


def print_pending(pending: PendingRun, *, as_json: bool) -> None:
    """Print a plan with the trials that would be run, and how long they may take.

    Args:
        pending: the plan, and what is to be done of it.
        as_json: print JSON.
    """
    plan, host = pending.plan, pending.prepared.host
    trials = pending.left_after_reuse()
    expected = estimate(plan, trials, environment_of(plan), earlier_runs(pending.runs_dir))
    if as_json:
        results_stream().write(to_json(plan_document(plan, trials, expected)))
    else:
        specs = {model.name: find_model(model.name, host).spec for model in plan.models}
        results_console().print(plan_tables(plan, trials, expected, specs))
