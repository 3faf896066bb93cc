"""A run with its comparison, and the same with names that are up to no good."""

from collections.abc import Callable, Mapping

import pytest

from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import outcomes
from digitbench.types import RunRecord

Compared = tuple[RunRecord, Comparison]
Rename = Callable[[str, str], Compared]


@pytest.fixture(scope="session")
def compared(record: RunRecord) -> Compared:
    """Return a run of a noisy model, a sure one and one that fails, with its comparison."""
    return record, compare(outcomes(record))


@pytest.fixture
def rename(
    record: RunRecord, renamed: Callable[[RunRecord, Mapping[str, str]], RunRecord]
) -> Rename:
    """Return a function that gives two models other labels, and compares again."""

    def compared_again(first: str, second: str) -> Compared:
        labels = dict(zip((model.label for model in record.plan.models), (first, second)))  # noqa: B905
        changed = renamed(record, labels)
        return changed, compare(outcomes(changed))

    return compared_again
