"""`digitbench doctor`: what digitbench stands on here, and what is wrong with it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from digitbench.plugins import Offer
    from digitbench.report.findings import Finding
    from digitbench.runner.machine import Machine
    from digitbench.types import DatasetSpec, Environment

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
    from digitbench.plugins import load_plugins
    from digitbench.report.diagnosis import diagnosis_document, diagnosis_text
    from digitbench.report.document import to_json
    from digitbench.report.findings import Level, of_plugins, of_settings
    from digitbench.runner.environment import describe_environment
    from digitbench.runner.installation import stale_distributions
    from digitbench.runner.machine import measure

    machine = measure()  # first, before this command itself keeps a processor busy
    host = load_plugins(files=plugin_files or ())
    distributions = (plugin.distribution for plugin in host.plugins)
    environment = describe_environment(name for name in distributions if name)
    findings = [
        *_of_machine(machine, environment, deep=deep),
        *_of_files(host.datasets, data_dir, runs_dir, offline=offline),
        *of_plugins(host, stale_distributions()),
        *of_settings(config, context.meta.get(_CONFIG_ERROR), environment, os.environ),
    ]
    if json:
        results_stream().write(to_json(diagnosis_document(findings, machine, environment)))
    else:
        results_console().print(diagnosis_text(findings))
    if any(finding.level is Level.FAULT for finding in findings):
        raise typer.Exit(ExitCode.USAGE)


def _of_machine(
    machine: "Machine", environment: "Environment", *, deep: bool
) -> Iterator["Finding"]:
    from digitbench.report.findings import of_gpus, of_machine, of_software
    from digitbench.runner.installation import try_frameworks, unmet_requirements

    # TensorFlow takes seconds to import: only where there is a GPU that it might not see.
    tried = try_frameworks() if deep else try_frameworks(["tensorflow"] if machine.gpus else [])
    tensorflow = next((found for found in tried if found.name == "tensorflow"), None)
    yield from of_software(environment, unmet_requirements(), tried)
    yield from of_machine(machine, environment)
    yield of_gpus(machine, tensorflow)


def _of_files(
    datasets: "Mapping[str, Offer[DatasetSpec]]",
    data_dir: Path | None,
    runs_dir: Path,
    *,
    offline: bool,
) -> Iterator["Finding"]:
    import tempfile

    from digitbench.datasets.load import default_cache_dir
    from digitbench.report.findings import no_home, no_place, of_data, of_place, of_runs
    from digitbench.runner.installation import dataset_copies, has_no_home, look_at, stored_runs
    from digitbench.types import DataContext

    cache, lack = Path(os.devnull, "digitbench"), ""
    try:
        cache = default_cache_dir()
    except UsageError as error:
        lack = str(error)
    yield no_place("cache", lack) if lack else of_place(look_at("cache", cache))
    if has_no_home():
        yield no_home()
    yield of_place(look_at("runs", runs_dir))
    try:
        yield of_place(look_at("temporary files", Path(tempfile.gettempdir()), sized=False))
    except OSError as error:
        yield no_place("temporary files", error.strerror or str(error))
    context = DataContext(cache, data_dir, offline=True)
    copies = dataset_copies((offer.spec for offer in datasets.values()), context)
    yield from of_data(copies, data_dir, offline=offline)
    yield from of_runs(runs_dir, stored_runs(runs_dir))
