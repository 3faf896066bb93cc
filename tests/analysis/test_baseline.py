"""A baseline has what a gate needs of a run, and only of a whole one."""

from collections.abc import Callable

import numpy as np
import pytest

from digitbench.analysis.baseline import make_baseline
from digitbench.errors import UsageError
from digitbench.types import RunRecord

Make = Callable[..., RunRecord]
LABELS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 8])


def test_figures_of_a_model(make_record: Make) -> None:
    predictions = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 3], [0, 1, 2, 3, 4, 5, 6, 1, 8, 3]]
    baseline = make_baseline(make_record({"a": predictions}, LABELS))
    (model,) = baseline.models
    assert model.accuracies == (0.9, 0.8)
    assert model.class_accuracies == (1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, None)
    assert model.wrong_per_digit == ((0,) * 8 + (1, 0), (0,) * 7 + (1, 1, 0))
    assert model.wrong_images == {1: (7,), 2: (9,)}
    assert model.wrong_counts(10).tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 2]
    assert len(set(model.predictions)) == len(set(model.seeds)) == 2
    assert baseline.dataset.test_images_per_digit == (1, 1, 1, 1, 1, 1, 1, 1, 2, 0)
    assert baseline.model("a") is model
    assert baseline.model("b") is None


def test_the_same_predictions_have_the_same_digest(make_record: Make) -> None:
    first, second = (
        make_baseline(make_record({"a": [LABELS, row]}, LABELS)).models[0].predictions
        for row in (LABELS, LABELS[::-1])
    )
    assert first[0] == first[1] == second[0] != second[1]


def test_a_run_that_is_not_whole_is_refused(make_record: Make) -> None:
    failed = make_record({"a": [LABELS], "b": np.empty((0, 10))}, LABELS)
    with pytest.raises(UsageError, match="lacks 1 of its trials, such as trial 1 of b: complete"):
        make_baseline(failed)
    whole = make_record({"a": [LABELS, LABELS]}, LABELS)
    cut = whole.model_copy(update={"results": whole.results[:1]})
    with pytest.raises(UsageError, match="such as trial 2 of a"):
        make_baseline(cut)


def test_trials_with_training_images_of_their_own_are_refused(make_record: Make) -> None:
    record = make_record({"a": [LABELS, LABELS]}, LABELS)
    plan = record.plan.model_copy(update={"vary": "data"})
    with pytest.raises(UsageError, match="differ by their seeds alone"):
        make_baseline(record.model_copy(update={"plan": plan}))
