"""Further test sets as rows: one for each model, set and condition."""

import pytest

from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.analysis.set_drops import drops_of
from digitbench.analysis.set_tables import set_rows
from made_sets import run_with_sets


@pytest.fixture(scope="module")
def analysis() -> SetsAnalysis:
    return analyse_sets(run_with_sets())


def test_there_is_a_row_for_each_model_set_and_condition(analysis: SetsAnalysis) -> None:
    rows = [(r["test_set"], r["condition"], r["severity"]) for r in set_rows(analysis)]
    corruptions: list[tuple[object, ...]] = [("corruptions", "", None)]
    corruptions += [("corruptions", name, by) for name in ("noise", "turn") for by in (1, 2, 3)]
    others: list[tuple[object, ...]] = [("fresh", "", None), ("usps", "", None)]
    others += [("disputed", "without", None), ("disputed", "voted", None)]
    assert rows == [row for row in (*corruptions, *others) for _ in range(3)]


def test_a_row_has_the_figures_of_the_comparison(analysis: SetsAnalysis) -> None:
    found = analysis.find("corruptions")
    rows = [r for r in set_rows(analysis) if (r["condition"], r["severity"]) == ("turn", 2)]
    condition = found.condition("turn@2")
    drops = {drop.label: drop for drop in drops_of(condition, found.test)}
    assert [row["model"] for row in rows] == ["knn[k=3]", "cnn", "softmax"]
    for row, ranked in zip(rows, condition.comparison.models, strict=True):
        assert row["accuracy_mean"] == ranked.uncertainty.mean
        assert row["accuracy_std"] == ranked.uncertainty.seed_std
        assert (row["interval_low"], row["interval_high"]) == ranked.uncertainty.interval
        assert (row["place"], row["letters"]) == (ranked.place.value, ranked.letters)
        drop = drops[ranked.outcomes.label]
        assert row["drop"] == drop.drop
        assert (row["drop_interval_low"], row["drop_interval_high"]) == drop.interval
        assert row["images"] == 400


def test_a_mean_row_is_of_all_conditions(analysis: SetsAnalysis) -> None:
    rows = list(set_rows(analysis))
    mean = rows[0]
    assert mean["images"] == 6 * 400
    of_model = [
        r["accuracy_mean"]
        for r in rows
        if (r["test_set"], r["model"]) == ("corruptions", mean["model"]) and r["condition"]
    ]
    assert mean["accuracy_mean"] == pytest.approx(sum(map(float, map(str, of_model))) / 6)


def test_the_mean_has_corruption_errors(analysis: SetsAnalysis) -> None:
    rows = list(set_rows(analysis))
    errors = {e.model: e for e in corruption_errors(analysis.find("corruptions"))}
    for row in rows[:3]:
        error = errors[str(row["model"])]
        assert row["corruption_error"] == error.mean
        assert (
            row["corruption_error_interval_low"],
            row["corruption_error_interval_high"],
        ) == error.interval
        assert row["relative_corruption_error"] == error.relative
    assert {row["corruption_error"] for row in rows[3:]} == {None}


def test_what_is_missing_is_none(analysis: SetsAnalysis) -> None:
    rows = list(set_rows(analysis))
    disputed = [r for r in rows if r["test_set"] == "disputed"]
    assert {r["drop"] for r in disputed} == {None}
    (cnn,) = (r for r in rows if (r["test_set"], r["model"]) == ("usps", "cnn"))
    assert cnn["trials"] == 2
