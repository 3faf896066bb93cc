"""Several runs as one JSON document; `docs/json.md` explains each field."""

from collections.abc import Mapping, Sequence
from typing import Any

from digitbench.analysis.across_runs import ComparableRuns, RunDifference
from digitbench.metrics import Computed
from digitbench.report.document import run_document
from digitbench.report.head_to_head_document import comparison_of_models

DOCUMENT_VERSION = 1


def several_runs_document(
    groups: Sequence[ComparableRuns], computed: Mapping[str, Computed]
) -> dict[str, Any]:
    """Return runs as plain values that `json.dumps` takes.

    Args:
        groups: the runs by their data.
        computed: what the metrics of plugins are in each run, by its letter.
    """
    runs = sorted((run for group in groups for run in group.runs), key=lambda run: run.letter)
    return {
        "document_version": DOCUMENT_VERSION,
        "runs": [run_document(run.record, computed[run.letter]) for run in runs],
        "same_test_images": [
            {
                "fingerprint": group.dataset.fingerprint,
                "runs": [run.record.id for run in group.runs],
                "comparisons": [_difference(one) for one in group.differences],
            }
            for group in groups
        ],
    }


def _difference(one: RunDifference) -> dict[str, Any]:
    runs = {"run_a": one.before.record.id, "run_b": one.now.record.id}
    return runs | comparison_of_models(one.found)
