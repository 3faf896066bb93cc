"""Tables of measurements, which pages show where they have a line `<!-- table: NAME -->`.

Those on writers are made of the JSON that `benchmarks/` leaves in `docs/figures/`; the others stand
in `docs/figures/tables.toml`. It needs `benchmarks/` on the path.
"""

import json
import re
import tomllib
from pathlib import Path

from benchlib.writer_pages import TABLES, markdown, table_of

FIGURES = Path(__file__).parent / "figures"

_MARK = re.compile(r"^<!-- table: (\S+) -->$", re.MULTILINE)


def names() -> list[str]:
    """Return the names of all tables."""
    return [*TABLES, *_written()]


def completed(text: str) -> str:
    """Return a page with the tables that its marks ask for.

    Raises:
        KeyError: there is no such table.
    """
    return _MARK.sub(lambda mark: _table(mark[1]), text)


def _table(name: str) -> str:
    if name not in TABLES:
        heads, *rows = _written()[name]
        return markdown(heads, rows, numeric=False)
    source = FIGURES / f"{TABLES[name][0]}.json"
    return table_of(name, json.loads(source.read_text(encoding="utf-8")))


def _written() -> dict[str, list[list[str]]]:
    return tomllib.loads((FIGURES / "tables.toml").read_text(encoding="utf-8"))
