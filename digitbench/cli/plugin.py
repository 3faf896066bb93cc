"""`digitbench plugin`: help for those who write plugins."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_models
from digitbench.cli.config import ConfigOption
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import Group, add_command, ends_with
from digitbench.cli.options import DebugOption, JsonOption, PluginFileOption
from digitbench.cli.plugin_new import new
from digitbench.cli.streams import results_stream

plugin_app = typer.Typer(
    cls=Group,
    help="Write plugins, and check them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@plugin_app.callback()
def about() -> None:
    """Help for those who write plugins."""


@ends_with(
    "digitbench plugin check knn",
    "digitbench plugin check my-model --plugin-file my_model.py",
    see_also=("plugin new", "models"),
)
def check(
    models: Annotated[
        str,
        typer.Argument(
            help='Models to check, with options in brackets, such as "knn" or "cnn[epochs=1]".',
            metavar="NAME",
            autocompletion=complete_models,
        ),
    ],
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            min=0.0,
            max=1.0,
            help="Share of the predictions that may differ between two fits with one seed.",
        ),
    ] = 0.0,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", min=0.001, help="Seconds a check may take; then it is stopped and fails."
        ),
    ] = 600.0,
    plugin_files: PluginFileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check that a model keeps the contract of a classifier, on a few hundred real digits.

    The checks are made in a process of their own, so that a model that crashes or hangs fails the
    check under way, and the others are made all the same. Exit code 3 if a check fails.
    """
    from rich.text import Text

    from digitbench.cli.console import messages_console, results_console
    from digitbench.printable import printable
    from digitbench.report.conformance import Result, conformance_document, conformance_tables
    from digitbench.report.document import to_json
    from digitbench.workflows.plugin_authors import check_models

    reports: dict[str, list[Result]] = {}
    with messages_console().status("") as status:
        for model, result in check_models(
            models,
            tolerance=tolerance,
            timeout_seconds=timeout,
            plugin_files=plugin_files or (),
        ):
            results = reports.setdefault(model, [])
            said = f"checking {printable(model)}"
            if result is not None:
                results.append(result)
                said += f": {result.check.name} {result.outcome}"
            status.update(Text(said))
    if json:
        results_stream().write(to_json(conformance_document(reports)))
    else:
        results_console().print(conformance_tables(reports))
    if any(result.failed for results in reports.values() for result in results):
        raise typer.Exit(ExitCode.TRIAL_FAILED)


add_command(plugin_app, check)
add_command(plugin_app, new)
