"""`digitbench writers`: who is misread, by writer or whatever groups a run's images come in."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_models_of_run
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    JsonOption,
    OfflineOption,
    PluginFileOption,
    RunArgument,
    RunsDirOption,
)
from digitbench.cli.streams import results_stream


@ends_with(
    "digitbench writers",
    "digitbench writers latest --models cnn,svm",
    see_also=("compare", "show", "report"),
)
def writers(
    run: RunArgument = "latest",
    models: Annotated[
        str | None,
        typer.Option(
            "--models",
            "-m",
            help="Models to show; of two, the writers on which they differ most. By default all, "
            "and the worst writers of the most accurate one.",
            show_default=False,
            autocompletion=complete_models_of_run,
        ),
    ] = None,
    writers: Annotated[
        int, typer.Option("--writers", "-w", min=0, help="How many writers to show one by one.")
    ] = 5,
    images: Annotated[
        int, typer.Option("--images", "-n", min=0, help="How many digits of each to draw.")
    ] = 4,
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show who is misread: a run's errors by writer, and the digits of the worst.

    Works for any groups that a data set says its images come in, not writers alone. MNIST's
    writers are known.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.document import to_json
    from digitbench.report.misread import (
        differing_groups,
        misread_report,
        worst_groups,
    )
    from digitbench.report.misread_document import misread_document
    from digitbench.workflows.images import load_test_images
    from digitbench.workflows.stored import load_run
    from digitbench.workflows.writers import errors_by_group

    record = load_run(run, runs_dir)
    errors = errors_by_group(record, models)
    shown, pair, differences = errors.models, errors.pair, errors.differences
    if json:
        results_stream().write(to_json(misread_document(record, shown, pair, differences)))
        return
    drawn = None
    if writers and images:
        with messages_shown() as messages:
            drawn = load_test_images(
                record,
                data_dir=data_dir,
                offline=offline,
                messages=messages,
                plugin_files=plugin_files or (),
            )
    console = results_console()
    console.print(misread_report(shown, console))
    if not writers:
        return
    if pair is not None:
        console.print()
        name = shown[0].found.name
        console.print(
            differing_groups(*pair, differences, name, most=writers, images=drawn, digits=images)
        )
        return
    for one in shown if models is not None else shown[:1]:
        console.print()
        console.print(worst_groups(one, most=writers, images=drawn, digits=images))
