"""The figures of further test sets that exporters get."""

import pytest

from digitbench import set_metrics
from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import analyse_sets
from made_runs import MadeModel, run_of
from made_sets import run_with_sets


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
