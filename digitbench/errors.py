"""The errors digitbench raises on purpose, and those of plugins in one line.

Each message is one line that says what is wrong and what to do. The command line catches
`DigitbenchError` in one place, prints the line and exits with code 2; anything else that
escapes is a defect of digitbench.
"""

import traceback
from collections.abc import Iterator
from typing import Any


class DigitbenchError(Exception):
    """Base class of every error that is the caller's to mend."""


class UsageError(DigitbenchError):
    """A request that cannot be met as written: an unknown model, option, run or value."""


class DatasetError(DigitbenchError):
    """A data set that is damaged, mislabelled or not of the promised shape."""


class DatasetUnavailableError(DatasetError):
    """A data set that could not be found or downloaded (its files are not known to be bad)."""


class ContractError(DigitbenchError):
    """A classifier or a plugin record that breaks the contract of `digitbench.hookspecs`."""


class ExportError(DigitbenchError):
    """A run that an exporter could not copy to its destination."""


class EngineError(DigitbenchError):
    """An engine that cannot start, or that broke down; finished trials are kept."""


class KeptModelError(DigitbenchError):
    """A kept model that is not there, is damaged, or cannot be loaded here."""


class StoreError(DigitbenchError):
    """A run directory that cannot be written, or that is damaged or of an unknown version."""


class PictureError(DigitbenchError):
    """A picture that cannot be read: no picture, damaged, or too large."""


class PluginError(DigitbenchError):
    """Code of a plugin that failed, whatever it raised; the message is that error in one line."""


_MOST_CHARACTERS = 1_500
_CONTAINERS = (list, tuple, dict, set, frozenset)
_END = object()
_MOST_LEVELS = 200
_MOST_PARTS = 100_000
"""Of what an error holds, written out: a few lists that share their parts can have any number."""


def one_line(error: BaseException) -> str:
    """Return an exception as one line: its type and the first line of its message.

    The errors of this module are written for people, and their type adds nothing. Of a message that
    is far longer than a line, the rest is left out.
    """
    lines = safe_text(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    line = lines[0].strip()
    if len(line) > _MOST_CHARACTERS:
        line = f"{line[: _MOST_CHARACTERS - 3]}..."
    return line if isinstance(error, DigitbenchError) else f"{type(error).__name__}: {line}"


def safe_text(value: object) -> str:
    """Return what `str` makes of a stranger's object, which may be an error itself."""
    if isinstance(value, BaseException) and not _is_written_soon(value):
        return "(what the error holds is too large to write out)"
    try:
        return str(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"(its text cannot be had: {type(error).__name__})"


def traceback_text(error: BaseException) -> str:
    """Return the traceback of an error and of those it came from.

    Where one of them is too large to write out, return the lines of this error alone.
    """
    if all(_is_written_soon(one) for one in _with_origins(error)):
        return "".join(traceback.format_exception(error))
    return "".join([*traceback.format_tb(error.__traceback__), one_line(error)])


def _with_origins(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes, and the members of groups, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [found.__cause__, found.__context__]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions


def _is_written_soon(error: BaseException) -> bool:
    """Tell whether the built-in containers that an error holds have few parts, written out."""
    left = _MOST_PARTS
    waiting: list[Iterator[object]] = [iter(error.args)]
    around: list[int] = [id(error.args)]
    while waiting:
        part = next(waiting[-1], _END)
        if part is _END:
            waiting.pop()
            around.pop()
            continue
        left -= 1
        if left < 0:
            return False
        if type(part) in _CONTAINERS and id(part) not in around:  # one that holds itself is "..."
            if len(around) > _MOST_LEVELS:
                continue  # `repr` gives up soon
            around.append(id(part))
            inner: Any = part
            waiting.append(iter([*inner, *inner.values()] if type(inner) is dict else inner))
    return True
