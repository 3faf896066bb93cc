"""`digitbench data`: which data sets there are, fetching them, and verifying what is here."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_datasets
from digitbench.cli.config import ConfigOption
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import Group, add_command, ends_with
from digitbench.cli.options import (
    DataDirOption,
    DebugOption,
    JsonOption,
    OfflineOption,
    PluginFileOption,
)
from digitbench.cli.streams import results_stream

data_app = typer.Typer(
    cls=Group,
    help="List, fetch and verify data sets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@ends_with(
    "digitbench data list",
    see_also=("data fetch", "data verify"),
)
def list_datasets(
    data_dir: DataDirOption = None,
    plugin_files: PluginFileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the data sets and where each would come from now; nothing is downloaded."""
    from digitbench.cli.console import results_console
    from digitbench.report.datasets import status_document, status_table
    from digitbench.report.document import to_json
    from digitbench.workflows.catalogue import load_plugins
    from digitbench.workflows.data import dataset_statuses

    host = load_plugins(files=plugin_files or ())
    statuses = dataset_statuses(host, data_dir)
    if json:
        results_stream().write(to_json(status_document(statuses)))
        return
    results_console().print(status_table(statuses, host.failures))


@ends_with(
    "digitbench data fetch mnist",
    see_also=("data list", "data verify"),
)
def fetch(
    name: Annotated[
        str, typer.Argument(help="Name of the data set.", autocompletion=complete_datasets)
    ],
    data_dir: DataDirOption = None,
    plugin_files: PluginFileOption = None,
    offline: OfflineOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Find or download a data set, check it, and prepare it for later runs."""
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.datasets import fetched_document, fetched_text
    from digitbench.report.document import to_json
    from digitbench.workflows.data import fetch_dataset

    with messages_shown() as messages:
        loaded = fetch_dataset(
            name,
            messages,
            data_dir=data_dir,
            offline=offline,
            plugin_files=plugin_files or (),
        )
    if json:
        results_stream().write(to_json(fetched_document(loaded)))
        return
    results_console().print(fetched_text(loaded), soft_wrap=True, markup=False)


@ends_with(
    "digitbench data verify",
    see_also=("data fetch", "doctor"),
)
def verify(
    data_dir: DataDirOption = None,
    plugin_files: PluginFileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Read every copy of the data sets on this machine again and check it.

    Exit code 2 if something is wrong with one.
    """
    from digitbench.cli.console import results_console
    from digitbench.report.datasets import verification_document, verification_table
    from digitbench.report.document import to_json
    from digitbench.workflows.data import verify_datasets

    rows = verify_datasets(data_dir, plugin_files or ())
    if json:
        results_stream().write(to_json(verification_document(rows)))
    else:
        results_console().print(verification_table(rows))
    if not all(row.ok for row in rows):
        raise typer.Exit(ExitCode.USAGE)


add_command(data_app, list_datasets, "list")
add_command(data_app, fetch)
add_command(data_app, verify)
