"""Keyword arguments and environment variables as what is asked of a run."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from digitbench.errors import UsageError
from digitbench.given import variable
from digitbench.workflows.request import RunRequest, asked, key_of

Place = str | os.PathLike[str]


def fields_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments by the fields of `RunRequest` that they are.

    Raises:
        UsageError: one is not known.
    """
    names = {key_of(name): name for name in RunRequest.model_fields if name != "models"}
    if unknown := settings.keys() - names.keys():
        first = min(unknown)
        near = get_close_matches(first, names) or sorted(names)
        raise UsageError(f"{first} is no setting of a run; there are: {', '.join(near)}")
    given = {names[key]: _plain(value) for key, value in settings.items()}
    if isinstance(file := given.get("plugin_files"), str | Path):
        given["plugin_files"] = [file]
    return given


def environment() -> dict[str, Any]:
    """Return what environment variables say of a request, such as `DIGITBENCH_RUNS_DIR`."""
    names = {name: asked(field).envvar for name, field in RunRequest.model_fields.items()}
    found = {name: variable(env) for name, env in names.items() if env}
    return {name: value for name, value in found.items() if value is not None}


def place(name: str, given: Place | None = None) -> Any:
    """Return where something is: as given, or as a run without more words has it.

    Args:
        name: `runs_dir` or `data_dir`.
        given: what the caller says.

    Raises:
        UsageError: it is no path.
    """
    said = {} if given is None else {name: _plain(given)}
    return getattr(RunRequest.of(said, environment()), name)


def _plain(value: Any) -> Any:
    """Return paths of any kind as such, and numpy's numbers as Python's."""
    if isinstance(value, os.PathLike):
        return Path(value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.item() if hasattr(value, "item") else value
