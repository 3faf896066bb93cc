"""What people, their shells and their editors give: paths, environment variables, text files.

A path from a variable or from `--option=~/x` still has the `~` that a shell would have replaced. A
variable set by Windows' `set`, or by a file of variables, may have blanks or quotes around it. A
text file may begin with a byte-order mark, and is UTF-16 where PowerShell 5 has written it.
"""

import codecs
import os
from pathlib import Path

from digitbench.errors import UsageError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def written_path(text: str | Path) -> Path:
    """Return the path that a text means: `~` and `~user` are home directories.

    Raises:
        UsageError: there is no such home directory.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"there is no home directory for the ~ in {text}: write the whole path"
        ) from error


def home() -> Path | None:
    """Return this user's home directory; None for one without, as in some containers."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def variable(name: str) -> str | None:
    """Return an environment variable without blanks and quotes around it; None if it is empty."""
    return unquoted(os.environ.get(name, "")) or None


def unquoted(text: str) -> str:
    """Return a text without the blanks and the pair of quotes around it."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text


def read_text(file: Path) -> str:
    """Read a text file: UTF-8, or what its byte-order mark says.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not text of that encoding.
    """
    data = file.read_bytes()
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 from byte {error.start} on: save it as UTF-8") from error
