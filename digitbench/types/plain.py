"""Values that others give, made plain: what a file of JSON holds and gives back as it was."""

import math
import reprlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, SupportsFloat

import numpy as np
from pydantic import AllowInfNan, BeforeValidator, JsonValue, WithJsonSchema

MOST_TEXT = 2_000
"""Characters of a text that is shown in one line, such as the reason of a failed trial."""
MOST_TRACEBACK = 100_000
_MOST_LEVELS = 20
_MOST_BITS = 1_000
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def plain_text(text: str, most: int | None = None) -> str:
    r"""Return a text that UTF-8 can hold, cut if it is longer than allowed.

    Half of a surrogate pair, as names of files that are not UTF-8 have, is escaped: `\udce9`.

    Args:
        text: what somebody gave.
        most: how many characters are kept; None for all of them.
    """
    found = str.encode(text, "utf-8", "backslashreplace").decode()
    return found if most is None or len(found) <= most else f"{found[: most - 3]}..."


def _last_of(text: str, most: int) -> str:
    """Return a plain text of which only the end is kept, where the point of a traceback is."""
    found = plain_text(text)
    note = "[the beginning is left out]\n"
    return found if len(found) <= most else note + found[len(note) - most :]


def _if_text(make: Callable[[str], str]) -> BeforeValidator:
    """Return a validator that makes a text plain and leaves all else to the field's type."""
    return BeforeValidator(lambda value: make(value) if isinstance(value, str) else value)


Text = Annotated[str, _if_text(plain_text)]
"""A stored text that digitbench did not write itself."""
Line = Annotated[str, _if_text(partial(plain_text, most=MOST_TEXT))]
"""The same, no longer than people read."""
Traceback = Annotated[str, _if_text(partial(_last_of, most=MOST_TRACEBACK))]

Figure = Annotated[
    float,
    AllowInfNan(True),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"enum": list(_NOT_FINITE)}]}),
]
"""A figure that may be NaN or infinite, such as the loss of a training that diverged.

JSON has no number for that: the file holds one of the texts `NaN`, `Infinity` and `-Infinity`.
"""


def short(value: object) -> str:
    """Return a value as a message shows it: one short line, whatever the value is."""
    try:
        return plain_text(" ".join(reprlib.repr(value).split()), 100)
    except Exception:  # the value's own __repr__
        return f"a {type(value).__name__}"


def plain_number(value: object) -> float:
    """Return a number as a float, which may be NaN or infinite.

    Raises:
        ValueError: it is not a number, or too large for one.
    """
    if isinstance(value, SupportsFloat):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"is {short(value)}, not a number") from error
    raise ValueError(f"is {short(value)}, not a number")


def plain_mapping(value: Mapping[Any, object], name: str, most: int) -> dict[str, JsonValue]:
    """Return a mapping whose values are text, numbers, truth values, None, and lists and mappings.

    Scalars of NumPy become those of Python. A number that is not finite becomes its name as a
    text: `NaN`, `Infinity` or `-Infinity`.

    Args:
        value: what somebody gave.
        name: what it is called in messages.
        most: how many characters it may have, as JSON, more or less.

    Raises:
        ValueError: it is something else, holds itself, is nested too deeply or is too large; the
            message names the place.
    """
    return _Plainer(name, most).mapping(value, ())


class _Plainer:
    """Makes one value plain."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = self._left = most
        self._around: set[int] = set()

    def mapping(
        self, value: Mapping[Any, object], path: tuple[object, ...]
    ) -> dict[str, JsonValue]:
        with self._inside(value, path):
            return {
                self._key(key, path): self.plain(part, (*path, key)) for key, part in value.items()
            }

    def plain(self, value: object, path: tuple[object, ...]) -> JsonValue:
        if isinstance(value, str):
            self._count(len(value), path)
            return plain_text(value)
        self._count(1, path)
        if isinstance(value, Mapping):
            return self.mapping(value, path)
        if isinstance(value, list | tuple):
            with self._inside(value, path):
                return [self.plain(part, (*path, i)) for i, part in enumerate(value)]
        return self._scalar(value, path)

    def _scalar(self, value: object, path: tuple[object, ...]) -> JsonValue:
        if value is None or isinstance(value, bool | np.bool_):
            return None if value is None else bool(value)
        if isinstance(value, int | np.integer) and not isinstance(value, np.timedelta64):
            number = int.__pos__(value) if isinstance(value, int) else int(value)
            if number.bit_length() > _MOST_BITS:
                raise self._refusal(path, "is an integer of more than 300 digits")
            return number
        if isinstance(value, float | np.floating):
            figure = float(value)
            if math.isfinite(figure):
                return figure
            return _NOT_FINITE[0 if math.isnan(figure) else 1 if figure > 0 else 2]
        what = f"is {short(value)}, a {type(value).__name__}"
        raise self._refusal(path, f"{what}: give text, numbers, or lists or mappings of them")

    def _key(self, key: object, path: tuple[object, ...]) -> str:
        if not isinstance(key, str):
            raise self._refusal(path, f"has the name {short(key)}, which is not text")
        self._count(len(key), path)
        return plain_text(key)

    @contextmanager
    def _inside(self, value: object, path: tuple[object, ...]) -> Iterator[None]:
        if id(value) in self._around:
            raise self._refusal(path, "holds itself")
        if len(path) >= _MOST_LEVELS:
            raise self._refusal((), f"is nested more than {_MOST_LEVELS} levels deep")
        self._around.add(id(value))
        yield
        self._around.remove(id(value))

    def _count(self, size: int, path: tuple[object, ...]) -> None:
        self._left -= size
        if self._left < 0:
            raise self._refusal((), f"has more than {self._most:,} characters: keep less")

    def _refusal(self, path: tuple[object, ...], what: str) -> ValueError:
        where = "".join(f"[{short(part)}]" for part in path[:5]) + ("[...]" if path[5:] else "")
        return ValueError(f"{self._name}{where} {what}")
