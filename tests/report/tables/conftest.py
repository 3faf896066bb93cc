"""A run with its comparison, and the same with names that are up to no good."""

from collections.abc import Callable

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
def rename(record: RunRecord) -> Rename:
    """Return a function that gives two models other labels, and compares again."""

    def renamed(first: str, second: str) -> Compared:
        labels = dict(zip((model.label for model in record.plan.models), (first, second)))  # noqa: B905
        models = tuple(
            model.model_copy(update={"label": labels.get(model.label, model.label)})
            for model in record.plan.models
        )
        results = tuple(
            result.model_copy(
                update={
                    "spec": result.spec.model_copy(
                        update={"model": labels.get(result.spec.model, result.spec.model)}
                    )
                }
            )
            for result in record.results
        )
        plan = record.plan.model_copy(update={"models": models})
        changed = record.model_copy(update={"plan": plan, "results": results})
        return changed, compare(outcomes(changed))

    return renamed
