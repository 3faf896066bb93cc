"""What the checks of a model found: a table for people, and plain values for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from digitbench.printable import printable
from digitbench.report.catalogue import PlainTable
from digitbench.testing import CheckFailure, CheckResult, Outcome

DOCUMENT_VERSION = 1

_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.SKIPPED: "dim"}

Reports = Mapping[str, Sequence[CheckResult]]
"""The results of each model's checks, by the model in normal form."""


def conformance_tables(reports: Reports) -> RenderableType:
    """Return a table of the checks of each model, and a line that sums them up."""
    parts: list[RenderableType] = []
    for label, results in reports.items():
        table = PlainTable("Check", "Outcome", "Time", "What it asks, or why not")
        table.title = Text(printable(label))
        for result in results:
            table.add_row(
                result.check.name,
                Text(result.outcome, style=_STYLES[result.outcome]),
                Text(f"{result.seconds:.1f} s", justify="right"),
                Text(result.reason or result.check.summary),
            )
        parts += [table, _sum(label, results)]
    return Group(*parts)


def _sum(label: str, results: Sequence[CheckResult]) -> Text:
    counts = Counter(result.outcome for result in results)
    seconds = sum(result.seconds for result in results)
    words = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    style = "red" if counts[Outcome.FAILED] else "green"
    return Text(f"{printable(label)}: {words} in {seconds:.1f} s", style=style)


def conformance_document(reports: Reports) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes."""
    return {
        "document_version": DOCUMENT_VERSION,
        "models": [
            {
                "model": label,
                "conforms": not any(result.failed for result in results),
                "checks": [_result(result) for result in results],
            }
            for label, results in reports.items()
        ],
    }


def _result(result: CheckResult) -> dict[str, Any]:
    failure = result.ending if isinstance(result.ending, CheckFailure) else None
    return {
        "check": result.check.name,
        "summary": result.check.summary,
        "outcome": result.outcome.value,
        "seconds": result.seconds,
        "reason": result.reason or None,
        "expected": failure and failure.expected,
        "found": failure and failure.found,
        "advice": failure and failure.advice,
    }
