"""The options of commands that make runs, from the fields of `RunRequest`.

They are made when a command is used, so that `digitbench --help` need not wait for pydantic.
"""

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args, get_origin

import typer

from digitbench.cli.help import Command

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_REQUEST = "digitbench.request"


class LateCommand(Command):
    """A command some of whose options come from a table, which is loaded when it is used."""

    @classmethod
    def late_parameters(cls) -> list[inspect.Parameter]:
        """Return these options as parameters that Typer understands."""
        raise NotImplementedError

    def get_params(self, ctx: Any) -> Any:
        """Return these options, then those of the command's function."""
        return [*_typer_options(type(self)), *super().get_params(ctx)]


class RequestCommand(LateCommand):
    """A command that takes options of a request; `requested` returns what they say.

    Attributes:
        request_fields: the fields that are options, in order; None for all.
        of_baseline: whether a baseline gives the defaults.
        bare: options of the command itself that may stand without a value, and that value.
    """

    request_fields: ClassVar[tuple[str, ...] | None] = None
    of_baseline: ClassVar[bool] = False
    bare: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def late_parameters(cls) -> list[inspect.Parameter]:
        """Return the options of the request as parameters that Typer understands."""
        from digitbench.workflows.request import RunRequest

        names = cls.request_fields or tuple(RunRequest.model_fields)
        return [
            _parameter(name, RunRequest.model_fields[name], of_baseline=cls.of_baseline)
            for name in names
        ]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, with a value after options that stand without one."""
        from digitbench.workflows.request import RunRequest, asked, spelling

        bare = dict(self.bare)
        for name in self.request_fields or RunRequest.model_fields:
            if text := asked(RunRequest.model_fields[name]).bare:
                bare[spelling(name)] = text
        given: list[str] = []
        for position, argument in enumerate(args):
            given.append(argument)
            follower = args[position + 1] if position + 1 < len(args) else "-"
            if argument in bare and follower.startswith("-"):
                given.append(bare[argument])
        return super().parse_args(ctx, given)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, which gets its own options alone."""
        from digitbench.workflows.request import RunRequest, key_of

        given: dict[str, Any] = {}
        settings: dict[str, Any] = {}
        for name in self.request_fields or RunRequest.model_fields:
            value = ctx.params.pop(key_of(name))
            source = ctx.get_parameter_source(key_of(name))
            if source is not None and source.name != "DEFAULT" and value is not None:
                (given if source.name == "COMMANDLINE" else settings)[name] = value
        ctx.meta[_REQUEST] = given, settings
        return super().invoke(ctx)


def requested(context: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the command line says of a request, by field, and what holds otherwise.

    The latter is from the config file and environment variables.
    """
    given, settings = context.meta[_REQUEST]
    return dict(given), dict(settings)


@cache
def _typer_options(command: type[LateCommand]) -> Sequence[Any]:
    """Return the options of a kind of command, as Typer makes them."""
    parameters = command.late_parameters()

    def options() -> None:
        """Take the options."""

    options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    options.__annotations__ = {p.name: p.annotation for p in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(options)
    return typer.main.get_command(app).params


def _parameter(name: str, field: "FieldInfo", *, of_baseline: bool) -> inspect.Parameter:
    """Return the parameter whose option takes a field."""
    from digitbench.cli import completion
    from digitbench.workflows.request import asked, key_of

    how = asked(field)
    key = key_of(name)
    default = field.default if field.default != () else None
    meaning = field.description
    if of_baseline and how.of_baseline:
        default, meaning = None, how.of_baseline
    kind = how.takes or kind_of(field.annotation)
    spellings = how.option or (f"--{key.replace('_', '-')}",)
    if kind is bool:
        spellings = (f"{spellings[0]}/--no-{spellings[0].removeprefix('--')}", *spellings[1:])
    option = typer.Option(
        *spellings,
        help=meaning,
        metavar=how.metavar,
        min=least_of(field),
        envvar=how.envvar,
        autocompletion=getattr(completion, f"complete_{how.complete}") if how.complete else None,
        show_default=default is not None and kind is not bool,
        rich_help_panel=how.group,
    )
    annotation: Any = Annotated[kind if default is not None else kind | None, option]
    return inspect.Parameter(
        key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def least_of(field: "FieldInfo") -> Any:
    """Return the least value that a field takes; None where it has none."""
    return next((item.ge for item in field.metadata if hasattr(item, "ge")), None)


def kind_of(annotation: Any) -> Any:
    """Return the type that the command line reads for a field of a type."""
    parts = [part for part in get_args(annotation) if part is not NoneType]
    if get_origin(annotation) is Annotated:
        return kind_of(parts[0])
    if get_origin(annotation) is tuple:
        return list[kind_of(parts[0])]  # type: ignore[misc]
    if NoneType in get_args(annotation):
        return kind_of(parts[0])
    return annotation
