"""Consoles on which a text is shown and never acts, and what they write into files."""

import os
import re
from collections.abc import Iterable
from itertools import accumulate
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Span, Text

from digitbench.printable import printable_lines

_FILLING = re.compile(r"[ \t]+(?=\n)")
"""What fills up the rows of a table on its right."""
_PIPED_WIDTH = 160
"""Columns when the output is not a terminal, so that no table is squeezed in a log file."""
_LEAST_WIDTH = 40
"""Columns below which nothing can be read."""
_SIZE = re.compile(r"0*[1-9][0-9]{0,2}")
"""A number of columns or lines that makes sense, as the environment has it."""


class PlainConsole(Console):
    """A console on which a text is shown and never acts: neither as markup nor on the terminal.

    Control characters and marks that turn the direction of writing are written out.
    """

    def __init__(self, file: TextIO, **settings: Any) -> None:
        """Write to a file, in as many columns as can be read there."""
        variables = _environment()
        if not file.isatty() and "COLUMNS" not in variables:
            settings.setdefault("width", _PIPED_WIDTH)
        super().__init__(
            file=file, markup=False, emoji=False, highlight=False, _environ=variables, **settings
        )
        self.width = max(self.width, _LEAST_WIDTH)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render what a table, a group or `print` is made of."""
        if isinstance(renderable, str):
            renderable = printable_lines(renderable)
        elif isinstance(renderable, Text):
            renderable = _shown(renderable)
        return super().render(renderable, options)


class Unfilled:
    """A file whose lines end where their text does, for `diff` and for logs."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write whole lines, as a console does."""
        return self._file.write(_FILLING.sub("", text))


def _shown(text: Text) -> Text:
    """Return a text whose characters can all be seen."""
    pieces = [printable_lines(character) for character in text.plain]
    shown = "".join(pieces)
    if shown == text.plain:
        return text
    places = [0, *accumulate(map(len, pieces))]
    copy = text.blank_copy(shown)
    copy.spans = [Span(places[span.start], places[span.end], span.style) for span in text.spans]
    return copy


def _environment() -> dict[str, str]:
    """Return the environment as Rich is to see it: a size that is none is left out."""
    variables = dict(os.environ)
    for name in ("COLUMNS", "LINES"):
        if not _SIZE.fullmatch(variables.get(name, "1")):
            del variables[name]
    return variables
