"""`digitbench run`: repeated trials of models, then the comparison."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitbench.cli.completion import (
    complete_datasets,
    complete_models,
    complete_runs,
    complete_validation,
)
from digitbench.cli.config import ConfigOption, tell_config
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import Command
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    BudgetOption,
    DataDirOption,
    DebugOption,
    EngineOption,
    FractionOption,
    JobsOption,
    JsonOption,
    MaxTrialsOption,
    OfflineOption,
    PluginFileOption,
    QuickOption,
    ResampleOption,
    RunsDirOption,
    SchedulerOption,
    SeedOption,
    ThreadsOption,
    TimeoutOption,
    TrialsOption,
    TrialsTableOption,
    UntilDecidedOption,
    VaryOption,
)
from digitbench.errors import UsageError
from digitbench.printable import printable

if TYPE_CHECKING:
    from digitbench.display.messages import RichMessages
    from digitbench.types import RunRecord


_BARE = {"--resume": "latest", "--until-decided": "all"}


class RunCommand(Command):
    """Lets some options stand without a value, which Typer's cannot do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments with `latest` after a bare `--resume`, and the like."""
        given: list[str] = []
        for position, argument in enumerate(args):
            given.append(argument)
            follower = args[position + 1] if position + 1 < len(args) else "-"
            if argument in _BARE and follower.startswith("-"):
                given.append(_BARE[argument])
        rest: list[str] = super().parse_args(ctx, given)
        return rest


def run(
    context: typer.Context,
    models: Annotated[
        str,
        typer.Option(
            "--models",
            "-m",
            help='Models, separated by commas, options in brackets: "softmax,knn[k=3],cnn". '
            "By default every model found.",
            autocompletion=complete_models,
        ),
    ] = "all",
    trials: TrialsOption = 5,
    quick: QuickOption = False,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            "-d",
            help="Data set. By default mnist if it can be had, otherwise the bundled digits.",
            autocompletion=complete_datasets,
            show_default=False,
        ),
    ] = None,
    data_dir: DataDirOption = None,
    validation: Annotated[
        str,
        typer.Option(
            "--validation",
            metavar="N|GROUPS:N",
            help="Hold out the last N training images, or about N of whole groups, such as "
            "writers:5000.",
            autocompletion=complete_validation,
        ),
    ] = "0",
    seed: SeedOption = 0,
    vary: VaryOption = "seed",
    resample: ResampleOption = None,
    fraction: FractionOption = None,
    until_decided: UntilDecidedOption = None,
    budget: BudgetOption = None,
    max_trials: MaxTrialsOption = 50,
    engine: EngineOption = "process",
    jobs: JobsOption = 1,
    threads: ThreadsOption = None,
    timeout: TimeoutOption = None,
    scheduler: SchedulerOption = None,
    pdb: Annotated[
        bool,
        typer.Option(
            "--pdb",
            help="Debug a failing trial where it fails: inline, one at a time, no time-out.",
        ),
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="[RUN]",
            help="Complete a run, by default the latest: what it asked for need not be said again.",
            autocompletion=complete_runs,
            show_default=False,
        ),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option("--retry-failed", help="With --resume, run the trials that failed again."),
    ] = False,
    reuse: Annotated[
        bool,
        typer.Option(
            "--reuse", help="Take identical trials from earlier runs instead of running them."
        ),
    ] = False,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    offline: OfflineOption = False,
    config: ConfigOption = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print what would be run and how long it may take, and stop."
        ),
    ] = False,
    trials_table: TrialsTableOption = False,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run repeated trials of models and compare them.

    Every trial's result and predictions are kept in a new directory below --runs-dir; `digitbench
    show` prints them again. After Ctrl-C, --resume does what is missing. Exit code 3 if a trial
    failed.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.cli.dry_run import print_pending
    from digitbench.cli.show import print_run
    from digitbench.runner.plan import RunRequest, quick_request
    from digitbench.workflows.execute import new_run, resumed_run
    from digitbench.workflows.looks import execute, with_looks
    from digitbench.workflows.stored import load_run

    given = _given(context)
    _check_options(given, resumed=resume is not None)
    quick = quick and resume is None  # a stored run knows by itself
    if quick:
        _check_quick(given, dataset)
    request = RunRequest(
        models=models,
        trials=trials,
        dataset=dataset,
        data_dir=data_dir,
        validation=validation,
        seed=seed,
        vary=vary,
        resample=resample,
        fraction=fraction,
        engine="inline" if pdb else engine,
        jobs=1 if pdb else jobs,
        threads=threads,
        timeout_seconds=None if pdb else timeout,
        scheduler=scheduler,
        plugin_files=tuple(plugin_file or ()),
        runs_dir=runs_dir,
        offline=offline,
    )
    if quick:
        request = quick_request(request)
    request = with_looks(request, until_decided, budget, max_trials)
    examine = _debug if pdb else None
    with messages_shown(progress_shown=not pdb) as messages:
        tell_config(config, messages)
        if resume is None:
            pending = new_run(request, messages, examine, reuse=reuse)
        else:
            given |= {"engine", "jobs", "timeout_seconds"} if pdb else set()
            pending = resumed_run(
                resume, request, given, messages, examine, retry_failed=retry_failed
            )
        if dry_run:
            print_pending(pending, as_json=json)
            return
        path = execute(pending, messages)
        record = load_run(path)
        print_run(record, results_console(), as_json=json, trials_table=trials_table)
        messages.info(f"kept in {path}")
        if record.status == "interrupted":
            messages.info(f"to complete it: digitbench run --resume {path.name}")
        if debug:
            show_tracebacks(record, messages)
    exit_unless_well(record)


def _check_options(given: set[str], *, resumed: bool) -> None:
    """Refuse options that do not go together.

    Args:
        given: as `_given` returns it.
        resumed: whether a stored run is completed.

    Raises:
        UsageError: some do not.
    """
    if "retry_failed" in given and not resumed:
        raise UsageError("--retry-failed is for --resume: name the run to complete")
    if "reuse" in given and resumed:
        raise UsageError("--reuse is for a new run: leave it out with --resume")
    if resumed:
        for name in sorted(given & {"until_decided", "max_trials", "quick"}):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is laid out when a run begins: leave it out with --resume")
    elif "until_decided" not in given:
        for name in sorted(given & {"budget_seconds", "max_trials"}):
            option = f"--{name.removesuffix('_seconds').replace('_', '-')}"
            raise UsageError(f"{option} is for --until-decided: add that")
    elif "trials" in given:
        raise UsageError("--until-decided finds the number of trials: leave out --trials")


def _check_quick(given: set[str], dataset: str | None) -> None:
    """Refuse options that a smoke run decides; those of a config file stand back.

    Raises:
        UsageError: one is given.
    """
    for name in ("trials", "until_decided", "vary", "resample", "fraction", "validation"):
        if name in given:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"--quick is one trial on a small part of the data: leave out {option}"
            )
    if "data_dir" in given and dataset is None:
        raise UsageError("--quick takes the bundled digits: name the data set with --dataset too")


def _given(context: typer.Context) -> set[str]:
    """Return the attributes of the request that the command line gives."""
    called = {"timeout": "timeout_seconds", "budget": "budget_seconds"}
    return {
        called.get(name, name)
        for name in context.params
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    }


def _debug(error: BaseException) -> None:
    """Open the debugger where a trial failed."""
    import pdb

    typer.secho(printable(f"{type(error).__name__}: {error}"), err=True, fg=typer.colors.RED)
    pdb.post_mortem(error.__traceback__)


def show_tracebacks(record: "RunRecord", messages: "RichMessages") -> None:
    """Print the traceback of every trial that failed."""
    for result in record.failed:
        messages.console.print(result.traceback, markup=False)


def exit_unless_well(record: "RunRecord") -> None:
    """End the command with the exit code that a run's end asks for, if that is not 0."""
    if record.status == "interrupted":
        raise typer.Exit(ExitCode.INTERRUPTED)
    if record.failed:
        raise typer.Exit(ExitCode.TRIAL_FAILED)
