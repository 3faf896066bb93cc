"""`digitbench keep`: a model of a stored run, trained again and kept."""

from typing import Annotated

import typer

from digitbench.cli.completion import complete_sides
from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
)


@ends_with(
    "digitbench keep latest:cnn",
    "digitbench keep latest:cnn --trial 3",
    see_also=("run", "predict", "test", "show"),
)
def keep(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RUN:MODEL",
            help="A model of a stored run, such as latest:cnn.",
            autocompletion=complete_sides,
            show_default=False,
        ),
    ],
    trial: Annotated[int, typer.Option("--trial", min=1, help="Keep the model of this trial.")] = 1,
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Train a model of a stored run again from its seed, and keep it.

    It is kept only if it predicts every test image as it did in the run. A run keeps the first
    trial of each model by itself, unless `digitbench run` is told otherwise.
    """
    from digitbench.cli.console import messages_shown, results_console
    from digitbench.report.kept import kept_again
    from digitbench.workflows.keep import keep_model

    given = {
        "runs_dir": runs_dir,
        "offline": offline,
        "plugin_files": tuple(plugin_files or ()),
        **({} if data_dir is None else {"data_dir": data_dir}),
    }
    with messages_shown() as messages:
        kept = keep_model(model, trial, given, messages)
    said = kept_again(kept.found.kept, kept.found.directory, kept.fit_seconds)
    results_console().print(said, soft_wrap=True, markup=False, highlight=False)
