"""Who wins where: ties count by the verdicts, not by the means."""

import numpy as np
import pytest

from digitbench.analysis.set_analysis import SetAnalysis, analyse_sets
from digitbench.analysis.set_verdicts import Change, changed_verdicts, wins_of
from digitbench.analysis.severity_curves import severity_curves
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

IMAGES = 2000
ACCURACIES = {
    "clear": {"a": 0.9, "b": 0.7},
    "close": {"a": 0.8, "b": 0.8},
    "turned": {"a": 0.6, "b": 0.8},
}


@pytest.fixture(scope="module")
def record() -> RunRecord:
    made = run_of(
        [MadeModel("a", 0.95, deterministic=True), MadeModel("b", 0.9, deterministic=True)],
        images=IMAGES,
    )
    right = made.test_labels
    assert right is not None
    conditions = [
        MadeCondition(right, drawn(made, of.__getitem__, right, seed=3), name, None, range(IMAGES))
        for name, of in ACCURACIES.items()
    ]
    return with_sets(made, {"made": conditions})


@pytest.fixture(scope="module")
def found(record: RunRecord) -> SetAnalysis:
    return analyse_sets(record).sets[0]


def test_wins_ties_and_defeats(found: SetAnalysis) -> None:
    wins = wins_of("a", found.comparisons)
    assert (wins.best, wins.tied) == (("clear",), ("close",))
    assert wins.beaten == (("turned", "b"),)
    assert wins.count == 3
    other = wins_of("b", found.comparisons)
    assert other.best == ("turned",)
    assert other.beaten == (("clear", "a"),)


def test_a_higher_mean_alone_is_no_win(found: SetAnalysis) -> None:
    close = found.condition("close").comparison
    assert close.models[0].uncertainty.mean != close.models[1].uncertainty.mean
    for label in ("a", "b"):
        assert "close" not in wins_of(label, found.comparisons).best


def test_what_was_not_tested_is_neither() -> None:
    """One trial of models that depend on their seed."""
    made = run_of([MadeModel("a", 0.95), MadeModel("b", 0.5)], images=500, trials=1)
    right = made.test_labels
    assert right is not None
    given = drawn(made, lambda label: 0.9 if label == "a" else 0.5, right)
    record = with_sets(made, {"made": [MadeCondition(right, given)]})
    comparisons = analyse_sets(record).sets[0].comparisons
    assert wins_of("a", comparisons).untested == ("",)
    assert wins_of("nobody", comparisons).untested == ("",)


def test_verdicts_that_change(record: RunRecord) -> None:
    found = analyse_sets(record)
    changes = {
        c.planned.name: [change.change for change in changed_verdicts(found.test, c.comparison)]
        for c in found.sets[0].conditions
    }
    assert changes == {"clear": [], "close": [Change.LOST], "turned": [Change.REVERSED]}
    close = found.sets[0].condition("close").comparison
    (gained,) = changed_verdicts(close, found.test)
    assert gained.change is Change.GAINED
    assert gained.now.first.label == "a"


def test_a_model_that_is_missing_has_no_verdict_to_change(record: RunRecord) -> None:
    lacking = with_sets(
        record,
        {"made": [MadeCondition(np.ones(50), {"a": [np.ones(50)], "b": [np.ones(50)]})]},
        errors={("made", "b", 1): "no"},
    )
    found = analyse_sets(lacking)
    assert changed_verdicts(found.test, found.sets[0].conditions[0].comparison) == ()


def test_severities_make_a_curve_of_each_model() -> None:
    made = run_of([MadeModel("a", 0.95), MadeModel("b", 0.9)], images=200)
    right = made.test_labels
    assert right is not None

    def condition(name: str, severity: float | None, accuracy: float) -> MadeCondition:
        given = drawn(made, lambda _: accuracy, right)
        return MadeCondition(right, given, name, severity, range(200))

    conditions = [
        condition("turn", 10, 0.4),
        condition("turn", -5, 0.8),
        condition("once", 1, 0.5),
        condition("plain", None, 0.5),
    ]
    (found,) = analyse_sets(with_sets(made, {"made": conditions})).sets
    curves = severity_curves(found)
    assert [(curve.condition, curve.model) for curve in curves] == [("turn", "a"), ("turn", "b")]
    points = curves[0].points
    assert [point.severity for point in points] == [-5, 10]
    assert points[0].accuracy == found.conditions[1].models[0].accuracy
    ranked = found.conditions[1].comparison.models
    (same,) = (m.uncertainty.interval for m in ranked if m.outcomes.label == "a")
    assert points[0].interval == same
