"""`digitbench test`: the trained models of a stored run on further test sets."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_test_sets
from digitbench.cli.config import ConfigOption
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.help import DATA, ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    OfflineOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
)


@ends_with(
    "digitbench test latest --test-sets 'fresh,corruptions[severity=3]'",
    "digitbench test latest --test-sets pictures:my-digits",
    see_also=("run", "keep", "show"),
)
def add_sets(
    run: RunArgument,
    test_sets: Annotated[
        str,
        typer.Option(
            "--test-sets",
            metavar="SETS",
            help="The test sets, as `digitbench run` takes them.",
            autocompletion=complete_test_sets,
            show_default=False,
            rich_help_panel=DATA,
        ),
    ],
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Try the trained models of a stored run on further test sets, and store what they predict.

    Nothing is trained: trials whose model was not kept are left out, which is said. A kept model
    must first predict every test image as it did in the run. Exit code 3 if a test set failed.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.sets_overview import sets_overview
    from digitbench.workflows.further_sets import add_test_sets

    with messages_shown() as messages:
        found = add_test_sets(
            *(run, test_sets, messages),
            runs_dir=runs_dir,
            data_dir=data_dir,
            offline=offline,
            plugin_files=plugin_files or (),
        )
    if found.labels:
        console = results_console()
        console.print(sets_overview(found.with_these_sets, console), crop=False, highlight=False)
    if found.failed:
        raise typer.Exit(ExitCode.TRIAL_FAILED)
