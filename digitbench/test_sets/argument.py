"""The file or directory that a user names after a test set's colon."""

from pathlib import Path

from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.given import written_path
from digitbench.types import TestSetContext


def named_path(context: TestSetContext, name: str) -> Path:
    """Return the path that was named.

    Args:
        context: what the set's loader was given.
        name: the set's name.

    Raises:
        DatasetError: none was named.
        DatasetUnavailableError: there is nothing at the path.
    """
    if not context.argument:
        raise DatasetError(f"the test set {name} needs a path: write {name}:PATH")
    path = written_path(context.argument)
    try:
        there = path.exists()
    except OSError as error:
        raise DatasetUnavailableError(
            f"{path} cannot be looked at ({error.strerror or error}); check the path"
        ) from error
    if not there:
        raise DatasetUnavailableError(f"there is no {path}; check what stands after {name}:")
    return path
