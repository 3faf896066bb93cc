"""A stored run as the baseline of later checks."""

from digitbench.analysis.baseline import make_baseline
from digitbench.store.baseline import Baseline, baseline_text
from digitbench.types import RunRecord


def baseline_of(record: RunRecord) -> tuple[Baseline, str]:
    """Return a run as a baseline for later checks, and the text of its file.

    Raises:
        UsageError: the run makes no baseline.
    """
    made = make_baseline(record)
    return made, baseline_text(made)
