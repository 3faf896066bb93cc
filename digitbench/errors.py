"""The errors digitbench raises on purpose, and those of plugins in one line.

Each message is one line that says what is wrong and what to do. The command line catches
`DigitbenchError` in one place, prints the line and exits with code 2; anything else that
escapes is a defect of digitbench.
"""


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


class StoreError(DigitbenchError):
    """A run directory that cannot be written, or that is damaged or of an unknown version."""


class PluginError(DigitbenchError):
    """Code of a plugin that failed, whatever it raised; the message is that error in one line."""


_MOST_CHARACTERS = 1_500


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
    try:
        return str(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return f"(its text cannot be had: {type(error).__name__})"
