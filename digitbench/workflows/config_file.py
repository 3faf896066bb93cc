"""What a config file may say: the fields of a request, and what gates ask for."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from digitbench.analysis.gate.settings import GateSettings, ModelLimits
from digitbench.errors import UsageError
from digitbench.runner.model_requests import parse_models
from digitbench.workflows.request import RunRequest, asked
from digitbench.workflows.request_fields import FilePath, RequestOrigin


class GateTable(GateSettings):
    """The table `gates`: what `digitbench check` asks for, and what it compares a run with.

    Attributes:
        baseline: path of the baseline, relative to the file.
    """

    baseline: FilePath | None = None


@cache
def _schema() -> type[BaseModel]:
    """Return the keys of a config file, each with the type of the request's field."""
    fields: dict[str, Any] = {
        asked(field).key or name: (field.rebuild_annotation(), None)
        for name, field in RunRequest.model_fields.items()
        if asked(field).in_file
    }
    return create_model(
        "Settings",
        __config__=ConfigDict(extra="forbid", strict=True),
        **fields,
        gates=(GateTable | None, None),
    )


def check_settings(
    table: Mapping[str, Any], file: Path, *, called: str | None = None
) -> dict[str, Any]:
    """Check settings and return them by their keys.

    Args:
        table: as `read_table` returns it.
        file: where it stands, for messages; relative paths are taken from its directory.
        called: what messages call that place, if not by the file's name.

    Returns:
        The values by key, with underscores; under `gates` a `GateTable`.

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
        settings = _schema().model_validate(values, context=RequestOrigin((), file.parent))
        if isinstance(models := values.get("models"), str):
            parse_models(models)
    except ValidationError as error:
        raise UsageError(f"{where}: {_reason(error, spelt)}") from error
    except UsageError as error:  # as the command line is told, of an option
        raise UsageError(f"{where}: {error}".replace("--", "")) from error
    return {name: getattr(settings, name) for name in settings.model_fields_set}


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
    fields: Mapping[str, Any] = _schema().model_fields
    key = spelt[path[0]]
    if len(path) > 1 and path[0] == "gates":
        fields = ModelLimits.model_fields if path[1] == "model" else GateTable.model_fields
        key = ".".join(["gates", *(part.replace("_", "-") for part in path[1:])])
    if first["type"] != "extra_forbidden":
        return f"{key} = {first['input']!r}: {first['msg'].removeprefix('Value error, ')}"
    keys = [known.replace("_", "-") for known in fields]
    near = get_close_matches(path[-1].replace("_", "-"), keys)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(keys)}"
    return f"there is no setting '{key}'; {hint}"
