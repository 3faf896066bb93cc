"""What Python and Jupyter show of a result: the same as the terminal's, as text or as HTML."""

import io
import shutil
import sys
from collections.abc import Callable
from typing import TextIO, cast

from rich.console import Console, RenderableType

from digitbench.display.console import PlainConsole, Unfilled

_NOTEBOOK_WIDTH = 110
_BLOCK = (
    "<pre style=\"white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo,'DejaVu Sans"
    "Mono',consolas,monospace\">{code}</pre>"
)


class Shown:
    """Something to look at: `print` it, or let Jupyter draw it."""

    def __init__(self, draw: Callable[[Console], RenderableType]) -> None:
        """Show what a function returns for the console that it will be on."""
        self._draw = draw

    def __repr__(self) -> str:
        return as_text(self._draw)

    def _repr_html_(self) -> str:
        return as_html(self._draw)


def as_text(draw: Callable[[Console], RenderableType]) -> str:
    """Return what the terminal would show, as wide as it is, without colours."""
    stream = io.StringIO()
    settings = {"width": shutil.get_terminal_size().columns} if _at_terminal() else {}
    console = PlainConsole(cast("TextIO", Unfilled(stream)), force_jupyter=False, **settings)
    console.print(draw(console))
    return stream.getvalue().rstrip("\n")


def as_html(draw: Callable[[Console], RenderableType]) -> str:
    """Return what the terminal would show as a block of HTML, with its colours."""
    console = PlainConsole(
        io.StringIO(), record=True, width=_NOTEBOOK_WIDTH, force_jupyter=False, force_terminal=True
    )
    console.print(draw(console))
    return console.export_html(inline_styles=True, code_format=_BLOCK)


def in_notebook() -> bool:
    """Tell whether this is a kernel of Jupyter, which draws HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _at_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()
