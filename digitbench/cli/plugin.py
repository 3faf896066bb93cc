"""`digitbench plugin`: help for those who write plugins."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from digitbench.cli.completion import complete_datasets, complete_models, complete_test_sets
from digitbench.cli.config import ConfigOption
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import Group, add_command, ends_with
from digitbench.cli.options import DebugOption, JsonOption, PluginFileOption
from digitbench.cli.plugin_new import new
from digitbench.cli.streams import results_stream
from digitbench.errors import UsageError

if TYPE_CHECKING:
    from digitbench.report.conformance import Result

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
    "digitbench plugin check --test-sets my-set --plugin-file my_set.py",
    see_also=("plugin new", "models"),
)
def check(
    models: Annotated[
        str | None,
        typer.Argument(
            help='Models to check, with options in brackets, such as "knn" or "cnn[epochs=1]".',
            metavar="NAME",
            autocompletion=complete_models,
            show_default=False,
        ),
    ] = None,
    test_sets: Annotated[
        str | None,
        typer.Option(
            "--test-sets",
            help='Test sets to check, as a run takes them, such as "dim[steps=3],pictures:DIR".',
            metavar="SETS",
            autocompletion=complete_test_sets,
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            "-d",
            help="Data set that the test sets are made for; by default a few hundred digits.",
            autocompletion=complete_datasets,
        ),
    ] = None,
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
    check under way, and the others are made all the same. Test sets are loaded twice in this
    process. Exit code 3 if a check fails.
    """
    from digitbench.cli.console import results_console
    from digitbench.report.conformance import conformance_document, conformance_tables
    from digitbench.report.document import to_json
    from digitbench.workflows.plugin_authors import check_models, check_test_sets

    if models is None and test_sets is None:
        raise UsageError("name a model to check, or test sets with --test-sets")
    files = plugin_files or ()
    of_models, of_sets = {}, {}
    if models is not None:
        limits = {"tolerance": tolerance, "timeout_seconds": timeout}
        of_models = _collected(check_models(models, **limits, plugin_files=files))
    if test_sets is not None:
        of_sets = _collected(check_test_sets(test_sets, dataset=dataset, plugin_files=files))
    if json:
        results_stream().write(to_json(conformance_document(of_models, of_sets)))
    else:
        results_console().print(conformance_tables(of_models, of_sets))
    checked = (*of_models.values(), *of_sets.values())
    if any(result.failed for results in checked for result in results):
        raise typer.Exit(ExitCode.TRIAL_FAILED)


def _collected(made: Iterable[tuple[str, "Result | None"]]) -> dict[str, list["Result"]]:
    """Return the results of checks by what is checked, and show which is under way."""
    from rich.text import Text

    from digitbench.cli.console import messages_console
    from digitbench.printable import printable

    reports: dict[str, list[Result]] = {}
    with messages_console().status("") as status:
        for label, result in made:
            results = reports.setdefault(label, [])
            said = f"checking {printable(label)}"
            if result is not None:
                results.append(result)
                said += f": {result.check.name} {result.outcome}"
            status.update(Text(said))
    return reports


add_command(plugin_app, check)
add_command(plugin_app, new)
