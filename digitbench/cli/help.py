"""How help is laid out: options in groups, and at the end examples and what else there is."""

from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from digitbench.cli.streams import results_apart
from digitbench.given import unquoted, written_path

_MANY_OPTIONS = 12
_WHOLE = 10_000
"""More characters than the first sentence of any command has."""
_GROUPS = {
    "Trials": (
        *("trials", "quick", "seed", "vary", "resample", "fraction"),
        *("until_decided", "budget", "max_trials"),
    ),
    "Gates": (
        *("tolerance", "smallest_drop", "min_accuracy", "min_class_accuracy", "false_alarms"),
        *("on_inconclusive", "accept_changed"),
    ),
    "Data": ("dataset", "data_dir", "validation", "offline"),
    "Where trials run": ("engine", "jobs", "threads", "timeout", "scheduler", "pdb"),
    "Stored runs": ("runs_dir", "resume", "retry_failed", "reuse"),
    "Output": ("dry_run", "trials_table", "json", "junit", "markdown", "debug", "help"),
}
"""Options of commands that have many, by the names of their parameters."""
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

EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        "digitbench run",
        "digitbench run --quick",
        'digitbench run --models "softmax,knn[k=3],cnn" --trials 5',
        "digitbench run --models svm,cnn --until-decided --budget 20m",
        "digitbench run --resume",
    ),
    "reproduce": ("digitbench reproduce --trials 5 --output reproduction.md",),
    "show": ("digitbench show", "digitbench show latest --trials-table"),
    "report": (
        "digitbench report --output report.html",
        "digitbench report latest --format latex --output table.tex",
    ),
    "compare": (
        "digitbench compare cnn svm",
        "digitbench compare 20260102T101500Z-cnn latest:cnn",
    ),
    "writers": ("digitbench writers", "digitbench writers latest --models cnn,svm"),
    "list": ("digitbench list --limit 5",),
    "history": ("digitbench history cnn", "digitbench history 'knn[k=3]'"),
    "choose": ("digitbench choose --max-latency 1ms --max-size 1MB",),
    "baseline": ("digitbench baseline latest > baseline.json",),
    "check": (
        "digitbench check --baseline baseline.json",
        'digitbench check -b baseline.json --tolerance "0.1 points" --junit gate.xml',
        "digitbench check --run latest --min-accuracy 0.98",
    ),
    "export": ("digitbench export latest --to mlflow",),
    "models": ("digitbench models", "digitbench models cnn"),
    "doctor": ("digitbench doctor", "digitbench doctor --deep"),
    "data list": ("digitbench data list",),
    "data fetch": ("digitbench data fetch mnist",),
    "data verify": ("digitbench data verify",),
    "plugin check": (
        "digitbench plugin check knn",
        "digitbench plugin check my-model --plugin-file my_model.py",
    ),
    "plugin new": (
        "digitbench plugin new my-model --template keras",
        'digitbench plugin new trees --from "sklearn:ensemble.ExtraTreesClassifier"',
    ),
}
"""Examples of each command, by its name below `digitbench`."""
_SEE_ALSO: dict[str, tuple[str, ...]] = {
    "run": ("models", "show", "compare", "report", "doctor"),
    "reproduce": ("run", "data fetch"),
    "show": ("list", "report", "compare", "writers"),
    "report": ("show", "compare"),
    "compare": ("show", "writers", "choose", "history"),
    "writers": ("compare", "show", "report"),
    "list": ("show", "history"),
    "history": ("list", "compare"),
    "choose": ("compare", "show"),
    "baseline": ("check",),
    "check": ("baseline", "run", "compare"),
    "export": ("report",),
    "models": ("run", "plugin new"),
    "doctor": ("data verify", "models"),
    "data list": ("data fetch", "data verify"),
    "data fetch": ("data list", "data verify"),
    "data verify": ("data fetch", "doctor"),
    "plugin check": ("plugin new", "models"),
    "plugin new": ("plugin check", "models"),
}


class Group(TyperGroup):
    """A group whose help says of each command what it does, in a whole sentence."""

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
        return [piece.strip("{}").upper() for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options, in groups if there are many."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        sections |= {title: [] for title in _GROUPS}
        parameters = self.get_params(ctx)
        many = sum(parameter.param_type_name == "option" for parameter in parameters)
        for parameter in parameters:
            record = parameter.get_help_record(ctx)
            if record is not None:
                title = _section(parameter, grouped=many > _MANY_OPTIONS)
                declared = _plain(record[0])
                sections[title].append(
                    (declared.upper() if title == "Arguments" else declared, record[1])
                )
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


def closing(command: str) -> str:
    """Return what stands at the end of a command's help.

    Args:
        command: its name below `digitbench`.
    """
    examples = "\n".join(("\b", "Examples:", *(f"  {line}" for line in EXAMPLES[command])))
    others = ", ".join(f"digitbench {other}" for other in _SEE_ALSO[command])
    return f"{examples}\n\nSee also: {others}."


def _section(parameter: Any, *, grouped: bool) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    if grouped:
        for title, names in _GROUPS.items():
            if parameter.name in names:
                return title
    return "Options"


def _plain(declaration: str) -> str:
    for written, meant in _TYPES.items():
        declaration = declaration.replace(written, meant)
    return declaration
