"""A run with test sets of every kind that the page tells apart."""

from functools import partial

import numpy as np

from digitbench.types import PlannedTestSet, RunRecord
from made_sets import MadeCondition, drawn, with_sets

NOT_LOADED = "no file usps.h5 in the data directory"
FAILED = "ValueError: out of paper"


def with_all_kinds(record: RunRecord) -> RunRecord:
    """Return a run with further test sets.

    Those are `fresh` (other images, lacking in the second trial of the first model), `made` (two
    conditions at three severities, of which the second is harder), `votes` (test images with other
    labels) and `usps`, which could not be loaded.

    Args:
        record: the run without them; its labels are known.
    """
    right = record.test_labels
    assert right is not None
    every = np.arange(len(right))
    models = [model.label for model in record.plan.models]

    def at(place: float, label: str) -> float:
        """Return a chance to be right: models further down the plan are worse."""
        return max(0.0, place - 0.1 * models.index(label))

    fresh = np.resize(right, 2 * len(right))
    votes = right.copy()
    votes[:3] = (votes[:3] + 1) % 10
    sets = {
        "fresh": [MadeCondition(fresh, drawn(record, partial(at, 0.95), fresh))],
        "made": [
            MadeCondition(
                right,
                drawn(record, partial(at, start - 0.1 * severity), right, seed=severity),
                name,
                severity,
                every,
            )
            for name, start in (("blur", 1.0), ("fog", 0.8))
            for severity in (1, 2, 3)
        ],
        "votes": [
            MadeCondition(right[3:], name="without", positions=every[3:]),
            MadeCondition(votes, name="voted", positions=every),
        ],
    }
    found = with_sets(record, sets, errors={("fresh", models[0], 2): FAILED})
    lost = PlannedTestSet(label="usps", name="usps", error=NOT_LOADED)
    plan = found.plan.model_copy(update={"test_sets": (*found.plan.test_sets, lost)})
    return found.model_copy(update={"plan": plan})
