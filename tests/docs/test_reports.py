"""`docs/reports.md` names every column of CSV."""

import re
from collections.abc import Callable

from digitbench.report.tables.spreadsheet import COLUMNS


def test_every_column_is_documented(site_page: Callable[[str], str]) -> None:
    section = site_page("reports.md").partition("\n## CSV\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(COLUMNS)
