"""`digitbench compare`: two models of a run, or two runs, down to the images."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_models_of_run, complete_runs, complete_sides
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    JsonOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
)
from digitbench.cli.streams import results_stream

_SIDE = "A model of the run that --run names, a run, or RUN:MODEL."


@ends_with(
    "digitbench compare cnn svm",
    "digitbench compare 20260102T101500Z-cnn latest:cnn",
    see_also=("show", "writers", "choose", "history"),
)
def compare(
    a: Annotated[
        str,
        typer.Argument(help=_SIDE, metavar="A", show_default=False, autocompletion=complete_sides),
    ],
    b: Annotated[
        str,
        typer.Argument(help=_SIDE, metavar="B", show_default=False, autocompletion=complete_sides),
    ],
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            help="Run of the models that are named alone; by default the latest.",
            autocompletion=complete_runs,
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Of two runs, compare this model alone.",
            show_default=False,
            autocompletion=complete_models_of_run,
        ),
    ] = None,
    images: Annotated[
        int, typer.Option("--images", "-n", min=0, help="How many changed images to draw.")
    ] = 12,
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Compare two models of a run, or two runs, down to the images.

    Says which is better and how sure that is, and draws the digits that B gets wrong and A right,
    and the reverse. Runs must be of the same data. Further test sets are compared where both have
    them.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.changed_images import changed_images
    from digitbench.report.document import to_json
    from digitbench.report.head_to_head import head_to_head_report, sets_versus_report
    from digitbench.report.head_to_head_document import head_to_head_document
    from digitbench.workflows.compare import compare as compare_models
    from digitbench.workflows.compare import find_targets
    from digitbench.workflows.images import load_test_images

    with messages_shown() as messages:
        targets = find_targets(a, b, runs_dir=runs_dir, run=run, model=model)
        for line in targets.warnings:
            messages.warn(line)
        compared = compare_models(targets)
        found, chosen, difference = compared.found, compared.chosen, compared.images
        if json:
            document = head_to_head_document(
                targets.warnings, found, chosen, difference, compared.sets
            )
            results_stream().write(to_json(document))
            return
        drawn = None
        if images and (difference.newly_wrong or difference.newly_right):
            drawn = load_test_images(
                targets.a,
                data_dir=data_dir,
                offline=offline,
                messages=messages,
                plugin_files=plugin_files or (),
            )
    console = results_console()
    console.print(head_to_head_report(found, chosen, console))
    if (sets := sets_versus_report(compared.sets, console)) is not None:
        console.print()
        console.print(sets)
    console.print()
    console.print(changed_images(chosen, difference, console, images=drawn, most=images))
