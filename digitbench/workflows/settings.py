"""What a config file may say: its keys, their types, and what wrong ones are told."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from digitbench.analysis.gate_settings import GateSettings, Limits
from digitbench.datasets.validation import ValidationRule
from digitbench.errors import UsageError
from digitbench.report.catalogue import option_text
from digitbench.runner.selection import ModelRequest, parse_models
from digitbench.types import Vary

_PARAMETERS = {"plugin_files": "plugin_file"}
"""Keys whose option has another name."""


def _models_text(value: object) -> str:
    """Write models as `--models` takes them.

    Args:
        value: a string; or a list of strings and of tables, such as `{name = "knn", k = 3}`.
    """
    if isinstance(value, str):
        return _checked(value)
    if not isinstance(value, list) or not value:
        raise ValueError("write a string or a list of strings and tables")
    return ",".join(
        _table_text(item) if isinstance(item, dict) else _checked(item) for item in value
    )


def _checked(item: object) -> str:
    """Return a text of models if it is one."""
    if not isinstance(item, str):
        raise ValueError(f"{item!r} is neither a string nor a table")  # noqa: TRY004 (pydantic's)
    try:
        parse_models(item)
    except UsageError as error:
        raise ValueError(str(error).replace("--models", "models")) from error
    return item


def _table_text(table: Mapping[str, object]) -> str:
    """Write a table of a model's name and options as an item of `--models`."""
    name = table.get("name")
    if not isinstance(name, str):
        raise ValueError(f'{dict(table)} lacks the name: write {{name = "knn", k = 3}}')  # noqa: TRY004
    options = {key: _value_text(key, value) for key, value in table.items() if key != "name"}
    given = ",".join(f"{key}={value}" for key, value in options.items())
    text = f"{name}[{given}]" if given else name
    if parse_models(_checked(text)) != (ModelRequest(name, options),):
        raise ValueError(f"{dict(table)} cannot be written as --models takes it: {text}")
    return text


def _value_text(key: str, value: object) -> str:
    """Write an option's value as `--models` takes it."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str | int | float) for part in values):
        raise ValueError(f"{key} must be a string, a number, a boolean or a list of them")
    return option_text(value)


def _validation_text(value: object) -> str:
    """Write which images are held out as `--validation` takes it: a number, or a string."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError('write a number of images, or a string such as "writers:5000"')  # noqa: TRY004
    try:
        return str(ValidationRule.parse(value))
    except UsageError as error:
        raise ValueError(str(error).replace("--validation", "validation")) from error


def _from_file(value: str, info: ValidationInfo) -> str:
    """Take a path as relative to the file that it stands in."""
    try:
        path = Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such home directory") from error
    return str(Path(info.context or "", path))


_Path = Annotated[str, Field(min_length=1), AfterValidator(_from_file)]
_Text = Annotated[str, Field(min_length=1)]
_AtLeastOne = Annotated[int, Field(ge=1)]


class GateTable(GateSettings):
    """The table `gates`: what `digitbench check` asks for, and what it holds a run against."""

    baseline: _Path | None = None


class _Settings(BaseModel):
    """The keys of a config file; each is what the option of its name takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    models: Annotated[str, BeforeValidator(_models_text)] | None = None
    trials: _AtLeastOne | None = None
    quick: bool | None = None
    seed: int | None = None
    vary: Vary | None = None
    resample: _Text | None = None
    fraction: Annotated[float, Field(gt=0, lt=1)] | None = None
    dataset: _Text | None = None
    data_dir: _Path | None = None
    validation: Annotated[str, BeforeValidator(_validation_text)] | None = None
    engine: _Text | None = None
    jobs: _AtLeastOne | None = None
    threads: _AtLeastOne | None = None
    timeout: Annotated[float, Field(ge=0.001, allow_inf_nan=False)] | None = None
    scheduler: _Text | None = None
    runs_dir: _Path | None = None
    offline: bool | None = None
    plugin_files: list[_Path] | None = None
    gates: GateTable | None = None


def check_settings(
    table: Mapping[str, Any], file: Path, *, called: str | None = None
) -> dict[str, Any]:
    """Check settings and return them by the names of the parameters of `digitbench run`.

    Args:
        table: as `read_table` returns it.
        file: where it stands, for messages; relative paths are taken from its directory.
        called: what messages call that place, if not by the file's name.

    Returns:
        The values by name; under `gates` a `GateTable`.

    Raises:
        UsageError: a key is unknown or given twice, or a value is of the wrong type or range.
    """
    where = called or file
    spelt: dict[str, str] = {}
    for key in table:
        name = key.replace("-", "_")
        if name in spelt:
            raise UsageError(f"{where}: '{spelt[name]}' and '{key}' are the same setting")
        spelt[name] = key
    values = {name: table[key] for name, key in spelt.items()}
    if isinstance(values.get("gates"), dict):
        values["gates"] = _gate_keys(values["gates"])
    try:
        settings = _Settings.model_validate(values, context=file.parent)
    except ValidationError as error:
        raise UsageError(f"{where}: {_reason(error, spelt)}") from error
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {_PARAMETERS.get(name, name): value for name, value in given.items()}


def _gate_keys(table: Mapping[str, Any]) -> dict[str, Any]:
    """Write the keys of the table `gates` with underscores, but not the names of models."""
    keys = {key.replace("-", "_"): value for key, value in table.items()}
    models = keys.get("model")
    if isinstance(models, dict):
        keys["model"] = {
            label: _gate_keys(limits) if isinstance(limits, dict) else limits
            for label, limits in models.items()
        }
    return keys


def _reason(error: ValidationError, spelt: Mapping[str, str]) -> str:
    """Say what is wrong with the first setting that is."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if part != "[key]"]
    fields: Mapping[str, Any] = _Settings.model_fields
    key = spelt[path[0]]
    if len(path) > 1 and path[0] == "gates":
        fields = Limits.model_fields if path[1] == "model" else GateTable.model_fields
        key = ".".join(["gates", *(part.replace("_", "-") for part in path[1:])])
    if first["type"] != "extra_forbidden":
        return f"{key} = {first['input']!r}: {first['msg'].removeprefix('Value error, ')}"
    keys = [known.replace("_", "-") for known in fields]
    near = get_close_matches(path[-1].replace("_", "-"), keys)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(keys)}"
    return f"there is no setting '{key}'; {hint}"
