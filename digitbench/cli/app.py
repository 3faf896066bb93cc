"""The application: its commands, and the one place where expected errors become exit codes."""

import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from digitbench import __version__
from digitbench.cli.baseline import baseline
from digitbench.cli.check import check
from digitbench.cli.choose import choose
from digitbench.cli.compare import compare
from digitbench.cli.completion import in_completion
from digitbench.cli.data import data_app
from digitbench.cli.doctor import doctor
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.export import export
from digitbench.cli.help import Command, closing
from digitbench.cli.history import history
from digitbench.cli.list import list_runs
from digitbench.cli.models import models
from digitbench.cli.options import DebugOption, debugging
from digitbench.cli.plugin import plugin_app
from digitbench.cli.report import report
from digitbench.cli.reproduce import reproduce
from digitbench.cli.run import RunCommand, run
from digitbench.cli.show import show
from digitbench.errors import DigitbenchError


class _Commands(TyperGroup):
    """The group of all commands; turns expected errors into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except DigitbenchError as error:
            if debugging(ctx):
                traceback.print_exc()
            message = " ".join(str(error).split())
            typer.secho(f"error: {message}", err=True, fg=typer.colors.RED)
            raise typer.Exit(ExitCode.USAGE) from error
        except KeyboardInterrupt as error:
            typer.secho("interrupted", err=True)
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        except BrokenPipeError as error:  # the reader of our output, such as `head`, has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.OK) from error


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


app.command(cls=RunCommand, epilog=closing("run"))(run)
app.command(cls=Command, epilog=closing("reproduce"))(reproduce)
app.command(cls=Command, epilog=closing("show"))(show)
app.command(cls=Command, epilog=closing("report"))(report)
app.command(cls=Command, epilog=closing("compare"))(compare)
app.command("list", cls=Command, epilog=closing("list"))(list_runs)
app.command(cls=Command, epilog=closing("history"))(history)
app.command(cls=Command, epilog=closing("choose"))(choose)
app.command(cls=Command, epilog=closing("baseline"))(baseline)
app.command(cls=Command, epilog=closing("check"))(check)
app.command(cls=Command, epilog=closing("export"))(export)
app.command(cls=Command, epilog=closing("models"))(models)
app.command(cls=Command, epilog=closing("doctor"))(doctor)
app.add_typer(data_app, name="data")
app.add_typer(plugin_app, name="plugin")


def main() -> None:
    """Run the command line; the console script `digitbench`."""
    try:
        app(prog_name="digitbench")
    except Exception:  # whatever is not a DigitbenchError is a defect of ours: show all of it
        if in_completion():  # but never in somebody's prompt
            sys.exit(ExitCode.INTERNAL_ERROR)
        traceback.print_exc()
        typer.secho("This is a defect of digitbench: please report it.", err=True)
        sys.exit(ExitCode.INTERNAL_ERROR)
