"""The formats of a report, found by their names."""

from pathlib import Path

import pytest

from digitbench.analysis.comparison import Comparison
from digitbench.errors import UsageError
from digitbench.report import formats
from digitbench.types import RunRecord


@pytest.fixture
def source(compared: tuple[RunRecord, Comparison]) -> formats.ReportSource:
    """Return a run to make reports of, whose images cannot be had."""
    record, comparison = compared
    return formats.ReportSource(
        record, comparison=lambda: comparison, images=lambda: None, calibrations=dict
    )


@pytest.mark.parametrize(
    ("name", "start"),
    [("md", "**"), ("csv", "kind,"), ("latex", "% "), ("json", "{"), ("html", "<!")],
)
def test_each_format(name: str, start: str, source: formats.ReportSource) -> None:
    assert name in formats.FORMATS
    text = formats.report_text(source, name)
    assert text.lower().startswith(start)


def test_an_unknown_format_is_refused(source: formats.ReportSource) -> None:
    with pytest.raises(UsageError, match="no format 'docx'; there are: csv, html, json"):
        formats.report_text(source, "docx")


def test_the_end_of_a_files_name_says_its_format() -> None:
    for name, suffix in (("latex", ".tex"), ("md", ".markdown"), ("html", ".htm"), ("csv", ".csv")):
        assert formats.of_suffix(suffix) == name
    assert formats.of_suffix(".docx") is None


def test_a_module_is_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain.py").write_text("def text(source):\n    return source.record.id\n")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, "plain"))
    assert formats.of_suffix(".plain") == "plain"
