"""Tables of test sets: what is a tie, and what a mean is over."""

import pytest

from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.report import formatting
from digitbench.report.document import run_document
from digitbench.report.tables.test_sets import (
    condition_standings,
    set_names,
    set_standing,
    set_table,
    standing_of,
)
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, run_with_sets, with_sets


@pytest.fixture(scope="module")
def analysis() -> SetsAnalysis:
    return analyse_sets(run_with_sets())


def test_models_that_are_tied_for_best_are_marked_and_no_others() -> None:
    record = run_of([MadeModel(label, 0.9, deterministic=True) for label in "abc"], images=600)
    right = record.test_labels
    assert right is not None
    given = drawn(record, {"a": 0.8, "b": 0.8, "c": 0.4}.__getitem__, right)
    (found,) = analyse_sets(with_sets(record, {"made": [MadeCondition(right, given)]})).sets
    standing = standing_of("made", found.conditions[0].comparison)
    assert {*standing.tied} == {"a", "b"}
    assert standing.best is None
    assert standing.cell("a") == f"={formatting.percent(found.models[0].accuracy)}"
    assert standing.cell("c") == formatting.percent(found.models[2].accuracy)
    assert standing.cell("d") == formatting.ABSENT


def test_the_best_by_the_verdict(analysis: SetsAnalysis) -> None:
    noise, turn = condition_standings(analysis.find("corruptions"))
    assert (noise.name, noise.best, noise.tied) == ("noise", "cnn", ())
    assert (turn.name, turn.best) == ("turn", "knn[k=3]")
    assert noise.conditions == 3
    assert [len(bars) for bars in noise.severities.values()] == [3, 3, 3]


def test_a_mean_of_several_names_has_no_severities(analysis: SetsAnalysis) -> None:
    standing = set_standing("mean", analysis.find("corruptions"))
    assert standing.severities == {}
    assert standing.unit == "mean of 6, %"
    assert set_table(analysis).columns[0].unit == "%"


def test_a_mean_over_other_images_has_no_best() -> None:
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.5)], images=200)
    right = record.test_labels
    assert right is not None
    given = drawn(record, {"a": 0.9, "b": 0.5}.__getitem__, right)
    apart = [MadeCondition(right, given, name) for name in ("one", "two")]
    (found,) = analyse_sets(with_sets(record, {"made": apart})).sets
    standing = set_standing("made", found)
    assert (standing.best, standing.tied) == (None, ())
    assert standing.means["a"] == pytest.approx(found.conditions[0].models[0].accuracy)


def test_a_model_without_predictions_of_some_conditions_has_no_mean() -> None:
    """Test images with other labels need no predictions; the rest of the set failed for b."""
    record = run_of([MadeModel(label, 0.9, deterministic=True) for label in "ab"], images=100)
    right = record.test_labels
    assert right is not None
    conditions = [
        MadeCondition(right[:50], None, "voted", positions=range(50)),
        MadeCondition(right, drawn(record, lambda _: 0.5, right), "noise"),
    ]
    record = with_sets(record, {"mixed": conditions}, errors={("mixed", "b", 1): "no"})
    analysis = analyse_sets(record)
    column = set_table(analysis).columns[1]
    assert {*column.means} == {"a"}
    assert column.cell("b") == formatting.ABSENT
    assert run_document(record)["test_sets"][0]["mean"] == []


def test_long_labels_have_short_names() -> None:
    record = run_of([MadeModel("a", 0.9)], images=50)
    right = record.test_labels
    assert right is not None
    made = MadeCondition(right, drawn(record, lambda _: 0.5, right))
    labels = ("usps", "pictures:digits", "corruptions[severity=3]", "pictures:a/very/long/way/home")
    found = analyse_sets(with_sets(record, {label: [made] for label in labels}))
    names = set_names(found.sets)
    assert names["usps"] == "usps"
    assert names["pictures:digits"] == "pictures:digits"
    assert len(names["pictures:a/very/long/way/home"]) <= 20
    assert names["corruptions[severity=3]"] == "corruptions"
    assert len({*names.values()}) == 4
    twice = analyse_sets(with_sets(record, {f"corruptions[severity={n}]": [made] for n in (1, 2)}))
    assert len({*set_names(twice.sets).values()}) == 2
