"""Writes a kept model in a format that other programs read."""

import tempfile
from pathlib import Path

from digitbench.errors import ExportError, UsageError
from digitbench.foreign import foreign_code
from digitbench.store.directories import slug
from digitbench.workflows.kept import LoadedModel


def export_model(loaded: LoadedModel, to: str, target: Path | None = None) -> Path:
    """Write a kept model in another format, whole or not at all, and return where.

    Args:
        loaded: the model.
        to: the format, one of its plugin's `exports`.
        target: the file or directory to make; a file that is there is replaced. By default one in
            the current directory that is named like the model.

    Raises:
        UsageError: the model has no such format, or the place cannot be written.
        ExportError: its plugin failed at it.
    """
    formats = loaded.spec.exports
    if to not in formats:
        instead = f"; it can be written as {' or '.join(formats)}" if formats else ""
        raise UsageError(f"{loaded.label} cannot be written as {to}{instead}")
    place = Path(f"{slug(loaded.label)}.{to}") if target is None else target
    if str(place) == "-":
        raise UsageError("a model is not written to standard output: name a file")
    if not place.parent.is_dir():
        raise UsageError(f"there is no directory {place.parent}: make it, or name another place")
    if place.is_dir():
        raise UsageError(f"{place} is a directory that is there already: name another place")
    try:
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".digitbench-") as scratch:
            made = Path(scratch) / place.name
            with foreign_code(
                lambda reason: ExportError(f"{loaded.label} as {to} failed: {reason}")
            ):
                formats[to](loaded.classifier, made.absolute())
            if not made.exists():
                raise ExportError(f"{loaded.label} as {to} wrote nothing; tell the plugin's author")
            made.replace(place)
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror or error}") from error
    return place
