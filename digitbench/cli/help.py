"""How help is laid out: options in groups, and at the end examples and what else there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from typer import Context
from typer.core import TyperCommand, TyperGroup

from digitbench.cli.streams import results_apart
from digitbench.given import unquoted, written_path

_MANY_OPTIONS = 12
_WHOLE = 10_000
"""More characters than the first sentence of any command has."""
_HYPHEN = "\ue000"
"""Stands for a hyphen while lines are broken; of private use, so that it is in no help."""
_OPTIONS = "Options"
TRIALS, GATES, DATA, WHERE = "Trials", "Gates", "Data", "Where trials run"
STORED, OUTPUT = "Stored runs", "Output"
_SECTIONS = ("Arguments", _OPTIONS, TRIALS, GATES, DATA, WHERE, STORED, OUTPUT)
"""The headings of a help, in order; an option names its own as Typer's `rich_help_panel`."""
_TYPES = {
    "<int range>": "N",
    "<int>": "N",
    "<float range>": "NUMBER",
    "<float>": "NUMBER",
    "<path>": "PATH",
    "<list[Path]>": "PATH",
    "<list[str]>": "TEXT",
    "<str>": "TEXT",
}
"""What stands for a value in the help, by what Typer would write."""

Function = TypeVar("Function", bound=Callable[..., object])


def ends_with(*examples: str, see_also: tuple[str, ...]) -> Callable[[Function], Function]:
    """Say what stands at the end of a command's help.

    Args:
        examples: command lines.
        see_also: other commands, by their names below `digitbench`.
    """

    def mark(command: Function) -> Function:
        vars(command).update(examples=examples, see_also=see_also)
        return command

    return mark


def add_command(
    app: Any, command: Callable[..., object], name: str | None = None, cls: Any = None
) -> None:
    """Add a command to an application or a group of it."""
    examples = "\n".join(("\b", "Examples:", *(f"  {line}" for line in examples_of(command))))
    others = ", ".join(f"digitbench {other}" for other in vars(command)["see_also"])
    epilog = f"{examples}\n\nSee also: {others}."
    app.command(name, cls=cls or Command, epilog=epilog)(command)


def examples_of(command: Callable[..., object]) -> tuple[str, ...]:
    """Return the examples of a command's function; none if it is a group's."""
    found: tuple[str, ...] = vars(command).get("examples", ())
    return found


class _WholeWords(Context.formatter_class):  # type: ignore[misc,valid-type]
    """Breaks lines between words, never at a hyphen such as that of `--runs-dir`."""

    def write_text(self, text: str) -> None:
        """Write a paragraph."""
        super().write_text(text.replace("-", _HYPHEN))

    def write_dl(self, rows: Any, *widths: int) -> None:
        """Write names with what they mean."""
        super().write_dl([(name, text.replace("-", _HYPHEN)) for name, text in rows], *widths)

    def getvalue(self) -> str:
        """Return the whole text."""
        text: str = super().getvalue()
        return text.replace(_HYPHEN, "-")


class Group(TyperGroup):
    """A group whose help says of each command what it does, in a whole sentence."""

    def get_help(self, ctx: Any) -> str:
        """Return the help."""
        ctx.formatter_class = _WholeWords
        return super().get_help(ctx)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands; what is too long for a line goes on in the next."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, command.get_short_help_str(_WHOLE))
            for name, command in commands
            if command is not None and not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


class Command(TyperCommand):
    """A command that keeps stdout for its results, and whose help is laid out for reading.

    The help names values in words and puts many options into groups. Options that are paths may
    begin with `~`.
    """

    def get_help(self, ctx: Any) -> str:
        """Return the help."""
        ctx.formatter_class = _WholeWords
        return super().get_help(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, with paths as they are meant."""
        rest: list[str] = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            if isinstance(value, Path):
                ctx.params[name] = path_given(ctx, name, value)
            elif isinstance(value, list | tuple) and all(isinstance(x, Path) for x in value):
                ctx.params[name] = [written_path(path) for path in value]
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with results_apart():
            return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the first line, with the arguments in capitals."""
        pieces = super().collect_usage_pieces(ctx)
        return [piece.replace("{", "").replace("}", "").upper() for piece in pieces]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options, in groups if there are many."""
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in _SECTIONS}
        parameters = self.get_params(ctx)
        many = sum(parameter.param_type_name == "option" for parameter in parameters)
        for parameter in parameters:
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            declared = _plain(record[0])
            if parameter.param_type_name == "argument":
                sections["Arguments"].append((declared.upper(), record[1]))
            else:
                title = _section(parameter) if many > _MANY_OPTIONS else _OPTIONS
                sections[title].append((declared, record[1]))
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def path_given(context: Any, name: str, path: Path) -> Path:
    """Return the path that is meant where one is given for a parameter.

    Args:
        context: of the command.
        name: the parameter's.
        path: what is given; around that of an environment variable there may be quotes and blanks.

    Raises:
        UsageError: it begins with `~`, and there is no such home directory.
    """
    source = context.get_parameter_source(name)
    of_variable = source is not None and source.name == "ENVIRONMENT"
    return written_path(unquoted(str(path)) if of_variable else path)


def _section(parameter: Any) -> str:
    """Return the heading below which an option stands."""
    if parameter.name == "help":
        return OUTPUT
    return parameter.rich_help_panel or _OPTIONS


def _plain(declaration: str) -> str:
    for written, meant in _TYPES.items():
        declaration = declaration.replace(written, meant)
    return declaration
