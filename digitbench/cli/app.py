"""The application: its commands, and the one place where expected errors become exit codes."""

import gc
import io
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer

from digitbench import __version__
from digitbench.cli.baseline import baseline
from digitbench.cli.check import CheckCommand, check
from digitbench.cli.choose import ChooseCommand, choose
from digitbench.cli.compare import compare
from digitbench.cli.completion import in_completion
from digitbench.cli.data import data_app
from digitbench.cli.doctor import doctor
from digitbench.cli.exit_codes import ExitCode, say_error
from digitbench.cli.export import export
from digitbench.cli.help import Group, add_command
from digitbench.cli.history import history
from digitbench.cli.keep import keep
from digitbench.cli.list import list_runs
from digitbench.cli.models import models
from digitbench.cli.options import DebugOption, debugging
from digitbench.cli.plugin import plugin_app
from digitbench.cli.predict import predict
from digitbench.cli.report import report
from digitbench.cli.reproduce import ReproduceCommand, reproduce
from digitbench.cli.run import RunCommand, run
from digitbench.cli.serve import serve
from digitbench.cli.show import show
from digitbench.cli.streams import take_streams
from digitbench.cli.test import add_sets
from digitbench.cli.test_sets import list_test_sets
from digitbench.cli.writers import writers
from digitbench.errors import DigitbenchError, safe_text
from digitbench.printable import printable_lines

_OBJECTS_BETWEEN_SEARCHES = 50_000
"""How many more Python has made than freed when it looks for garbage. With its own 700 it would do
so all the time while modules are imported, whose objects stay."""


class _Commands(Group):
    """The group of all commands; turns expected errors into one line and an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> Any:
        """Run the command line and end with its exit code."""
        try:
            code = super().main(args, *rest, **settings | {"standalone_mode": False})
        except typer.TyperException as error:
            _say_wrong_usage(cast("typer.BadParameter", error))
            code = error.exit_code
        sys.exit(code)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except DigitbenchError as error:
            if debugging(ctx):
                sys.stderr.write(printable_lines(traceback.format_exc()))
            say_error(safe_text(error))
            raise typer.Exit(ExitCode.USAGE) from error
        except KeyboardInterrupt as error:
            typer.secho("interrupted", err=True)
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        except BrokenPipeError as error:  # Typer would end with 1, which is for gates alone
            raise RuntimeError("a pipe broke that is no standard stream") from error


app = typer.Typer(
    name="digitbench",
    help="Compare digit classifiers: repeated trials on MNIST, tables of mean and spread.",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digitbench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: DebugOption = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Compare digit classifiers: repeated trials on MNIST, tables of mean and spread."""


add_command(app, run, cls=RunCommand)
add_command(app, reproduce, cls=ReproduceCommand)
add_command(app, show)
add_command(app, report)
add_command(app, compare)
add_command(app, writers)
add_command(app, list_runs, "list")
add_command(app, history)
add_command(app, choose, cls=ChooseCommand)
add_command(app, baseline)
add_command(app, check, cls=CheckCommand)
add_command(app, keep)
add_command(app, add_sets, "test")
add_command(app, predict)
add_command(app, export)
add_command(app, serve)
add_command(app, models)
add_command(app, list_test_sets, "test-sets")
add_command(app, doctor)
app.add_typer(data_app, name="data")
app.add_typer(plugin_app, name="plugin")


def main() -> None:
    """Run the command line; the console script `digitbench`."""
    gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES)
    results = take_streams(silent=in_completion())
    code = _exit_code()
    loss = results.loss()
    if loss is not None and code not in {ExitCode.INTERNAL_ERROR, ExitCode.INTERRUPTED}:
        say_error(f"the results could not be written to stdout: {loss}")
        code = code or ExitCode.USAGE  # a gate that failed stays a gate that failed
    sys.stdout = sys.stderr  # for whatever a plugin prints when Python ends
    gc.freeze()  # or Python would search all objects for garbage before it ends
    sys.exit(code)


def _exit_code() -> int:
    """Run the command line and return its exit code."""
    try:
        app(prog_name="digitbench")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or ExitCode.OK
        sys.stderr.write(f"{end.code}\n")
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception:  # whatever is not a DigitbenchError is a defect of ours: show all of it
        sys.stderr.write(printable_lines(traceback.format_exc()))
        typer.secho("This is a defect of digitbench: please report it.", err=True)
    return ExitCode.INTERNAL_ERROR


def _say_wrong_usage(error: typer.BadParameter) -> None:
    """Say what Typer found wrong, in the shape of all errors; show the help if that is asked."""
    message, context = error.format_message(), error.ctx
    if context is not None and message == context.get_help():  # a group without a command
        shown = io.StringIO()
        error.show(file=shown)
        sys.stderr.write(printable_lines(shown.getvalue()))
        return
    what = f"{message[:1].lower()}{message[1:]}".rstrip(".").replace(": Value error, ", ": ")
    path = "digitbench" if context is None else context.command_path
    say_error(f"{what}; see {path} --help")
