"""The figures of further test sets that exporters get."""

import numpy as np
import pytest

from digitbench import set_metrics
from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_metrics import accuracies_on
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, run_with_sets, with_sets


def test_a_run_without_sets_has_none() -> None:
    found = set_metrics(run_of([MadeModel("cnn", 0.9)]))
    assert not found.accuracies
    assert not found.models


def test_each_trial_and_each_model() -> None:
    record = run_with_sets()
    found = set_metrics(record)
    analysis = analyse_sets(record)
    corruptions = analysis.find("corruptions")
    noise = corruptions.condition("noise@2")
    for model in noise.models:
        for trial, accuracy in zip(model.trials, model.accuracies, strict=True):
            of_trial = found.accuracies[model.label, trial.spec.trial]
            assert of_trial["corruptions/noise@2"] == pytest.approx(accuracy)
    assert "usps" not in found.accuracies["cnn", 2]
    assert "usps" in found.accuracies["cnn", 3]
    assert not any("lost" in names for names in found.accuracies.values())

    by_name = {(one.model, one.test_set): one for one in found.models}
    assert by_name["cnn", "usps"].trials == 2
    assert by_name["cnn", "usps"].corruption_error is None
    for model, error in zip(corruptions.models, corruption_errors(corruptions), strict=True):
        one = by_name[model.label, "corruptions"]
        assert one.accuracy == pytest.approx(model.accuracy)
        assert one.corruption_error == error.mean


def curve() -> RunRecord:
    """Make a run with a curve that begins at the test images themselves."""
    record = run_of([MadeModel("cnn", 0.9)], images=200)
    right, every = record.test_labels, np.arange(200)
    assert right is not None
    conditions = [
        MadeCondition(right, None, "turn", 0, every),
        MadeCondition(right, drawn(record, lambda _: 0.5, right), "turn", 10, every),
    ]
    return with_sets(record, {"shifts": conditions})


def test_the_mean_is_the_one_that_reports_show() -> None:
    record = curve()
    shown = analyse_sets(record).find("shifts").models[0]
    (one,) = set_metrics(record).models
    assert one.accuracy == pytest.approx(shown.accuracy)
    values = accuracies_on(record, ["shifts"]).values
    assert [values["cnn", trial]["accuracy@shifts"] for trial in (1, 2, 3)] == pytest.approx(
        shown.accuracies.tolist()
    )
