"""`digitbench plugin`: help for those who write plugins."""

import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from digitbench.cli.completion import complete_models
from digitbench.cli.config import ConfigOption
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import Command, closing
from digitbench.cli.options import DebugOption, JsonOption, PluginFileOption
from digitbench.cli.plugin_new import new

plugin_app = typer.Typer(
    help="Write plugins, and check them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@plugin_app.callback()
def about() -> None:
    """Help for those who write plugins."""


@plugin_app.command(cls=Command, epilog=closing("plugin check"))
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
    plugin_file: PluginFileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check that a model keeps the contract of a classifier, on a few hundred real digits.

    Exit code 3 if a check fails.
    """
    from digitbench.cli.console import messages_console, results_console
    from digitbench.plugins import load_plugins
    from digitbench.report.conformance import conformance_document, conformance_tables
    from digitbench.report.document import to_json
    from digitbench.runner.selection import find_model, parse_models, resolve_models
    from digitbench.testing import Candidate, CheckResult, run_checks

    console = messages_console()
    # stdout is for results: what a plugin prints goes to stderr
    with redirect_stdout(sys.stderr), console.status("") as status:
        host = load_plugins(files=plugin_file or ())
        reports: dict[str, list[CheckResult]] = {}
        for model in resolve_models(parse_models(models), host):
            candidate = Candidate(find_model(model.name, host).spec, model.options, tolerance)
            results = reports[model.label] = []
            status.update(f"checking {model.label}")
            for result in run_checks(candidate):
                results.append(result)
                status.update(f"checking {model.label}: {result.check.name} {result.outcome}")
    if json:
        sys.stdout.write(to_json(conformance_document(reports)))
    else:
        results_console().print(conformance_tables(reports))
    if any(result.failed for results in reports.values() for result in results):
        raise typer.Exit(ExitCode.TRIAL_FAILED)


plugin_app.command(cls=Command, epilog=closing("plugin new"))(new)
