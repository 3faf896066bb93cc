"""How the scripts' tables look."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def new_table(title: str, first: str, *headings: str) -> Table:
    """Make an empty table: text in the first column, figures in the others."""
    table = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
        pad_edge=False,
        show_edge=False,
    )
    table.add_column(first, overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def add_row(table: Table, *cells: str) -> None:
    """Add a row of plain text: the brackets of `cnn[epochs=3]` are no markup."""
    table.add_row(*(Text(cell) for cell in cells))


def note(console: Console, text: str) -> None:
    """Print a line below a table that says what its figures mean."""
    console.print(Text(text, style="dim"))
