"""Tells files that hold pickles, which can run any code when they are read."""

import io
import json
import pickletools
import warnings
import zipfile
from itertools import islice

_SUFFIXES = (".pkl", ".pickle", ".joblib", ".p", ".dill", ".pt", ".pth")
_MARK = b"\x80"
_NEWEST_PROTOCOL = b"\x05"
_ARRAY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_HEADER_BYTES = 10_000
_LENGTH_BYTES = 8
_MOST_HEADER_BYTES = 1_000_000
_MOST_STEPS = 100_000


def holds_pickle(name: str, content: bytes) -> bool:
    """Tell whether a file is a pickle by its name or its bytes, or holds one.

    Args:
        name: the file's.
        content: all of it.
    """
    return (
        name.lower().endswith(_SUFFIXES)
        or (_is_pickle(content) and not _is_safetensors(content))
        or _is_array_of_objects(content)
        or _is_archive_of_pickles(content)
    )


def _is_pickle(content: bytes) -> bool:
    if content[:1] == _MARK and content[1:2] <= _NEWEST_PROTOCOL:
        return True
    try:  # the oldest protocols have no mark: read the steps, and run none
        with warnings.catch_warnings(action="ignore"):  # of what may be no text at all
            steps = [step.name for step, _, _ in islice(pickletools.genops(content), _MOST_STEPS)]
    except (ValueError, UnicodeError, IndexError, OverflowError):
        return False
    return len(steps) == _MOST_STEPS or len(steps) > 1


def _is_safetensors(content: bytes) -> bool:
    """Tell whether a file has a header of arrays, whose length may read like steps of a pickle.

    No pickle has one: the zeros in such a length are no steps.
    """
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    header = content[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if not 0 < length == len(header) <= _MOST_HEADER_BYTES or not header.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(header), dict)
    except (ValueError, RecursionError):
        return False


def _is_array_of_objects(content: bytes) -> bool:
    header = content[:_HEADER_BYTES]
    return header.startswith(_ARRAY) and b"'|O'" in header


def _is_archive_of_pickles(content: bytes) -> bool:
    if not content.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.lower().endswith(_SUFFIXES) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False  # whoever loads it will say that it is damaged
