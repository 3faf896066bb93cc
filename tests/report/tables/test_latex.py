"""LaTeX: every special is escaped, braces and columns match, and it compiles where it can."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.report.tables.latex import escape, latex_text
from digitbench.types import RunRecord
from made_sets import run_with_sets

Compared = tuple[RunRecord, Comparison]

HOSTILE = '\\input{/etc/passwd} 50% & $x_1^2$ #{~} <|>* `q\' "r" -- é数\n\\end{table}'
SAFE = re.compile(
    r"""(?: \\[{}$&#%_]
        | \\text(?:backslash|asciicircum|asciitilde)\{\}
        | \{\\char\d+\} | \{[\-'\[\]]\} | \$(?:[<>|*]|\\mu)\$ | ---?
        | [A-Za-z0-9\ !()+,./:;=?@]
    )*""",
    re.X,
)


def rows(text: str) -> list[list[int]]:
    """Return the number of cells of each line, by table."""
    tables = re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", text, re.S)
    return [
        [len(alignment), *(len(re.split(r"(?<!\\)&", line)) for line in body.split(r"\\")[:-1])]
        for alignment, body in tables
    ]


def test_three_tables_of_matching_columns(compared: Compared) -> None:
    text = latex_text(*compared)
    accuracy, cost, pairs = rows(text)
    assert accuracy == [8] * (1 + 2 + 3)
    assert cost == [5] * (1 + 1 + 3)
    assert pairs == [6] * (1 + 2 + 1)
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 3
    assert text.count(r"\toprule") == text.count(r"\midrule") == text.count(r"\bottomrule") == 3


def test_figures_of_a_model(compared: Compared) -> None:
    text = latex_text(*compared)
    assert re.search(
        r"^\\texttt\{centroid\} & 1 & 100\.00 & \d+\.\d\d--100\.00 & --- & --- & best & a \\\\$",
        text,
        re.M,
    )
    assert r"\texttt{wrong{-}labels} & 0/3 & failed & --- & --- & --- & --- & --- \\" in text


@given(st.text())
def test_every_text_is_made_of_safe_parts(text: str) -> None:
    assert SAFE.fullmatch(escape(text))


def test_escapes_of_specials() -> None:
    assert escape("a_b & 5 %") == r"a\_b \& 5 \%"
    assert escape("\\x{}") == r"\textbackslash{}x\{\}"
    assert escape("380 µs") == r"380 $\mu$s"
    assert escape("数") == "{[}U+6570{]}"


def test_hostile_labels_leave_the_tables_whole(rename: Callable[[str, str], Compared]) -> None:
    text = latex_text(*rename(HOSTILE, "plain"))
    assert [set(table) for table in rows(text)] == [{8}, {5}, {6}]
    assert text.count(r"\end{table}") == 3
    assert r"\input" not in text
    assert text.isascii()
    unescaped = re.sub(r"\\[{}]", "", text)
    assert unescaped.count("{") == unescaped.count("}")


def test_a_hostile_run_stays_in_its_comment(compared: Compared) -> None:
    record, comparison = compared
    text = latex_text(record.model_copy(update={"id": "x\n\\input{y}"}), comparison)
    assert all(line.startswith("%") for line in text.splitlines() if "input" in line)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_it_compiles(rename: Callable[[str, str], Compared], tmp_path: Path) -> None:
    fragment = latex_text(*rename(HOSTILE, "centroid"))
    (tmp_path / "fragment.tex").write_text(fragment, encoding="utf-8")
    document = (
        r"\documentclass{article}\usepackage{booktabs}",
        r"\begin{document}\input{fragment}\end{document}",
    )
    (tmp_path / "paper.tex").write_text("\n".join(document), encoding="utf-8")
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    found = subprocess.run(line, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert found.returncode == 0, found.stdout.decode(errors="replace")[-2000:]


def test_tables_of_further_test_sets() -> None:
    record = run_with_sets()
    text = latex_text(record, analyse_sets(record).test)
    _, _, _, sets, corruptions, disputed = rows(text)
    assert sets == [6] * (1 + 2 + 3)
    assert corruptions == [4] * (1 + 2 + 2)
    assert disputed == [4] * (1 + 2 + 2)
    assert r"\label{tab:digitbench-test-sets}" in text
    assert r"\label{tab:digitbench-conditions-2}" in text
