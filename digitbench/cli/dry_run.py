"""`--dry-run`: what would be run, and how long it may take."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from rich.console import Console

from digitbench.analysis.estimate import estimate
from digitbench.cli.console import messages_shown, results_console
from digitbench.cli.prepare import prepare
from digitbench.plugins import PluginHost
from digitbench.report.document import to_json
from digitbench.report.plan import plan_document, plan_tables
from digitbench.runner.history import earlier_runs
from digitbench.runner.plan import RunRequest
from digitbench.runner.run import environment_of
from digitbench.types import RunPlan, TrialSpec


def print_plan_of(request: RunRequest, messages: Console, *, as_json: bool) -> None:
    """Print the plan of a request; nothing is run, and nothing is written to its runs.

    Raises:
        DigitbenchError: the request cannot be met, as in `digitbench.cli.prepare`.
    """
    with messages_shown(messages), redirect_stdout(sys.stderr):  # a plugin may print when loaded
        prepared = prepare(request, messages)
    plan = prepared.plan
    print_trials(
        plan, plan.trial_specs(), prepared.host, request.runs_dir, messages, as_json=as_json
    )


def print_trials(
    plan: RunPlan,
    trials: Sequence[TrialSpec],
    host: PluginHost,
    runs_dir: Path,
    messages: Console,
    *,
    as_json: bool,
) -> None:
    """Print those trials of a plan that are to be run, and how long they may take.

    Args:
        plan: the plan.
        trials: what is to be run of it.
        host: the plugins; its models must hold those of the plan.
        runs_dir: where the runs are that the time is estimated from.
        messages: where it is said which of those are damaged.
        as_json: print JSON.
    """
    with messages_shown(messages):
        expected = estimate(plan, trials, environment_of(plan), earlier_runs(runs_dir))
    if as_json:
        sys.stdout.write(to_json(plan_document(plan, trials, expected)))
    else:
        specs = {name: offer.spec for name, offer in host.models.items()}
        results_console().print(plan_tables(plan, trials, expected, specs))
