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
    JsonOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
    TrialsTableOption,
)

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from digitbench.datasets.load import LoadedDataset
    from digitbench.plugins import PluginHost
    from digitbench.runner.plan import RunRequest


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
    trials: Annotated[
        int,
        typer.Option(
            "--trials", "-t", min=1, help="Trials of each model; deterministic ones run once."
        ),
    ] = 5,
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
    seed: Annotated[int, typer.Option("--seed", help="Base of every trial's seed.")] = 0,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            min=1,
            help="CPU threads per trial; by default every processor available.",
            show_default=False,
        ),
    ] = None,
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
        threads=threads,
        plugin_files=tuple(plugin_file or ()),
        runs_dir=runs_dir,
        offline=offline,
    )
    # stdout is for results: what a plugin prints, when loaded or while it runs, goes to stderr
    with messages_shown(messages), redirect_stdout(sys.stderr):
        path = _perform(request, messages)
    record = read_run(path)
    print_run(record, results_console(), as_json=json, trials_table=trials_table)
    messages.print(f"kept in {path}", style="dim", soft_wrap=True, markup=False)
    if debug:
        for result in record.failed:
            messages.print(result.traceback, markup=False)
    if record.status == "interrupted":
        raise typer.Exit(ExitCode.INTERRUPTED)
    if record.failed:
        raise typer.Exit(ExitCode.TRIAL_FAILED)


def _perform(request: "RunRequest", messages: "Console") -> "Path":
    """Plan and run what was asked for, with progress; return the run's directory."""
    from digitbench.cli.console import warn
    from digitbench.cli.progress import RunProgress
    from digitbench.plugins import load_plugins
    from digitbench.runner.engines.inline import InlineEngine
    from digitbench.runner.plan import make_plan
    from digitbench.runner.run import run_plan
    from digitbench.runner.selection import parse_models, resolve_models

    requested = parse_models(request.models)
    host = load_plugins(files=request.plugin_files)
    for failure in host.failures:
        warn(messages, str(failure))
    models = resolve_models(requested, host)
    loaded = _load_data(request, host, messages)
    engine = InlineEngine()
    plan, data = make_plan(request, models, loaded, engine.name)
    with RunProgress(messages, plan) as progress:
        return run_plan(plan, host, data, engine, request.runs_dir, [progress])


def _load_data(request: "RunRequest", host: "PluginHost", messages: "Console") -> "LoadedDataset":
    """Load the data set that was named, or the default one, saying so if that is a stand-in."""
    from digitbench.cli.console import banner
    from digitbench.cli.downloads import download_bars
    from digitbench.datasets.load import default_cache_dir, load_dataset, load_default
    from digitbench.runner.selection import find_dataset
    from digitbench.types import DataContext

    with download_bars(messages) as bars:
        context = DataContext(default_cache_dir(), request.data_dir, request.offline, bars)
        if request.dataset is not None:
            return load_dataset(find_dataset(request.dataset, host), context)
        specs = {name: offer.spec for name, offer in host.datasets.items()}
        default = load_default(specs, context)
    if default.fallback_reason is not None:
        name = default.loaded.dataset.name
        banner(
            messages,
            f"NOT MNIST: this run uses the small bundled data set '{name}'",
            f"{default.fallback_reason}\nThe figures below say nothing about MNIST.",
        )
    return default.loaded
