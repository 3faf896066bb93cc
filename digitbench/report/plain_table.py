"""A table in the style of digitbench's lists."""

from rich import box
from rich.table import Table
from rich.text import Text

from digitbench.printable import printable


class PlainTable(Table):
    """A table whose long cells fold and whose brackets stay brackets."""

    def __init__(self, *headings: str) -> None:
        """Make an empty table."""
        super().__init__(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        for heading in headings:
            self.add_column(heading, overflow="fold")

    def add_texts(self, *cells: str, style: str | None = None) -> None:
        """Add a row of plain texts, which are not read as Rich's markup."""
        self.add_row(*(Text(printable(cell)) for cell in cells), style=style)
