"""A diagnosis as a table for people and as plain values for programs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from digitbench.printable import printable
from digitbench.types import Environment

DOCUMENT_VERSION = 1


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One line of a diagnosis.

    Attributes:
        topic: what it is about, one word.
        level: how bad it is.
        text: what was found.
        advice: what to do about it; empty if all is well.
    """

    topic: str
    level: Level
    text: str
    advice: str = ""


_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "bold red"}
_LEVEL_WIDTH = max(map(len, Level))
_INDENT = 2


def diagnosis_text(findings: Sequence[Finding]) -> RenderableType:
    """Return the findings by topic, each with its level and advice, and a line that sums up."""
    parts: list[RenderableType] = []
    for topic, found in groupby(findings, key=lambda finding: finding.topic):
        parts += [Text(topic, style="bold"), Padding.indent(_table(found), _INDENT)]
    counts = Counter(finding.level for finding in findings)
    worst = next(level for level in reversed(Level) if counts[level] or level is Level.OK)
    said = ", ".join(_counted(counts[level], level) for level in (Level.FAULT, Level.WARNING))
    return Group(*parts, "", Text(said, style=_STYLES[worst]))


def diagnosis_document(
    findings: Sequence[Finding], machine: Mapping[str, object], environment: Environment
) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes, with the figures of the machine."""
    counts = Counter(finding.level for finding in findings)
    return {
        "document_version": DOCUMENT_VERSION,
        "faults": counts[Level.FAULT],
        "warnings": counts[Level.WARNING],
        "findings": [asdict(finding) for finding in findings],
        "machine": dict(machine),
        "environment": environment.model_dump(mode="json"),
    }


def _table(findings: Iterable[Finding]) -> Table:
    """Return the findings of a topic: the level, and beside it the text with the advice below."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_LEVEL_WIDTH)
    table.add_column(overflow="fold")
    for finding in findings:
        lines = [printable(finding.text)]
        if finding.advice:
            lines.append(f"-> {printable(finding.advice)}")
        level = Text(finding.level, style=_STYLES[finding.level])
        table.add_row(level, Text("\n".join(lines)))
    return table


def _counted(number: int, level: Level) -> str:
    return f"{number or 'no'} {level}{'' if number == 1 else 's'}"
