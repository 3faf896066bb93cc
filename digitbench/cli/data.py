"""`digitbench data`: which data sets there are, fetching them, and verifying what is here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

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
from digitbench.printable import printable

if TYPE_CHECKING:
    from digitbench.datasets.load import LoadedDataset
    from digitbench.datasets.status import Verification
    from digitbench.types import Dataset

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
    from rich.text import Text

    from digitbench.cli.console import results_console
    from digitbench.datasets.load import default_cache_dir
    from digitbench.datasets.status import dataset_status
    from digitbench.plugins import load_plugins
    from digitbench.report.catalogue import PlainTable
    from digitbench.report.datasets import status_document
    from digitbench.report.document import to_json
    from digitbench.types import DataContext

    host = load_plugins(files=plugin_files or ())
    context = DataContext(default_cache_dir(), data_dir)
    statuses = [dataset_status(offer.spec, context) for offer in host.datasets.values()]
    if json:
        results_stream().write(to_json(status_document(statuses)))
        return
    table = PlainTable("Data set", "Here", "Groups", "Summary", "Where from")
    here = {True: "yes", False: "no", None: "?"}
    for status in statuses:
        groups = f"{status.groups}s" if status.groups else "not known"
        table.add_texts(status.name, here[status.present], groups, status.summary, status.where)
    console = results_console()
    console.print(table)
    for failure in host.failures:
        console.print(Text(printable(f"failed: {failure}"), style="red"))


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
    from digitbench.datasets.load import default_cache_dir, load_dataset
    from digitbench.plugins import load_plugins
    from digitbench.report.datasets import fetched_document
    from digitbench.report.document import to_json
    from digitbench.runner.selection import find_dataset
    from digitbench.types import DataContext

    with messages_shown() as messages, messages.downloads() as bars:
        spec = find_dataset(name, load_plugins(files=plugin_files or ()))
        context = DataContext(default_cache_dir(), data_dir, offline, bars)
        loaded = load_dataset(spec, context)
    if json:
        results_stream().write(to_json(fetched_document(loaded)))
        return
    results_console().print(_description(loaded), soft_wrap=True, markup=False)


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
    from digitbench.datasets.load import default_cache_dir
    from digitbench.datasets.status import verify as verify_datasets
    from digitbench.plugins import load_plugins
    from digitbench.report.datasets import verification_document
    from digitbench.report.document import to_json
    from digitbench.types import DataContext

    context = DataContext(default_cache_dir(), data_dir, offline=True)
    host = load_plugins(files=plugin_files or ())
    rows = verify_datasets((offer.spec for offer in host.datasets.values()), context)
    if json:
        results_stream().write(to_json(verification_document(rows)))
    else:
        _print_verdicts(rows)
    if not all(row.ok for row in rows):
        raise typer.Exit(ExitCode.USAGE)


def _print_verdicts(rows: "Sequence[Verification]") -> None:
    from digitbench.cli.console import results_console
    from digitbench.report.catalogue import PlainTable

    table = PlainTable("Data set", "Verdict", "What", "Where")
    for row in rows:
        verdict = "ok" if row.ok else "BAD"
        table.add_texts(row.name, verdict, row.detail, row.where, style=None if row.ok else "red")
    results_console().print(table)


def _description(loaded: "LoadedDataset") -> str:
    dataset = loaded.dataset
    known = {True: "canonical", False: "NOT the canonical data", None: "not known to be canonical"}
    return (
        f"{dataset.name}: {len(dataset.train):,} training and {len(dataset.test):,} test images, "
        f"{known[loaded.canonical]}\nfrom {printable(dataset.source)}\n"
        f"fingerprint {loaded.fingerprint}\n"
        f"groups: {_groups(dataset)}"
    )


def _groups(dataset: "Dataset") -> str:
    """Say which images belong together."""
    parts = [
        f"{split.groups.count:,} {split.groups.plural} of the {part} images"
        for part, split in (("training", dataset.train), ("test", dataset.test))
        if split.groups is not None
    ]
    return ", ".join(parts) or "not known"


add_command(data_app, list_datasets, "list")
add_command(data_app, fetch)
add_command(data_app, verify)
