"""A comparison as GitHub's Markdown, for a pull request or an issue: verdicts, then tables."""

import re
from collections.abc import Iterable, Iterator, Sequence

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.printable import printable
from digitbench.report.headline import headline
from digitbench.report.labels import short_labels
from digitbench.report.set_words import set_failure_sentences, set_sentences
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

_PLAIN_LABEL = re.compile(r"[A-Za-z0-9_\[\]=,./: -]+")
"""What needs no escape in a code span."""
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&]|^[-+#](?!\d)")
_REFERENCE = re.compile(r"[@#](?=\w)")
"""What GitHub would take as a mention of a person, who is then told, or of an issue."""


def markdown_text(record: RunRecord, comparison: Comparison) -> str:
    """Return the verdict, the table of models and that of their pairs."""
    rows = model_rows(record, comparison)
    named = [row.label for row in rows]
    labels = [record.id, *named, *short_labels(named).values()]
    summaries = [row.summary for row in rows]
    title, *others = headline(summaries, comparison).sentences
    lines = [f"**{prose(title, labels)}**", ""]
    lines += [f"- {prose(sentence, labels)}" for sentence in others]
    lines += ["", *table((MODEL, *accuracy_columns(comparison), *PLACES, *COST), rows)]
    if comparison.pairs:
        lines += ["", *table(PAIRS, comparison.pairs)]
    analysis = analyse_sets(record) if record.plan.test_sets else None
    if analysis is not None:
        lines += _set_tables(analysis, labels)
    said = [data_note(record), *design_sentences(record), models_reading(comparison), COST_READING]
    if comparison.pairs:
        said.append(pairs_reading(comparison))
    if analysis is not None:
        said += sets_reading(set_table(analysis))
    said.append(source_note(record))
    lines += ["", *(f"- {prose(note, labels)}" for note in said)]
    for row in rows:
        for trial in row.summary.failed:
            error = code(trial.error or "")
            lines.append(f"- {code(row.label)}, trial {trial.spec.trial} failed: {error}")
    return "\n".join(lines).strip() + "\n"


def _set_tables(analysis: SetsAnalysis, labels: Sequence[str]) -> Iterator[str]:
    """Yield what test sets say, the models by sets, and the conditions of each by models."""
    found = set_table(analysis)
    if len(found.columns) > 1:
        yield from ("", *table(found.text_columns, found.labels))
    yield ""
    for said in set_sentences(analysis):
        yield f"- {code(said.test_set)}: {prose(' '.join(said.sentences), labels)}"
    yield from (f"- {prose(said, labels)}." for said in set_failure_sentences(analysis))
    for one in analysis.loaded:
        if len(one.conditions) > 1:
            yield from ("", f"Accuracy on {code(one.label)}:", "")
            yield from table(condition_columns(found.labels), condition_standings(one))


def code(label: str) -> str:
    """Write a label as code, which fits into a table's cell too.

    In a code span neither a backtick nor, within a table, a pipe after a backslash has a safe
    spelling. A label with any such character is written in HTML, with a number for each.
    """
    label = printable(label)
    if _PLAIN_LABEL.fullmatch(label) and label == label.strip():
        return f"`{label}`"
    escaped = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in label)
    return f"<code>{escaped}</code>"


def prose(text: str, labels: Iterable[str]) -> str:
    """Escape a sentence; the labels in it are written as code.

    Args:
        text: the sentence.
        labels: of the models that it may be about, and other names.
    """
    longest_first = sorted((re.escape(label) for label in labels if label), key=len, reverse=True)
    if not longest_first:
        return escaped(text)
    parts = re.split(rf"(?<![\w\]])({'|'.join(longest_first)})(?![\w\[])", text)
    return "".join(code(part) if i % 2 else escaped(part) for i, part in enumerate(parts))


def escaped(text: str) -> str:
    """Write a text so that Markdown shows it as it stands, in a line or a table's cell."""
    plain = _SPECIAL.sub(lambda special: f"\\{special[0]}", printable(text))
    return _REFERENCE.sub(lambda sign: f"{sign[0]}<!-- -->", plain)


def table(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a table, with figures to the right."""
    yield _line(escaped(f"{c.heading} ({c.unit})" if c.unit else c.heading) for c in columns)
    yield _line("---" if column.is_label or column.is_words else "---:" for column in columns)
    for row in rows:
        cells = ((column, column.cell(row)) for column in columns)
        yield _line(code(text) if column.is_label else escaped(text) for column, text in cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
