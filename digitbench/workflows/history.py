"""A model over the stored runs."""

from collections.abc import Iterator
from pathlib import Path

from digitbench.analysis.history import Series, model_history
from digitbench.errors import UsageError
from digitbench.runner.history import runs_of_model
from digitbench.types import RunRecord


def history(runs_dir: Path, model: str, test_set: str | None = None) -> tuple[Series, ...]:
    """Return a model's history over the runs, a series for each set of options and data set.

    Args:
        runs_dir: where runs are kept.
        model: the model's name, or the full label of one set of options.
        test_set: the further test set that accuracies are of, or a condition of one; None for the
            test images.

    Raises:
        UsageError: no run has the model, or none of those has the test set.
    """
    known: dict[str, None] = {}

    def runs() -> Iterator[RunRecord]:
        for record in runs_of_model(runs_dir, model):
            known.update(dict.fromkeys(one.label for one in record.plan.test_sets))
            yield record

    found = model_history(runs(), model, test_set)
    if not found:
        there = f"they have: {', '.join(known)}" if known else "they have none"
        raise UsageError(f"no run of {model} has predictions of a test set {test_set}; {there}")
    return found
