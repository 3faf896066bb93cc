"""What of the documentation is written from the code.

The site has the commands and the fields of JSON where a page has a line such as
`<!-- generated: the commands -->`; they are filled in when it is built. Run this script after a
change of a stored record: it writes the JSON Schemas, and a test fails until they are right.
"""

import inspect
import json
import re
import textwrap
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from typer.models import ArgumentInfo, OptionInfo

from digitbench import hookspecs
from digitbench.analysis.gate.settings import GateSettings, ModelLimits
from digitbench.cli import app
from digitbench.cli.help import examples_of
from digitbench.cli.request_options import LateCommand
from digitbench.metrics import COSTS, METRICS, View, shown
from digitbench.store import schemas
from digitbench.store.baseline import baseline_schema
from digitbench.testing.checks import CHECKS
from digitbench.types import TrialResult
from digitbench.workflows.config_file import GateTable

_DOCS = Path(__file__).parent
_TYPE_NAMES: dict[object, str] = {str: "text", int: "integer", float: "number", Path: "path"}


# --- hooks ------------------------------------------------------------------------------------


def hooks() -> dict[str, Callable[..., object]]:
    """Return the hooks of digitbench by name, in the order of their definition."""
    return {name: hook for name, hook in vars(hookspecs).items() if name.startswith("digitbench_")}


def example(function: Callable[..., object]) -> str:
    """Return the example in a hook's docstring, as Python source."""
    match = re.search(r"Example:\n +```python\n(.*?)\n +```", inspect.getdoc(function) or "", re.S)
    if match is None:
        raise ValueError(f"{function.__name__} has no example in its docstring")
    return textwrap.dedent(match[1])


# --- command line -----------------------------------------------------------------------------


def cli_pages() -> Iterator[str]:
    """Yield the section of the program itself, then that of each command."""
    yield from _app_sections(app, "digitbench")


def _app_sections(group: typer.Typer, path: str) -> Iterator[str]:
    if group.registered_callback and group.registered_callback.callback:
        yield _section(path, group.registered_callback.callback)
    else:
        yield f"## `{path}`\n\n{group.info.help}\n"
    for command in group.registered_commands:
        if command.callback:
            name = command.name or command.callback.__name__.replace("_", "-")
            yield _section(f"{path} {name}", command.callback, command.cls)
    for inner in group.registered_groups:
        if inner.typer_instance:
            yield from _app_sections(inner.typer_instance, f"{path} {inner.name}")


def _section(path: str, callback: Callable[..., object], command: Any = None) -> str:
    arguments, options = [], []
    parameters = [*inspect.signature(callback, eval_str=True).parameters.values()]
    if command is not None and issubclass(command, LateCommand):
        parameters = [*command.late_parameters(), *parameters]
    for parameter in parameters:
        if parameter.annotation is typer.Context:
            continue
        name = parameter.name
        kind, info = typing.get_args(parameter.annotation)
        if isinstance(info, ArgumentInfo):
            arguments.append(_argument_row(name, kind, info, parameter.default))
        else:
            options.append(_option_row(name, kind, info, parameter.default))
    parts = [f"## `{path}`\n", f"{inspect.getdoc(callback)}\n"]
    for heading, rows in (("Argument", arguments), ("Option", options)):
        if rows:
            parts += [f"| {heading} | Takes | Default | Meaning |", "|---|---|---|---|", *rows, ""]
    if examples := examples_of(callback):
        parts += ["Examples:\n", "```sh", *examples, "```", ""]
    return "\n".join(parts)


def _argument_row(name: str, kind: Any, info: ArgumentInfo, default: Any) -> str:
    return _row(f"`{name.upper()}`", _takes(kind, info), _default(default), info)


def _option_row(name: str, kind: Any, info: OptionInfo, default: Any) -> str:
    # In `Annotated[..., Option("--models", "-m")]` Typer keeps the first spelling as the default.
    given = (text for text in (info.default, *(info.param_decls or ())) if isinstance(text, str))
    spellings = [spelling for text in given for spelling in text.split("/")]
    return _row(
        ", ".join(f"`{spelling}`" for spelling in spellings or [f"--{name.replace('_', '-')}"]),
        "flag" if kind is bool else _takes(kind, info),
        "" if kind is bool else _default(default),
        info,
    )


def _row(name: str, takes: str, default: str, info: ArgumentInfo | OptionInfo) -> str:
    meaning = (info.help or "").replace("\\[", "[").replace("|", "\\|")
    if info.envvar:
        meaning += f" Environment variable: `{info.envvar}`."
    return f"| {name} | {takes} | {default} | {meaning} |"


def _takes(kind: Any, info: ArgumentInfo | OptionInfo) -> str:
    """Say what a parameter takes: `integer >= 1`, `path, repeatable`."""
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        (kind,) = (part for part in typing.get_args(kind) if part is not types.NoneType)
    if info.metavar and info.metavar.startswith("<"):
        return " \\| ".join(f"`{value}`" for value in info.metavar.strip("<>").split("|"))
    repeatable = typing.get_origin(kind) is list
    if repeatable:
        (kind,) = typing.get_args(kind)
    text = _choices(kind) or _TYPE_NAMES[kind]
    if info.min is not None:
        text += f" >= {info.min}"
    if info.max is not None:
        text += f" <= {info.max}"
    return f"{text}, repeatable" if repeatable else text


def _choices(kind: Any) -> str:
    """Write the values of a kind that has few: `seed \\| data \\| both`; nothing for others."""
    values = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()
    if isinstance(kind, type) and issubclass(kind, Enum):
        values = tuple(member.value for member in kind)
    return " \\| ".join(f"`{value}`" for value in values)


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "required"
    if isinstance(value, Enum):
        value = value.value
    return "" if value is None else f"`{value}`"


# --- metrics --------------------------------------------------------------------------------

_ENDS = {
    "mean": "{}: the mean over the trials that succeeded.",
    "std": "Its sample standard deviation (n - 1); `null` for a single trial.",
    "min": "The lowest of the trials.",
    "max": "The highest of the trials.",
    "interval_low": "Lower end of the 95 % t interval of the mean, with the correction for "
    "resampled training sets; `null` for a single trial. Cut off where no mean lies, in every "
    "format.",
    "interval_high": "Its upper end.",
}


def model_rows() -> Iterator[tuple[str, str]]:
    """Yield the fields of a model and their meaning."""
    for metric in METRICS:
        for name in metric.fields:
            end = _ENDS.get(name.removeprefix(f"{metric.key}_"), "{}.")
            yield f"models[].{name}", end.format(metric.description)


def trial_rows() -> Iterator[tuple[str, str]]:
    """Yield the figures that are stored with a trial, as its record explains them."""
    for name, meaning in _attributes(TrialResult):
        kind = TrialResult.model_fields.get(name)
        if kind is not None and _is_figure(str(kind.annotation)):
            yield f"models[].trials[].{name}", _sentence(meaning.replace("None", "`null`"))


def _attributes(record: type) -> Iterator[tuple[str, str]]:
    """Yield the attributes of a record and their meaning, as its docstring has them."""
    attributes = (inspect.getdoc(record) or "").partition("Attributes:\n")[2]
    for entry in re.split(r"\n    (?=\S)", f"\n{attributes}"):
        names, _, meaning = " ".join(entry.split()).partition(": ")
        yield from ((name, meaning) for name in names.split(", ") if name)


def _is_figure(annotation: str) -> bool:
    return re.search(r"\b(float|int)\b", annotation) is not None and "dict" not in annotation


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def history_rows() -> Iterator[tuple[str, str]]:
    """Yield the figures of a run in the history of a model."""
    for metric in shown(View.BRIEF):
        yield f"series[].runs[].{metric.figure_key}", f"{metric.description}."


def limit_rows() -> Iterator[tuple[str, str]]:
    """Yield the limits of a choice."""
    for metric in COSTS:
        if metric.limit is not None:
            help_text = metric.limit.help.partition(", such as")[0].rstrip(".")
            yield (
                f"limits.{metric.limit_key}",
                f"{help_text} (`--max-{metric.limit.option}`); `null` if that is not limited.",
            )


def cost_rows() -> Iterator[tuple[str, str]]:
    """Yield what a model of a choice costs."""
    for metric in COSTS:
        yield f"models[].{metric.short_key}", f"{metric.description}."


def csv_rows() -> Iterator[tuple[str, str]]:
    """Yield the figures of a model in CSV."""
    for metric in shown(View.BRIEF):
        yield metric.figure_key, f"{metric.description}."


METRIC_ROWS: dict[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "metrics of a model": model_rows,
    "figures of a trial": trial_rows,
    "metrics of a history": history_rows,
    "limits of a choice": limit_rows,
    "costs of a choice": cost_rows,
    "metrics of CSV": csv_rows,
}


# --- gates --------------------------------------------------------------------------------------


def gate_rows() -> Iterator[tuple[str, str]]:
    """Yield the keys of the table `gates` and their meaning."""
    for record in (GateTable, ModelLimits, GateSettings):
        for name, meaning in _attributes(record):
            yield f"`{name.replace('_', '-')}`", _sentence(meaning)


# --- checks of models ---------------------------------------------------------------------------


def check_rows() -> Iterator[tuple[str, ...]]:
    """Yield each check's name, what it asks, why, and what it tolerates, as its docstring says."""
    for name, check in CHECKS.items():
        lines = (inspect.getdoc(check.look) or "").partition("\n\n")[2].replace("\n    ", " ")
        parts = dict(line.split(": ", 1) for line in lines.splitlines())
        yield f"`{name}`", f"{check.summary}.", parts["Why"], parts.get("Tolerates", "")


# --- pages ------------------------------------------------------------------------------------

_MARK = re.compile(r"^<!-- generated: ([^\n]*) -->$", re.MULTILINE)


def document_rows(title: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a JSON document or of CSV, by its title in `fields.toml`."""
    documents = tomllib.loads((_DOCS / "fields.toml").read_text(encoding="utf-8"))
    for name, meaning in documents[title].items():
        if name.startswith("("):
            yield from METRIC_ROWS[name.strip("()")]()
        else:
            yield name, meaning


def completed(text: str) -> str:
    """Return a page with everything filled in that its marks ask for.

    Raises:
        KeyError: nothing of that name is generated.
    """
    return _MARK.sub(lambda mark: _generated(mark[1]), text)


def _generated(name: str) -> str:
    if name == "the commands":
        return "\n".join(cli_pages()).strip()
    if name == "the checks":
        return _table(("Check", "What it asks", "Why", "What it tolerates"), check_rows())
    if name == "the keys of gates":
        return _table(("Key", "Meaning"), gate_rows())
    kind, _, title = name.partition("s of ")
    rows = ((f"`{field}`", meaning) for field, meaning in document_rows(title))
    return _table((kind.capitalize(), "Meaning"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def schema_files() -> dict[Path, str]:
    """Return the JSON Schemas of a stored run and of a baseline: the text of each file."""
    return {
        _DOCS / "schemas" / f"{name.removesuffix('l').removesuffix('.json')}.schema.json": (
            json.dumps(schema, indent=2) + "\n"
        )
        for name, schema in (schemas() | {"baseline.json": baseline_schema()}).items()
    }


def main() -> None:
    """Write the schemas."""
    for file, text in schema_files().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
