"""What the figures at the top of the page need to be read rightly."""

from collections.abc import Iterator

from digitbench.report.load import load_note
from digitbench.report.page.models import Model
from digitbench.report.sequential import sequential_notes
from digitbench.report.training import training_notes
from digitbench.types import RunRecord


def notes(record: RunRecord, models: tuple[Model, ...]) -> Iterator[str]:
    """Yield the notes, each a sentence or two."""
    plan = record.plan
    if record.status == "interrupted":
        yield "The run was interrupted: the trials that finished are shown."
    if record.status == "running":
        yield "The run has not finished: the trials so far are shown."
    if record.failed:
        count = len(record.failed)
        them = "trial failed and is" if count == 1 else "trials failed and are"
        yield f"{count} {them} excluded from all figures."
    if any(model.summary.runs_once for model in models if model.ranked):
        yield (
            "A model that is deterministic was run once: no seed changes its accuracy on this "
            "test set."
        )
    yield from training_notes(plan)
    yield from sequential_notes(record)
    if plan.jobs > 1:
        threads = "thread" if plan.threads == 1 else "threads"
        yield (
            f"Times are of trials that ran {plan.jobs} at a time, on {plan.threads} {threads} each."
        )
    disturbed = load_note(record)
    if disturbed is not None:
        yield disturbed
