"""Tables as the terminal shows them: one look, and as few as the width allows."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from digitbench.printable import printable

_UNBOUNDED_WIDTH = 10_000
"""Columns to measure a table in without squeezing it."""


def plain_table(
    *headings: str, kept_whole: bool = False, gap: int = 2, ruled: bool = True
) -> Table:
    """Return an empty table; words stand to the left in its first column, figures to the right.

    Args:
        headings: of the columns.
        kept_whole: whether figures are never folded.
        gap: spaces between columns, 1 or 2.
        ruled: whether a line stands below the headings, which takes a line more than to underline
            them.
    """
    table = Table(
        box=box.SIMPLE_HEAD if ruled else None,
        header_style="table.header" if ruled else "bold underline",
        padding=(0, gap - 1 if ruled else gap),
        collapse_padding=True,
        pad_edge=False,
        show_edge=False,
    )
    for place, heading in enumerate(headings):
        table.add_column(
            heading,
            justify="right" if place else "left",
            overflow="fold",
            no_wrap=kept_whole and place > 0,
        )
    return table


def that_fit(console: Console, layouts: Iterable[Sequence[Table]]) -> Sequence[Table]:
    """Return the first layout whose tables all fit the console; the last if none does."""
    tables: Sequence[Table] = ()
    for tables in layouts:
        if all(natural_width(table, console) <= console.width for table in tables):
            break
    return tables


def natural_width(table: RenderableType, console: Console) -> int:
    """Return how many columns a table takes if nothing squeezes it."""
    unbounded = console.options.update(max_width=_UNBOUNDED_WIDTH)
    return Measurement.get(console, unbounded, table).maximum


class ListTable(Table):
    """A table whose long cells fold and whose brackets stay brackets."""

    def __init__(self, *headings: str) -> None:
        """Make an empty table."""
        super().__init__(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        for heading in headings:
            self.add_column(heading, overflow="fold")

    def add_texts(self, *cells: str, style: str | None = None) -> None:
        """Add a row of plain texts, which are not read as Rich's markup."""
        self.add_row(*(Text(printable(cell)) for cell in cells), style=style)
