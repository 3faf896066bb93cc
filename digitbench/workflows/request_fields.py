"""How the values of a request are read, from the command line, a config file or Python.

What validators need is imported when they run: `digitbench run --help` waits for pydantic alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from digitbench.errors import UsageError
from digitbench.workflows.quantities import parse_seconds


@dataclass(frozen=True)
class Asked:
    """How the command line and a config file take a field; the rest follows from the field.

    Attributes:
        group: the heading in the help below which the option stands.
        option: its spellings; by default the field's name.
        key: what a config file and Python's keyword call it; by default the field's name.
        metavar: what stands for the value in the help.
        takes: the type that the command line reads, where it is not the field's.
        complete: the function of `digitbench.cli.completion` that completes it.
        envvar: the environment variable that gives a default.
        bare: what the option stands for when no value follows.
        in_file: whether a config file may say it.
        of_baseline: the help where a baseline gives the default.
    """

    group: str = "Options"
    option: tuple[str, ...] = ()
    key: str | None = None
    metavar: str | None = None
    takes: type | None = None
    complete: str | None = None
    envvar: str | None = None
    bare: str | None = None
    in_file: bool = True
    of_baseline: str | None = None


@dataclass(frozen=True)
class RequestOrigin:
    """Where the values of a request come from, as the context of its validation.

    Attributes:
        given: fields that the user has named explicitly; others, which come from a config
            file, stand back where they do not go together with these. None for all.
        directory: what relative paths are taken from.
    """

    given: Collection[str] | None = None
    directory: Path = Path()


def _path(value: object, info: ValidationInfo) -> object:
    """Read the text of a path, which may begin with `~`."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("Input should be a valid string that names a path")
    try:
        path = Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such home directory") from error
    return Path(info.context.directory if info.context else "", path)


def seconds_of_budget(value: object) -> object:
    """Read a wall time such as `20m`."""
    return parse_seconds(value, "--budget") if isinstance(value, str) else value


def validation_text(value: object) -> str:
    """Write which images are held out: a number of them, or a text such as `writers:5000`."""
    from digitbench.datasets.validation import ValidationRule

    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError('write a number of images, or a string such as "writers:5000"')  # noqa: TRY004 (pydantic's)
    return str(ValidationRule.parse(value))


def jobs_at_a_time(value: object) -> int | Literal["auto"]:
    """Read how many trials run at a time: a number of them, or `auto`."""
    if value == "auto":
        return "auto"
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError("write a number of trials, 1 or more, or auto")
    return number


def models_as_text(value: object) -> str:
    """Write models that are given as values in the grammar of `--models`."""
    from digitbench.workflows.models_text import models_text

    return value if isinstance(value, str) else models_text(value)


def sets_as_text(value: object, info: ValidationInfo) -> str:
    """Write further test sets, given as a text or a list of texts, as `--test-sets` takes them."""
    from digitbench.runner.set_requests import sets_text

    return sets_text(value, info.context.directory if info.context else Path())


def _known_number_of_trials(trials: int) -> int:
    from digitbench.types import MOST_TRIALS

    if trials > MOST_TRIALS:
        raise UsageError(f"a model has at most {MOST_TRIALS:,} trials in a run: ask for fewer")
    return trials


def as_tuple(value: object) -> object:
    """Take a list for a tuple."""
    if not isinstance(value, list | tuple):
        raise ValueError("Input should be a valid list")  # noqa: TRY004 (pydantic's)
    return tuple(value)


FilePath = Annotated[Path, BeforeValidator(_path)]
Jobs = Annotated[int | Literal["auto"], BeforeValidator(jobs_at_a_time)]
Trials = Annotated[int, AfterValidator(_known_number_of_trials)]
Text = Annotated[str, Field(min_length=1)]
