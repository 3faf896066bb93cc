"""Tells files that hold pickles, which can run any code when they are read."""

import io
import pickletools
import warnings
import zipfile
from itertools import islice

_SUFFIXES = (".pkl", ".pickle", ".joblib", ".p", ".dill", ".pt", ".pth")
_MARK = b"\x80"
_NEWEST_PROTOCOL = b"\x05"
_STEPS = frozenset(step.code for step in pickletools.opcodes)
_ARRAY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
_HEADER_BYTES = 10_000
_MOST_STEPS = 100_000


def holds_pickle(name: str, content: bytes) -> bool:
    """Tell whether a file is a pickle by its name or its bytes, or holds one.

    Args:
        name: the file's.
        content: all of it.
    """
    return (
        name.lower().endswith(_SUFFIXES)
        or _is_pickle(content)
        or _is_array_of_objects(content)
        or _is_archive_of_pickles(content)
    )


def _is_pickle(content: bytes) -> bool:
    if content[:1] == _MARK and content[1:2] <= _NEWEST_PROTOCOL:
        # The length before a safetensors header may begin alike, but no step of a pickle follows.
        return chr(content[2]) in _STEPS if len(content) > len(_MARK) + 1 else True
    try:  # the oldest protocols have no mark: read the steps, and run none
        with warnings.catch_warnings(action="ignore"):  # of what may be no text at all
            steps = [step.name for step, _, _ in islice(pickletools.genops(content), _MOST_STEPS)]
    except (ValueError, UnicodeError, IndexError, OverflowError):
        return False
    return len(steps) == _MOST_STEPS or len(steps) > 1


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
