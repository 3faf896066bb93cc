"""The tables of measurements are all shown, and nothing is asked for that is not there."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

MARK = re.compile(r"^<!-- table: (\S+) -->$", re.MULTILINE)


@pytest.fixture(scope="module")
def evidence() -> ModuleType:
    """Return `docs/evidence.py` as a module."""
    path = Path(__file__).parents[2] / "docs" / "evidence.py"
    spec = importlib.util.spec_from_file_location("evidence", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_table_is_shown_once_and_has_rows(evidence: ModuleType, root: Path) -> None:
    pages = [*(root / "docs").glob("*.md"), *(root / "benchmarks").glob("*.md")]
    asked = [name for page in pages for name in MARK.findall(page.read_text(encoding="utf-8"))]
    assert sorted(asked) == sorted(evidence.names())
    for name in asked:
        heads, rule, *rows = (
            evidence.completed(f"<!-- table: {name} -->").split("\n\n")[0].split("\n")
        )
        assert set(rule) <= set("|-: ")
        assert len(rows) >= 2
        assert {row.count("|") for row in rows} == {heads.count("|")}, name


def test_a_table_that_is_not_there_is_refused(evidence: ModuleType) -> None:
    with pytest.raises(KeyError, match="nothing"):
        evidence.completed("<!-- table: nothing -->")
