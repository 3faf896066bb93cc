"""Options whose type only the value tells, as the parameters of somebody else's class."""

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_WORDS = {"none": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[+-]?\d+")


def parse_value(value: object) -> object:
    """Read an option's value from the command line, or from a stored run.

    A text is read as nothing (`none`), a truth value, an integer, a number, or several of these
    with slashes between them (`100/50`); any other text is itself.

    Returns:
        None, a bool, int, float or str, or a tuple of them.

    Raises:
        ValueError: a number is not finite, or the value is of another kind.
    """
    if isinstance(value, list | tuple):
        return tuple(map(parse_value, value))
    if isinstance(value, str):
        return _read(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("numbers must be finite")
    if value is None or isinstance(value, bool | int | float):
        return value
    raise ValueError(f"a {type(value).__name__} cannot be an option: write it as text")


def _read(text: str) -> object:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        parts = tuple(map(_read, text.split("/"))) if "/" in text else ()
        several = bool(parts) and not any(isinstance(part, str) for part in parts)
        return parts if several else text
    return parse_value(number)


AnyValue = Annotated[Any, BeforeValidator(parse_value)]
"""Type of an option that takes none, true or false, a number, a text, or several as `100/50`."""


def option_text(value: object) -> str:
    """Write an option's value as `--models` takes it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "/".join(option_text(part) for part in value)
    return str(value)
