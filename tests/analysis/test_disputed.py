"""Disputed labels: whose errors are disputed, and which verdicts hang on them."""

import numpy as np
import pytest

from builders import made_record
from digitbench.analysis.disputed import DisputedLabels, disputed_labels
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_verdicts import Change
from digitbench.types import RunRecord
from made_sets import MadeCondition, with_sets

IMAGES = 60
GIVEN = np.zeros(IMAGES, np.uint8)
DISPUTED = np.arange(20)


def predictions(*wrong: range) -> list[np.ndarray]:
    """Make a trial for each range of images taken for a 1."""
    rows = []
    for places in wrong:
        row = GIVEN.copy()
        row[list(places)] = 1
        rows.append(row)
    return rows


def disputed_run(rows: dict[str, list[np.ndarray]]) -> RunRecord:
    voted = np.where(np.arange(IMAGES) < 20, 1, 0).astype(np.uint8)
    kept = np.arange(20, IMAGES)
    return with_sets(
        made_record(rows, GIVEN),
        {
            "disputed": [
                MadeCondition(GIVEN, None, "as_given", positions=range(IMAGES)),
                MadeCondition(GIVEN[kept], None, "without", positions=kept),
                MadeCondition(voted, None, "voted", positions=range(IMAGES)),
                MadeCondition(GIVEN[:20], None, "only", positions=DISPUTED),
            ]
        },
    )


def labels_of(record: RunRecord) -> DisputedLabels:
    found = analyse_sets(record)
    disputed = disputed_labels(found.sets[0], found.test)
    assert disputed is not None
    return disputed


def test_whose_errors_are_disputed() -> None:
    seeded = predictions(range(10, 22), range(10, 30), range(4), range(0))
    disputed = labels_of(disputed_run({"a": predictions(range(15, 30)), "b": seeded}))
    assert disputed.images.tolist() == DISPUTED.tolist()
    a, b = disputed.errors
    assert (a.model, a.errors, a.disputed) == ("a", 15, 5)
    # Half of four trials have 10 to 21 wrong, and only one the others.
    assert (b.model, b.errors, b.disputed) == ("b", 12, 10)


def test_verdicts_that_hang_on_them() -> None:
    """What a has right, and b wrong, are the disputed labels."""
    record = disputed_run({"a": predictions(range(0)), "b": predictions(range(20))})
    disputed = labels_of(record)
    changes = {condition.planned.name: change.change for condition, change in disputed.changed}
    assert changes == {"without": Change.LOST, "voted": Change.REVERSED}


def test_verdicts_that_do_not() -> None:
    record = disputed_run({"a": predictions(range(0)), "b": predictions(range(20, 50))})
    assert labels_of(record).changed == ()


@pytest.mark.parametrize(
    "condition",
    [
        MadeCondition(GIVEN, {"a": predictions(range(0))}, "copy", positions=range(IMAGES)),
        MadeCondition(GIVEN[:9], None, "some", positions=range(9)),
    ],
)
def test_other_sets_have_no_disputed_labels(condition: MadeCondition) -> None:
    record = with_sets(made_record({"a": predictions(range(3))}, GIVEN), {"other": [condition]})
    found = analyse_sets(record)
    assert disputed_labels(found.sets[0], found.test) is None
