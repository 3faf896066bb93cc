"""`digitbench check`: the gate of a CI job."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from digitbench.cli.completion import complete_runs
from digitbench.cli.config import ConfigOption, gate_table, tell_config
from digitbench.cli.exit_codes import ExitCode, say_error
from digitbench.cli.help import GATES, OUTPUT, ends_with
from digitbench.cli.options import DebugOption, JsonOption
from digitbench.cli.request_options import RequestCommand, kind_of, least_of, requested
from digitbench.cli.run import show_tracebacks
from digitbench.cli.streams import results_stream
from digitbench.errors import UsageError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from digitbench.workflows.check import GateSettings, Judgement
    from digitbench.workflows.messages import Messages
    from digitbench.workflows.request import RunRequest

_GATES = "digitbench.gates_given"


class CheckCommand(RequestCommand):
    """Takes what of a request decides a run that a baseline is compared with."""

    request_fields = (
        *("models", "trials", "seed", "dataset", "validation", "data_dir", "test_sets", "engine"),
        *("jobs", "threads", "timeout_seconds", "plugin_files", "runs_dir", "offline"),
    )
    of_baseline = True
    gates_taken_as: ClassVar[Mapping[str, type]] = {
        "min_class_accuracy": float,
        "min_set_accuracy": str,
        "set_tolerance": str,
        "accept_changed": str,
    }

    @classmethod
    def late_parameters(cls) -> list[inspect.Parameter]:
        """Return the options of the run, then those of the gates."""
        from digitbench.workflows.check import GateSettings

        gates = [
            _gate_option(name, field, cls.gates_taken_as.get(name) or kind_of(field.annotation))
            for name, field in GateSettings.model_fields.items()
            if field.description
        ]
        return [*super().late_parameters(), *gates]

    def invoke(self, ctx: Any) -> Any:
        """Run the command with what its own options say; those of the gates wait for it."""
        from digitbench.workflows.check import GateSettings

        given = {name: ctx.params.pop(name, None) for name in GateSettings.model_fields}
        ctx.meta[_GATES] = {name: value for name, value in given.items() if value is not None}
        return super().invoke(ctx)


def _gate_option(name: str, field: "FieldInfo", kind: Any) -> inspect.Parameter:
    """Return the parameter whose option takes a setting of the gates; None stands for not given."""
    option = typer.Option(
        f"--{name.replace('_', '-')}",
        help=field.description,
        min=least_of(field) if kind is int else None,
        show_default=False,
        rich_help_panel=GATES,
    )
    annotation: Any = Annotated[kind | None, option]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


@ends_with(
    "digitbench check --baseline baseline.json",
    'digitbench check -b baseline.json --tolerance "0.1 points" --junit gate.xml',
    "digitbench check -b baseline.json --set-tolerance 'corruptions=0.3 points'",
    "digitbench check --run latest --min-accuracy 0.98",
    "digitbench check --run latest --min-set-accuracy corruptions/fog=0.6",
    see_also=("baseline", "run", "compare"),
)
def check(
    context: typer.Context,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            "-b",
            help="File that `digitbench baseline` made: what the models are compared with.",
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
    config: ConfigOption = None,
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit",
            help="Write JUnit XML to this file.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            "--markdown",
            help="Append Markdown to this file, such as $GITHUB_STEP_SUMMARY.",
            show_default=False,
            rich_help_panel=OUTPUT,
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
    from digitbench.workflows.check import CheckInterruptedError, run_gate
    from digitbench.workflows.request import RunRequest

    _check_files(junit, markdown)
    given, settings = requested(context)
    asked = settings | given
    with messages_shown() as messages:
        tell_config(config, messages)
        gates, file = _gates(context, baseline)
        try:
            found = run_gate(asked, gates, file, messages, run=run)
        except CheckInterruptedError as interrupt:
            messages.info(str(interrupt))
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
        try:
            if json:
                from digitbench.report.document import to_json
                from digitbench.report.gate import check_document

                results_stream().write(to_json(check_document(found)))
            else:
                _print(found, RunRequest.of(asked), messages)
            if run is None:
                messages.info(f"stored in {RunRequest.of(asked).runs_dir / found.record.id}")
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
    from digitbench.workflows.files import check_writable

    for file in (junit, markdown):
        if file is not None:
            check_writable(file)
    if junit is not None and markdown is not None and junit.resolve() == markdown.resolve():
        raise UsageError(f"--junit and --markdown are both {junit}: name two files")


def _gates(context: typer.Context, baseline: Path | None) -> "tuple[GateSettings, Path | None]":
    """Return what is asked, by the command line or else by the config file, and the baseline.

    Raises:
        UsageError: a value is wrong.
    """
    from digitbench.workflows.check import gate_settings

    table = gate_table(context)
    stated = {name: getattr(table, name) for name in table.model_fields_set} if table else {}
    return gate_settings(stated | context.meta[_GATES]), baseline or (
        table.baseline if table else None
    )


def _write(found: "Judgement", junit: Path | None, markdown: Path | None) -> bool:
    """Write the files that were asked for; say which cannot be written, and whether one could not.

    The verdict stands whatever becomes of them.
    """
    from digitbench.report.gate import check_markdown
    from digitbench.report.junit import junit_xml
    from digitbench.workflows.files import append_file, write_file

    unwritten = False
    for file, write, text in (
        (junit, write_file, junit_xml),
        (markdown, append_file, check_markdown),
    ):
        if file is not None:
            try:
                write(file, text(found))
            except UsageError as error:
                say_error(str(error))
                unwritten = True
    return unwritten


def _print(found: "Judgement", request: "RunRequest", messages: "Messages") -> None:
    """Print a check, with the worst images if any became wrong."""
    from digitbench.cli.console import results_console
    from digitbench.report.gate import check_report, failing_models, worst_images
    from digitbench.workflows.images import load_test_images

    images = None
    if any(worst_images(model, 1) for model in failing_models(found)):
        images = load_test_images(
            found.record,
            data_dir=request.data_dir,
            offline=request.offline,
            messages=messages,
            plugin_files=request.plugin_files,
        )
    results_console().print(check_report(found, images))
