"""What there is to do next with a run that has been shown."""

from digitbench.analysis.sequential import compare_run
from digitbench.types import RunRecord


def next_steps(record: RunRecord, run: str | None = None) -> list[list[str]]:
    """Return the arguments of commands that look closer at a run, the most useful first.

    Args:
        record: the run.
        run: how to name it; None for the latest, which need not be named.
    """
    named = [] if run is None else [run]
    models = [model.outcomes.label for model in compare_run(record).models]
    steps = [["report", *named, "--open"]] if models else []
    if len(models) > 1:
        steps.append(["compare", *models[:2], *(["--run", *named] if named else [])])
    several = [row.label for row in record.plan.test_sets if len(row.conditions) > 1]
    if models and several:
        steps.append(["show", *named, "--test-set", several[0]])
    return steps
