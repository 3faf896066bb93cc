"""`digitbench reproduce`: the paper's experiments again, beside its own figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.config import ConfigOption, tell_config
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    JsonOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
    SeedOption,
    ThreadsOption,
    TrialsOption,
)
from digitbench.cli.streams import results_stream

if TYPE_CHECKING:
    from rich.console import Console

    from digitbench.runner.plan import RunRequest
    from digitbench.runner.reproduction import Paper
    from digitbench.runner.resume import Resumption
    from digitbench.types import RunRecord


def reproduce(
    trials: TrialsOption = 5,
    best: Annotated[
        bool,
        typer.Option("--best", help="Run the best recipe of the network too; it takes long."),
    ] = False,
    data_dir: DataDirOption = None,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the report to this file too, as Markdown.",
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Make a new run even if an earlier one could be taken up."),
    ] = False,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    offline: OfflineOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Repeat the paper's two experiments on MNIST and set the figures beside its own.

    The softmax regression and the improved convolutional network are trained with the paper's
    recipe and with ours. All trials go into one run below --runs-dir. Given again after an
    interrupt, or with more trials or --best, the command keeps the trials that are there and does
    the rest; a complete reproduction is shown without training. Exit code 3 if a trial failed.
    """
    from digitbench.cli.console import messages_console, messages_shown
    from digitbench.cli.files import check_writable
    from digitbench.cli.run import exit_unless_well, show_tracebacks
    from digitbench.runner import reproduction
    from digitbench.runner.plan import RunRequest

    paper = reproduction.LIU_FU
    messages = messages_console()
    if output is not None:
        check_writable(output)
    request = RunRequest(
        models=paper.models(best=best),
        trials=trials,
        dataset=paper.dataset,
        data_dir=data_dir,
        seed=seed,
        threads=threads,
        plugin_files=tuple(plugin_file or ()),
        runs_dir=runs_dir,
        offline=offline,
    )
    tell_config(config, messages)
    with messages_shown(messages):
        record = _perform(request, paper, messages, fresh=fresh)
    _report(record, paper, messages, output, as_json=json)
    if debug:
        show_tracebacks(record, messages)
    exit_unless_well(record)


def _perform(
    request: "RunRequest", paper: "Paper", messages: "Console", *, fresh: bool
) -> "RunRecord":
    """Run what is missing of the experiments; return the run, without what was not asked for."""
    from digitbench.cli.prepare import prepare
    from digitbench.cli.progress import RunProgress
    from digitbench.runner.reproduction import RUN_NAME, check_comparable, restricted
    from digitbench.runner.resume import find_resumable
    from digitbench.runner.run import environment_of, resume_run, run_plan
    from digitbench.store import read_run

    plan, host, data, engine = prepare(request, messages)
    check_comparable(plan, paper)
    found = None
    if not fresh:
        found = find_resumable(request.runs_dir, RUN_NAME, plan, environment_of(plan))
    if found is None:
        with RunProgress(messages, plan.trial_specs()) as progress:
            path = run_plan(plan, host, data, engine, request.runs_dir, [progress], RUN_NAME)
    else:
        path = found.path
        _say(messages, found)
        if found.missing or found.cut_off:
            with RunProgress(messages, found.missing, found.done) as progress:
                resume_run(found, host, data, engine, [progress])
    messages.print(f"kept in {path}", style="dim", soft_wrap=True, markup=False)
    return restricted(read_run(path), plan)


def _say(messages: "Console", found: "Resumption") -> None:
    """Say what is taken up and what is left to do."""
    done, missing = len(found.done), len(found.missing)
    what = f"the run of {found.record.started_at:%Y-%m-%d %H:%M} UTC"
    if missing:
        text = f"taking up {what}: {done} of {done + missing} trials are there"
    else:
        text = f"nothing is trained: {what} has every trial"
    messages.print(f"{text}; --fresh makes a new run", style="dim", markup=False)


def _report(
    record: "RunRecord",
    paper: "Paper",
    messages: "Console",
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print the figures, and write the page once the run is complete."""
    from digitbench.analysis.reproduction import reproduce as hold_against
    from digitbench.cli.console import results_console
    from digitbench.cli.files import write_file
    from digitbench.report.document import reproduction_document, to_json
    from digitbench.report.reproduction import reproduction_tables
    from digitbench.report.reproduction_page import reproduction_page

    experiments = hold_against(record, paper)
    if as_json:
        results_stream().write(to_json(reproduction_document(record, experiments)))
    else:
        results_console().print(reproduction_tables(record, experiments))
    if output is None:
        return
    if record.status == "complete":
        write_file(output, reproduction_page(record, paper, experiments))
        said = f"report written to {output}"
    else:
        said = f"{output} is not written: the run is not complete"
    messages.print(said, style="dim", soft_wrap=True, markup=False)
