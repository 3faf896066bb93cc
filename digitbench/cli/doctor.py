"""`digitbench doctor`: what digitbench stands on here, and what is wrong with it."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from digitbench.cli.config import apply_config
from digitbench.cli.exit_codes import ExitCode
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
from digitbench.errors import UsageError

_CONFIG_ERROR = "digitbench.config_error"


def _try_config(context: typer.Context, given: Path | None) -> Path | None:
    """Use a config file as every command does, but note what is wrong with it and go on."""
    try:
        return apply_config(context, given)
    except UsageError as error:
        context.meta[_CONFIG_ERROR] = str(error)
        return given


@ends_with(
    "digitbench doctor",
    "digitbench doctor --deep",
    see_also=("data verify", "models"),
)
def doctor(
    context: typer.Context,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Import TensorFlow and scikit-learn too, each in a process of its own, which "
            "takes some seconds.",
        ),
    ] = False,
    data_dir: DataDirOption = None,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    offline: OfflineOption = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            envvar="DIGITBENCH_CONFIG",
            callback=_try_config,
            is_eager=True,
            help="File with settings; by default as for `digitbench run`.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Look at what digitbench stands on here, and say what is wrong and what to do about it.

    Versions, processors and who else uses them, memory, GPU, disks, data sets, runs, plugins,
    settings: each line is ok, a warning or a fault. Nothing is downloaded or changed. Exit code 2
    if there is a fault; warnings do not count.
    """
    from digitbench.cli.console import results_console
    from digitbench.report.diagnosis import Level, diagnosis_document, diagnosis_text
    from digitbench.report.document import to_json
    from digitbench.workflows.doctor import diagnose

    findings, machine, environment = diagnose(
        runs_dir,
        data_dir=data_dir,
        plugin_files=plugin_files or (),
        offline=offline,
        deep=deep,
        config=config,
        config_error=context.meta.get(_CONFIG_ERROR),
    )
    if json:
        results_stream().write(to_json(diagnosis_document(findings, asdict(machine), environment)))
    else:
        results_console().print(diagnosis_text(findings))
    if any(finding.level is Level.FAULT for finding in findings):
        raise typer.Exit(ExitCode.USAGE)
