"""Reads the table of settings that a TOML file has, as it stands there.

Apart from the checks of `settings.py`, which take longer to import than a shell may wait.
"""

import tomllib
from pathlib import Path
from typing import Any

from digitbench.errors import UsageError
from digitbench.given import read_text


def read_table(file: Path) -> dict[str, Any] | None:
    """Return the settings of a file as they stand there.

    Args:
        file: a file of settings; or a `pyproject.toml`, of which only the table
            `[tool.digitbench]` counts.

    Returns:
        The settings; None for a `pyproject.toml` without that table.

    Raises:
        UsageError: the file cannot be read or is not TOML.
    """
    try:
        text = read_text(file)
        content = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read the config file {file}: {error.strerror}") from error
    except ValueError as error:  # of the syntax, with the position; or of the encoding
        raise UsageError(f"{file} is not TOML: {error}") from error
    if file.name != "pyproject.toml":
        return content
    tools = content.get("tool")
    table = tools.get("digitbench") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{file}: tool.digitbench must be a table")
    return table
