"""`digitbench run`: repeated trials of models, then the comparison."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from digitbench.cli.completion import complete_models, complete_runs
from digitbench.cli.config import ConfigOption, tell_config
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import OUTPUT, STORED, WHERE, ends_with
from digitbench.cli.next_steps import tell_next_steps
from digitbench.cli.options import DebugOption, JsonOption, TrialsTableOption, WideOption
from digitbench.cli.request_options import RequestCommand, requested
from digitbench.errors import UsageError
from digitbench.printable import printable

if TYPE_CHECKING:
    from digitbench.display.messages import RichMessages
    from digitbench.types import RunRecord


class RunCommand(RequestCommand):
    """Takes every option of a request."""

    bare: ClassVar = {"--resume": "latest"}


@ends_with(
    "digitbench run",
    "digitbench run --quick",
    "digitbench run softmax 'knn[k=3]' cnn --trials 5",
    "digitbench run 'small=cnn' 'big=cnn[filters=32/64/64]'",
    "digitbench run cnn knn --test-sets 'disputed,corruptions[severity=3]'",
    "digitbench run cnn --trials 10 --jobs auto --keep all",
    "digitbench run svm cnn --until-decided --budget 20m",
    "digitbench run --resume",
    see_also=("models", "test-sets", "show", "compare", "report", "doctor"),
)
def run(
    context: typer.Context,
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL",
            help="Models to run, as for --models: knn, 'knn[k=3]', 'big=cnn[epochs=4]'. By default "
            "every model found.",
            autocompletion=complete_models,
            show_default=False,
        ),
    ] = None,
    pdb: Annotated[
        bool,
        typer.Option(
            "--pdb",
            help="Debug a failing trial where it fails: inline, one at a time, no time-out.",
            rich_help_panel=WHERE,
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
            rich_help_panel=STORED,
        ),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed",
            help="With --resume, run the trials that failed again.",
            rich_help_panel=STORED,
        ),
    ] = False,
    reuse: Annotated[
        bool,
        typer.Option(
            "--reuse",
            help="Take identical trials from earlier runs instead of running them.",
            rich_help_panel=STORED,
        ),
    ] = False,
    config: ConfigOption = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print what would be run and how long it may take, and stop.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    wide: WideOption = False,
    trials_table: TrialsTableOption = False,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run repeated trials of models and compare them.

    Every trial's result and predictions are stored in a new directory below --runs-dir; `digitbench
    show` prints them again. After Ctrl-C, --resume does what is missing. Exit code 3 if a trial
    or a test set failed.
    """
    from digitbench.workflows.early import early_worker

    if retry_failed and resume is None:
        raise UsageError("--retry-failed is for --resume: name the run to complete")
    if reuse and resume is not None:
        raise UsageError("--reuse is for a new run: leave it out with --resume")
    given, settings = requested(context)
    if named:
        given = _with_models(given, named)
    if pdb:
        given |= {"engine": "inline", "jobs": 1, "timeout_seconds": None}
    with early_worker(settings | given, wanted=resume is None and not dry_run) as early:
        from digitbench.cli.console import messages_shown, results_console
        from digitbench.workflows.execute import new_run, resumed_run
        from digitbench.workflows.looks import execute
        from digitbench.workflows.request import RunRequest
        from digitbench.workflows.stored import load_run

        examine = _debug if pdb else None
        with messages_shown(progress_shown=not pdb) as messages:
            tell_config(config, messages)
            if resume is None:
                request = RunRequest.of(given, settings)
                pending = new_run(request, messages, examine, reuse=reuse, early=early)
            else:
                pending = resumed_run(
                    resume, given, settings, messages, examine, retry_failed=retry_failed
                )
            if dry_run:
                from digitbench.cli.dry_run import print_pending

                print_pending(pending, as_json=json)
                return
            path = execute(pending, messages)
            from digitbench.cli.show import print_run

            record = load_run(path)
            messages.info(f"stored in {path}")
            print_run(record, results_console(), as_json=json, wide=wide, trials_table=trials_table)
            if record.status == "interrupted":
                messages.info(f"to complete it: digitbench run --resume {path.name}")
            if not json:
                tell_next_steps(record, messages, runs_dir=given.get("runs_dir"))
            if debug:
                show_tracebacks(record, messages)
    exit_unless_well(record)


def _with_models(given: dict[str, Any], named: list[str]) -> dict[str, Any]:
    """Return what the command line says of a request, with the models that are its arguments.

    Raises:
        UsageError: it names models with `--models` too.
    """
    if "models" in given:
        raise UsageError(
            f"models are named twice, as {' '.join(named)} and with --models {given['models']}: "
            "name all of them in one of these ways"
        )
    return given | {"models": ",".join(named)}


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
    if record.failed or record.failed_test_sets:
        raise typer.Exit(ExitCode.TRIAL_FAILED)
