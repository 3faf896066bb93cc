"""What the checks of a model found: a table for people, and plain values for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.text import Text

from digitbench.printable import printable
from digitbench.report.plain_tables import ListTable

DOCUMENT_VERSION = 1

_STYLES = {"passed": "green", "failed": "red", "skipped": "dim"}


class CheckLike(Protocol):
    """What is asked of a model."""

    @property
    def name(self) -> str:
        """What it is called by."""

    @property
    def summary(self) -> str:
        """What it asks, in a line."""


class Result(Protocol):
    """How a check ended (`digitbench.testing.CheckResult`)."""

    @property
    def check(self) -> CheckLike:
        """The check."""

    @property
    def seconds(self) -> float:
        """How long it took."""

    @property
    def outcome(self) -> str:
        """Passed, failed or skipped."""

    @property
    def failed(self) -> bool:
        """Whether it failed."""

    @property
    def reason(self) -> str:
        """Why it failed or was skipped; empty if it passed."""

    @property
    def ending(self) -> Exception | None:
        """What it raised; a failure says what was expected and found, and what to do."""


Reports = Mapping[str, Sequence[Result]]
"""The results of the checks of each model, or each test set, by its label."""


def conformance_tables(*reports: Reports) -> RenderableType:
    """Return a table of the checks of each model or test set, and a line that sums them up."""
    parts: list[RenderableType] = []
    for label, results in chain.from_iterable(kind.items() for kind in reports):
        table = ListTable("Check", "Outcome", "Time", "What it asks, or why not")
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


def _sum(label: str, results: Sequence[Result]) -> Text:
    counts = Counter(result.outcome for result in results)
    seconds = sum(result.seconds for result in results)
    words = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _STYLES if counts[outcome])
    style = "red" if counts["failed"] else "green"
    return Text(f"{printable(label)}: {words} in {seconds:.1f} s", style=style)


def conformance_document(models: Reports, test_sets: Reports | None = None) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes."""
    return {
        "document_version": DOCUMENT_VERSION,
        "models": _checked("model", models),
        "test_sets": _checked("test_set", test_sets or {}),
    }


def _checked(kind: str, reports: Reports) -> list[dict[str, Any]]:
    return [
        {
            kind: label,
            "conforms": not any(result.failed for result in results),
            "checks": [_result(result) for result in results],
        }
        for label, results in reports.items()
    ]


def _result(result: Result) -> dict[str, Any]:
    failure: Any = result.ending if result.failed else None
    return {
        "check": result.check.name,
        "summary": result.check.summary,
        "outcome": str(result.outcome),
        "seconds": result.seconds,
        "reason": result.reason or None,
        "expected": failure and failure.expected,
        "found": failure and failure.found,
        "advice": failure and failure.advice,
    }
