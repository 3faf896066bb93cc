"""Text files that only grow, line by line; what a crash or a merge leaves in them is no line."""

import hashlib
import logging
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from digitbench.errors import StoreError
from digitbench.store.layout import Block, first_fault

_log = logging.getLogger(__name__)

LineT = TypeVar("LineT", bound=BaseModel)


def distinct_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file with their numbers; the last one, if it lacks its end, is no line.

    A line that is there again, byte for byte, counts once, with a warning: a merge of two copies of
    a run leaves the file so, and nothing in it is in doubt. A file that is not there has no lines.

    Raises:
        StoreError: the file cannot be read.
    """
    known: set[bytes] = set()
    repeated = 0
    for number, line in _whole_lines(file):
        digest = hashlib.sha256(line).digest()  # the lines of a long run are many megabytes
        if digest in known:
            repeated += 1
            continue
        known.add(digest)
        yield number, line
    if repeated:
        _log.warning(
            "%s holds %d of its lines twice, as a merge leaves it: each counts once", file, repeated
        )


def parsed(line: bytes, kind: type[LineT], place: str) -> LineT:
    """Return what a line says.

    Args:
        line: with or without its end.
        kind: what it must be.
        place: the file and the line's number, as messages name them.

    Raises:
        StoreError: it is damaged.
    """
    return validated(values(line, place), kind, place)


def values(line: bytes, place: str) -> Any:
    """Return the plain values of a line, not yet validated; the arguments are those of `parsed`.

    Raises:
        StoreError: it is not JSON.
    """
    try:
        return from_json(line, allow_inf_nan=False)
    except ValueError as error:
        raise StoreError(f"{place} is damaged: {error}") from error


def validated(found: Any, kind: type[LineT], place: str) -> LineT:
    """Return what plain values say; the other arguments are those of `parsed`.

    Raises:
        StoreError: they are not of that kind.
    """
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise StoreError(f"{place} is damaged: {first_fault(error)}") from error


def take(block: Block, taken: list[tuple[int, int]]) -> bool:
    """Add the place of an array to those that are taken; false if it overlaps one of them.

    Args:
        block: where the array lies.
        taken: beginnings and ends in order; what adjoins is one, as are all arrays of most runs.
    """
    start, end = block.offset, block.offset + block.size
    if start == end:
        return True
    first = last = bisect_left(taken, (start, end))
    before, after = taken[first - 1 : first], taken[last : last + 1]
    if (before and before[0][1] > start) or (after and after[0][0] < end):
        return False
    if before and before[0][1] == start:
        first, start = first - 1, before[0][0]
    if after and after[0][0] == end:
        last, end = last + 1, after[0][1]
    taken[first:last] = [(start, end)]
    return True


def _whole_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that have an end, with their numbers; none before the first is written."""
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.endswith(b"\n"):
                    yield number, line
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error
