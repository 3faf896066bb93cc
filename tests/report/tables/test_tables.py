"""The formats by their names."""

import pytest

from digitbench.analysis.comparison import Comparison
from digitbench.report.tables import TextFormat, report_text
from digitbench.types import RunRecord


@pytest.mark.parametrize(
    ("fmt", "start"), [("md", "- "), ("csv", "kind,"), ("latex", "% "), (TextFormat.CSV, "kind,")]
)
def test_each_format(fmt: str, start: str, compared: tuple[RunRecord, Comparison]) -> None:
    text = report_text(*compared, fmt)
    assert text.startswith(start)
    assert text.endswith("\n")


def test_an_unknown_format_is_refused(compared: tuple[RunRecord, Comparison]) -> None:
    with pytest.raises(ValueError, match="docx"):
        report_text(*compared, "docx")
