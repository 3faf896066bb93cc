"""`--dry-run`: what would be run, and how long it may take."""

import typer

from digitbench.cli.console import results_console
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.streams import results_stream
from digitbench.report.document import to_json
from digitbench.report.plan import plan_document, plan_tables
from digitbench.workflows.execute import PendingRun


def print_pending(pending: PendingRun, *, as_json: bool) -> None:
    """Print a plan with the trials that would be run, and how long they may take.

    Args:
        pending: the plan, and what is to be done of it.
        as_json: print JSON.

    Raises:
        typer.Exit: a test set cannot be had, so that the run would end with this exit code too.
    """
    plan = pending.plan
    trials, expected = pending.estimate()
    if as_json:
        results_stream().write(to_json(plan_document(plan, trials, expected)))
    else:
        results_console().print(plan_tables(plan, trials, expected, pending.specs))
    if any(test_set.error for test_set in plan.test_sets):
        raise typer.Exit(ExitCode.TRIAL_FAILED)
