"""`digitbench check`: the gate of a CI job."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from digitbench.cli.completion import (
    complete_datasets,
    complete_models,
    complete_runs,
    complete_validation,
)
from digitbench.cli.config import ConfigOption, gate_table, tell_config
from digitbench.cli.exit_codes import ExitCode
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    EngineOption,
    JobsOption,
    JsonOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
    ThreadsOption,
    TimeoutOption,
)
from digitbench.cli.run import show_tracebacks
from digitbench.cli.streams import results_stream
from digitbench.errors import UsageError

if TYPE_CHECKING:
    from digitbench.analysis.gate import Check
    from digitbench.analysis.gate_settings import GateSettings
    from digitbench.workflows.messages import Messages


def check(
    context: typer.Context,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            "-b",
            help="File that `digitbench baseline` made: what the models are held against.",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            help="Judge this stored run, or 'latest', instead of making a new one.",
            autocompletion=complete_runs,
            show_default=False,
        ),
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(
            "--models",
            "-m",
            help="Models, as for `digitbench run`; by default those of the baseline.",
            autocompletion=complete_models,
            show_default=False,
        ),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            "-t",
            min=1,
            help="Trials of each model; by default as many as the baseline has.",
            show_default=False,
        ),
    ] = None,
    max_trials: Annotated[
        int | None,
        typer.Option(
            "--max-trials",
            min=1,
            help="Add trials, twice as many each time, while a gate is inconclusive.",
            show_default=False,
        ),
    ] = None,
    tolerance: Annotated[
        str | None,
        typer.Option(
            "--tolerance",
            help='How far a mean accuracy may lie below the baseline\'s: "0.1 points", "3 images" '
            "or a fraction; by default 0.",
            show_default=False,
        ),
    ] = None,
    smallest_drop: Annotated[
        str | None,
        typer.Option(
            "--smallest-drop",
            help="Inconclusive as long as a drop of this size cannot be ruled out.",
            show_default=False,
        ),
    ] = None,
    min_accuracy: Annotated[
        float | None,
        typer.Option(
            "--min-accuracy", help="Floor of every model's mean accuracy.", show_default=False
        ),
    ] = None,
    min_class_accuracy: Annotated[
        float | None,
        typer.Option(
            "--min-class-accuracy",
            help="Floor of every model's mean accuracy on each digit.",
            show_default=False,
        ),
    ] = None,
    false_alarms: Annotated[
        float | None,
        typer.Option(
            "--false-alarms",
            help="How often a check of an unchanged model may fail; by default 0.005.",
            show_default=False,
        ),
    ] = None,
    on_inconclusive: Annotated[
        Literal["pass", "fail"] | None,
        typer.Option(
            "--on-inconclusive",
            help="What an inconclusive gate counts as; by default pass.",
            show_default=False,
        ),
    ] = None,
    accept_changed: Annotated[
        str | None,
        typer.Option(
            "--accept-changed",
            help="What may differ from the baseline, separated by commas: source, options, plugin, "
            "data; as in source:my-plugin for one plugin.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            help="Base of every trial's seed; by default the baseline's.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            "-d",
            help="Data set; by default the baseline's.",
            show_default=False,
            autocompletion=complete_datasets,
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(
            "--validation",
            metavar="N|GROUPS:N",
            help="Hold out the last N training images, or about N of whole groups, such as "
            "writers:5000; by default as for the baseline.",
            autocompletion=complete_validation,
            show_default=False,
        ),
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = "process",
    jobs: JobsOption = 1,
    threads: ThreadsOption = None,
    timeout: TimeoutOption = None,
    plugin_file: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    offline: OfflineOption = False,
    config: ConfigOption = None,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", help="Write JUnit XML to this file.", show_default=False),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            "--markdown",
            help="Append Markdown to this file, such as $GITHUB_STEP_SUMMARY.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Fail if a model got worse: run what a baseline has, or judge a stored run, gate by gate.

    What is asked stands in the options, or in the table gates of the config file. Exit code 0 if
    the gates let pass, 1 if one failed or a trial did, 2 if the comparison makes no sense.
    """
    from digitbench.cli.console import messages_shown
    from digitbench.workflows.check import CheckInterruptedError

    _check_files(junit, markdown)
    with messages_shown() as messages:
        tell_config(config, messages)
        try:
            found = _judge(context, messages)
        except CheckInterruptedError as interrupt:
            messages.info(str(interrupt))
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
        try:
            if json:
                from digitbench.report.document import to_json
                from digitbench.report.gate import check_document

                results_stream().write(to_json(check_document(found)))
            else:
                _print(found, data_dir, plugin_file or (), messages, offline=offline)
            if run is None:
                messages.info(f"kept in {Path(runs_dir, found.record.id)}")
            if debug:
                show_tracebacks(found.record, messages)
        finally:  # after the verdict, which no file is worth; but also if nobody reads it
            unwritten = _write(found, junit, markdown)
    if not found.passed:
        raise typer.Exit(ExitCode.GATE_FAILED)
    if unwritten:
        raise typer.Exit(ExitCode.USAGE)


def _check_files(junit: Path | None, markdown: Path | None) -> None:
    """Refuse files that cannot be written before the work for them begins.

    Raises:
        UsageError: one cannot be written, or both are the same.
    """
    from digitbench.cli.files import check_writable

    for file in (junit, markdown):
        if file is not None:
            check_writable(file)
    if junit is not None and markdown is not None and junit.resolve() == markdown.resolve():
        raise UsageError(f"--junit and --markdown are both {junit}: name two files")


def _judge(context: typer.Context, messages: "Messages") -> "Check":
    """Judge the stored run that is named, or a new one."""
    from digitbench.runner.plan import RunRequest
    from digitbench.store.baseline import read_baseline
    from digitbench.workflows.check import Task, judge_new, judge_stored, request_like
    from digitbench.workflows.stored import load_run

    given = {name: value for name, value in context.params.items() if value is not None}
    table = gate_table(context)
    file = given.get("baseline") or (table and table.baseline)
    task = Task(read_baseline(Path(file)) if file else None, _settings(table, given))
    if "run" in given:
        record = load_run(given["run"], given["runs_dir"])
        labels = _labels(given["models"]) if "models" in given else None
        return judge_stored(record, replace(task, models=labels), messages)
    given["plugin_files"] = tuple(given.pop("plugin_file", ()))
    given["timeout_seconds"] = given.pop("timeout", None)
    names = {field.name for field in fields(RunRequest)} & given.keys()
    request = RunRequest(**{name: given[name] for name in names})
    if task.baseline is not None:
        request = request_like(task.baseline, request, names)
    return judge_new(request, task, messages)


def _settings(table: "GateSettings | None", given: Mapping[str, Any]) -> "GateSettings":
    """Return what is asked: by the command line, or else by the config file.

    Raises:
        UsageError: a value is wrong.
    """
    from digitbench.analysis.gate_settings import GateSettings
    from digitbench.workflows.check import gate_settings

    names = GateSettings.model_fields.keys()
    stated = {name: getattr(table, name) for name in table.model_fields_set} if table else {}
    values = {name: value for name, value in (stated | dict(given)).items() if name in names}
    return gate_settings(values)


def _labels(models: str) -> list[str]:
    """Return the labels that `--models` names, among those of a stored run."""
    from digitbench.runner.selection import parse_models

    labels = []
    for request in parse_models(models):
        options = ",".join(f"{name}={value}" for name, value in request.options.items())
        labels.append(f"{request.name}[{options}]" if options else request.name)
    return labels


def _write(found: "Check", junit: Path | None, markdown: Path | None) -> bool:
    """Write the files that were asked for; say which cannot be written, and whether one could not.

    The verdict stands whatever becomes of them.
    """
    from digitbench.cli.files import append_file, write_file
    from digitbench.report.gate import check_markdown
    from digitbench.report.junit import junit_xml

    unwritten = False
    for file, write, text in (
        (junit, write_file, junit_xml),
        (markdown, append_file, check_markdown),
    ):
        if file is not None:
            try:
                write(file, text(found))
            except UsageError as error:
                typer.secho(f"error: {error}", err=True, fg=typer.colors.RED)
                unwritten = True
    return unwritten


def _print(
    found: "Check",
    data_dir: Path | None,
    plugin_files: Sequence[Path],
    messages: "Messages",
    *,
    offline: bool,
) -> None:
    """Print a check, with the worst images if any became wrong."""
    from digitbench.cli.console import results_console
    from digitbench.report.gate import check_report, failing_models, worst_images
    from digitbench.workflows.images import load_test_images

    images = None
    if any(worst_images(model, 1) for model in failing_models(found)):
        images = load_test_images(
            found.record,
            data_dir=data_dir,
            offline=offline,
            messages=messages,
            plugin_files=plugin_files,
        )
    results_console().print(check_report(found, images))
