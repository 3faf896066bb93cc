"""Where `import digitbench` says what goes on: on stderr, and with bars in a notebook's cell."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from digitbench.api.shown import in_notebook
from digitbench.display.console import PlainConsole
from digitbench.display.messages import RichMessages


@contextmanager
def messages_shown(*, progress_shown: bool = True) -> Iterator[RichMessages]:
    """Show messages in the block, and what digitbench logs."""
    console = PlainConsole(sys.stderr or io.StringIO(), force_jupyter=False)
    messages = RichMessages(console, progress_shown=progress_shown)
    if in_notebook() and progress_shown:
        from digitbench.display.notebook import NotebookMessages

        messages = NotebookMessages(console)
    with messages.logged():
        yield messages
