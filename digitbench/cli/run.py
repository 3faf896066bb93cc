"""`digitbench run`: repeated trials of models, then the comparison."""

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    EngineOption,
    JobsOption,
    JsonOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
    SchedulerOption,
    SeedOption,
    ThreadsOption,
    TimeoutOption,
    TrialsOption,
    TrialsTableOption,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from digitbench.runner.plan import RunRequest
    from digitbench.types import RunRecord


def run(
    models: Annotated[
        str,
        typer.Option(
            "--models",
            "-m",
            help='Models, separated by commas, options in brackets: "softmax,knn[k=3],cnn". '
            "By default every model found.",
        ),
    ] = "all",
    trials: TrialsOption = 5,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            "-d",
            help="Data set. By default mnist if it can be had, otherwise the bundled digits.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDirOption = None,
    validation: Annotated[
        int,
        typer.Option("--validation", min=0, help="Hold out the last N training images."),
    ] = 0,
    seed: SeedOption = 0,
    engine: EngineOption = "process",
    jobs: JobsOption = 1,
    threads: ThreadsOption = None,
    timeout: TimeoutOption = None,
    scheduler: SchedulerOption = None,
    pdb: Annotated[
        bool,
        typer.Option("--pdb", help="Debug a failing trial where it fails; implies inline."),
    ] = False,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    offline: OfflineOption = False,
    trials_table: TrialsTableOption = False,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run repeated trials of models and compare them.

    Every trial's result and predictions are kept in a new directory below --runs-dir; `digitbench
    show` prints them again. Exit code 3 if a trial failed.
    """
    from digitbench.cli.console import messages_console, messages_shown, results_console
    from digitbench.cli.show import print_run
    from digitbench.runner.plan import RunRequest
    from digitbench.store import read_run

    messages = messages_console()
    request = RunRequest(
        models=models,
        trials=trials,
        dataset=dataset,
        data_dir=data_dir,
        validation=validation,
        seed=seed,
        engine="inline" if pdb else engine,
        jobs=jobs,
        threads=threads,
        timeout_seconds=timeout,
        scheduler=scheduler,
        plugin_files=tuple(plugin_file or ()),
        runs_dir=runs_dir,
        offline=offline,
    )
    # stdout is for results: what a plugin prints, when loaded or while it runs, goes to stderr
    with messages_shown(messages), redirect_stdout(sys.stderr):
        path = _perform(request, messages, debugger=pdb)
    record = read_run(path)
    print_run(record, results_console(), as_json=json, trials_table=trials_table)
    messages.print(f"kept in {path}", style="dim", soft_wrap=True, markup=False)
    if debug:
        show_tracebacks(record, messages)
    exit_unless_well(record)


def _perform(request: "RunRequest", messages: "Console", *, debugger: bool) -> "Path":
    """Plan and run what was asked for, with progress; return the run's directory."""
    from digitbench.cli.prepare import prepare
    from digitbench.cli.progress import RunProgress
    from digitbench.runner.run import run_plan

    plan, host, data, engine = prepare(request, messages, _debug if debugger else None)
    if debugger:  # the bars and the debugger would write over each other
        return run_plan(plan, host, data, engine, request.runs_dir)
    with RunProgress(messages, plan.trial_specs(), jobs=plan.jobs) as progress:
        return run_plan(plan, host, data, engine, request.runs_dir, [progress])


def _debug(error: BaseException) -> None:
    """Open the debugger where a trial failed."""
    import pdb

    typer.secho(f"{type(error).__name__}: {error}", err=True, fg=typer.colors.RED)
    pdb.post_mortem(error.__traceback__)


def show_tracebacks(record: "RunRecord", messages: "Console") -> None:
    """Print the traceback of every trial that failed."""
    for result in record.failed:
        messages.print(result.traceback, markup=False)


def exit_unless_well(record: "RunRecord") -> None:
    """End the command with the exit code that a run's end asks for, if that is not 0."""
    if record.status == "interrupted":
        raise typer.Exit(ExitCode.INTERRUPTED)
    if record.failed:
        raise typer.Exit(ExitCode.TRIAL_FAILED)
