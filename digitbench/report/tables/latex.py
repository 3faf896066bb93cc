r"""A comparison as LaTeX, for a paper: tables that need the package booktabs and nothing else."""

from collections.abc import Iterable, Iterator, Sequence

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.printable import printable
from digitbench.report.tables.figures import (
    COST,
    COST_READING,
    MODEL,
    PAIRS,
    PLACES,
    Column,
    Row,
    accuracy_columns,
    data_note,
    design_sentences,
    model_rows,
    models_reading,
    pairs_reading,
    source_note,
)
from digitbench.report.tables.test_sets import (
    condition_columns,
    condition_standings,
    set_table,
    sets_reading,
)
from digitbench.types import RunRecord

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": r"$|$",
    "*": r"$*$",
    "`": r"{\char96}",
    '"': r"{\char34}",
    "'": "{'}",
    "-": "{-}",
    "[": "{[}",
    "]": "{]}",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{MICRO SIGN}": r"$\mu$",
}
"""What is not written as it stands: commands, ligatures, and what would be an option of `\\`."""


def latex_text(record: RunRecord, comparison: Comparison) -> str:
    """Return tables of the models' accuracy, of their cost, of their pairs, and of test sets."""
    rows = model_rows(record, comparison)
    name = record.plan.dataset.name
    accuracy = " ".join(
        [f"Accuracy on {name}. {models_reading(comparison)}", *design_sentences(record)]
    )
    cost = f"Cost on {name}. {COST_READING}"
    tables = [
        _lines("accuracy", accuracy, (MODEL, *accuracy_columns(comparison), *PLACES), rows),
        _lines("cost", cost, (MODEL, *COST), rows),
    ]
    if comparison.pairs:
        caption = f"Pairs of models on {name}. {pairs_reading(comparison)}"
        tables.append(_lines("pairs", caption, PAIRS, comparison.pairs))
    if record.plan.test_sets:
        tables += _set_tables(analyse_sets(record))
    comments = (source_note(record), data_note(record), "Needs \\usepackage{booktabs}.")
    lines = [f"% {printable(comment)}" for comment in comments]
    return "\n".join([*lines, *(line for table in tables for line in table)]) + "\n"


def _set_tables(analysis: SetsAnalysis) -> Iterator[Iterator[str]]:
    """Yield the table of models by test sets, and that of the conditions of each that has some."""
    found = set_table(analysis)
    if len(found.columns) > 1:
        caption = f"Accuracy on further test sets. {' '.join(sets_reading(found))}"
        yield _lines("test-sets", caption, found.text_columns, found.labels)
    several = [one for one in analysis.loaded if len(one.conditions) > 1]
    for number, one in enumerate(several, 1):
        rows = condition_standings(one)
        caption = f"Accuracy on the conditions of {one.label}."
        yield _lines(f"conditions-{number}", caption, condition_columns(found.labels), rows)


def escape(text: str) -> str:
    """Write a text so that LaTeX sets it as it stands.

    A character beyond ASCII that not every LaTeX has is written as its number, such as [U+4E2D].
    """
    return "".join(_escaped(character) for character in printable(text))


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isascii() else f"{{[}}U+{ord(character):04X}{{]}}"


def _lines(
    name: str, caption: str, columns: Sequence[Column[Row]], rows: Iterable[Row]
) -> Iterator[str]:
    """Yield the lines of a table."""
    yield r"\begin{table}"
    yield r"\centering\footnotesize\setlength{\tabcolsep}{4pt}"
    yield rf"\caption{{{escape(caption)}}}"
    yield rf"\label{{tab:digitbench-{name}}}\smallskip"
    alignment = "".join("l" if column.is_label or column.is_words else "r" for column in columns)
    yield rf"\begin{{tabular}}{{{alignment}}}"
    yield r"\toprule"
    yield _line(escape(column.heading) for column in columns)
    if any(column.unit for column in columns):
        yield _line(escape(column.unit) for column in columns)
    yield r"\midrule"
    for row in rows:
        yield _line(_cell(column, row) for column in columns)
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{table}"


def _cell(column: Column[Row], row: Row) -> str:
    text = escape(column.cell(row))
    return rf"\texttt{{{text}}}" if column.is_label else text


def _line(cells: Iterable[str]) -> str:
    return rf"{' & '.join(cells)} \\"
