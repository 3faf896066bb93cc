"""`digitbench predict`: kept models read the digits in pictures."""

from pathlib import Path
from typing import Annotated

import typer

from digitbench.cli.completion import complete_sides
from digitbench.cli.config import ConfigOption
from digitbench.cli.exit_codes import ExitCode, say_error
from digitbench.cli.help import OUTPUT, ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DebugOption,
    JsonOption,
    PluginFileOption,
    RunsDirOption,
)
from digitbench.cli.streams import results_stream


@ends_with(
    "digitbench predict photo.jpg",
    "digitbench predict *.png --model latest:cnn --model knn",
    "digitbench predict photo.jpg --json --save-28x28 digits",
    see_also=("run", "keep"),
)
def predict(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE", help="Photographs or drawings of digits.", show_default=False
        ),
    ],
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="RUN:MODEL",
            help="A kept model, such as latest:cnn, or cnn for the newest; may be given several "
            "times. By default those of the newest run that kept any.",
            autocompletion=complete_sides,
            show_default=False,
        ),
    ] = None,
    save_to: Annotated[
        Path | None,
        typer.Option(
            "--save-28x28",
            metavar="DIR",
            help="Save each digit as the models saw it, a PNG file of 28x28 pixels, in DIR.",
            rich_help_panel=OUTPUT,
            show_default=False,
        ),
    ] = None,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Read the digits in pictures with kept models.

    Any paper, light and pen will do, and bright ink on dark ground too; several digits are read
    from left to right. What cannot be read is said, and then the exit code is 2.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.document import to_json
    from digitbench.report.pictures import pictures_document, pictures_report
    from digitbench.workflows.predict import load_models, predict_pictures, save_images

    with messages_shown() as messages:
        loaded = load_models(
            models or (), runs_dir=runs_dir, messages=messages, plugin_files=plugin_files or ()
        )
        answers = predict_pictures(pictures, loaded)
    if save_to is not None:
        save_images(answers, save_to)
    if json:
        results_stream().write(to_json(pictures_document(answers)))
    else:
        if readable := [answer for answer in answers if answer.error is None]:
            results_console().print(pictures_report(readable), highlight=False)
        for answer in answers:
            if answer.error is not None:
                say_error(answer.error)
    if any(answer.error for answer in answers):
        raise typer.Exit(ExitCode.USAGE)
