"""Cells of accuracies, drops and corruption errors hold the figures of the analysis."""

import pytest

from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.analysis.set_drops import drops_of
from digitbench.report import formatting
from digitbench.report.page.models import Model, models_of
from digitbench.report.page.set_cells import (
    ABSENT,
    BEST,
    TIED,
    accuracies,
    drop_cells,
    of_models,
    ratio_cells,
    relative_cells,
    set_accuracies,
)
from made_runs import MadeModel, run_of
from page_sets import with_all_kinds

LABELS = ("cnn", "svm", "softmax")
RUN = with_all_kinds(
    run_of([MadeModel(label, 0.9, deterministic=True) for label in LABELS], images=600)
)


@pytest.fixture(scope="module")
def found() -> SetsAnalysis:
    return analyse_sets(RUN)


@pytest.fixture(scope="module")
def models(found: SetsAnalysis) -> tuple[Model, ...]:
    return models_of(RUN, found.test)


def test_an_accuracy_has_its_interval_and_the_best_its_mark(found: SetsAnalysis) -> None:
    comparison = found.find("fresh").mean
    assert comparison is not None
    cells = accuracies(comparison)
    for ranked in comparison.models:
        cell, sure = cells[ranked.outcomes.label], ranked.uncertainty
        assert cell.value == sure.mean
        assert cell.text == formatting.percent(sure.mean)
        assert cell.interval == formatting.bounds(sure.interval)
    assert [cells[label].mark for label in LABELS] == [BEST, "", ""]


def test_models_that_are_tied_are_all_marked() -> None:
    record = with_all_kinds(run_of([MadeModel(label, 0.9) for label in ("a", "b")], images=40))
    comparison = analyse_sets(record).test
    assert {cell.mark for cell in accuracies(comparison).values()} == {TIED}


def test_a_mean_without_an_interval_has_none(found: SetsAnalysis) -> None:
    votes = found.find("votes")
    assert votes.mean is None
    for label, cell in set_accuracies(votes).items():
        values = [c.models[LABELS.index(label)].accuracy for c in votes.conditions]
        assert cell.value == pytest.approx(sum(values) / 2)
        assert not cell.interval
        assert not cell.mark


def test_a_drop_is_that_of_the_analysis(found: SetsAnalysis, models: tuple[Model, ...]) -> None:
    fresh = found.find("fresh")
    drops = {drop.label: drop for drop in drops_of(fresh, fresh.test)}
    for model, cell in zip(models, drop_cells(fresh, fresh.test, models), strict=True):
        assert cell.text == formatting.signed_points(drops[model.label].drop)
        assert cell.interval == formatting.signed_interval(drops[model.label].interval)
    assert drop_cells(found.find("votes"), fresh.test, models) == ()


def test_corruption_errors_are_those_of_the_analysis(
    found: SetsAnalysis, models: tuple[Model, ...]
) -> None:
    errors = corruption_errors(found.find("made"))
    cells = dict(zip([m.label for m in models], ratio_cells(errors, models), strict=True))
    relative = relative_cells(errors, models)
    assert cells["softmax"].text == "1.000"
    assert not cells["softmax"].interval
    for error in errors:
        assert cells[error.model].value == error.mean
    assert cells["cnn"].interval.split("\N{EN DASH}") == [
        f"{end:.3f}" for end in errors[0].interval or ()
    ]
    assert {cell.value for cell in relative} == {error.relative for error in errors}
    assert ratio_cells((), models) == relative_cells((), models) == ()


def test_a_model_without_predictions_has_an_absent_figure(models: tuple[Model, ...]) -> None:
    assert of_models({}, models) == (ABSENT,) * 3
