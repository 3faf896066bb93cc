"""`--dry-run`: what would be run, and how long it may take."""

from rich.console import Console

from digitbench.analysis.estimate import estimate
from digitbench.cli.console import messages_shown, results_console
from digitbench.cli.streams import results_stream
from digitbench.cli.work import Work
from digitbench.report.document import to_json
from digitbench.report.plan import plan_document, plan_tables
from digitbench.runner.history import earlier_runs
from digitbench.runner.run import environment_of
from digitbench.runner.selection import find_model


def print_work(work: Work, messages: Console, *, as_json: bool) -> None:
    """Print a plan with the trials that would be run, and how long they may take.

    Args:
        work: the plan, and what is to be done of it.
        messages: where it is said which earlier runs are damaged.
        as_json: print JSON.
    """
    plan, host, *_ = work.prepared
    with messages_shown(messages):
        trials = work.left_after_reuse()
        expected = estimate(plan, trials, environment_of(plan), earlier_runs(work.runs_dir))
    if as_json:
        results_stream().write(to_json(plan_document(plan, trials, expected)))
    else:
        specs = {model.name: find_model(model.name, host).spec for model in plan.models}
        results_console().print(plan_tables(plan, trials, expected, specs))
