"""Charts of accuracy over severity."""

import pytest

from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.analysis.severity_curves import severity_curves
from digitbench.report import formatting
from digitbench.report.page.models import Model, models_of
from digitbench.report.page.severity_plot import severity_plots
from made_runs import MadeModel, run_of
from page_sets import with_all_kinds

LABELS = ("cnn", "svm", "softmax")
RUN = with_all_kinds(run_of([MadeModel(label, 0.95) for label in LABELS], images=400))


@pytest.fixture(scope="module")
def found() -> SetsAnalysis:
    return analyse_sets(RUN)


@pytest.fixture(scope="module")
def models(found: SetsAnalysis) -> tuple[Model, ...]:
    return models_of(RUN, found.test)


def test_a_chart_for_each_name_and_a_line_for_each_model(
    found: SetsAnalysis, models: tuple[Model, ...]
) -> None:
    plots = severity_plots(found.find("made"), models)
    assert [plot.title for plot in plots] == ["blur", "fog"]
    assert len({plot.y for plot in plots}) == 1
    for plot in plots:
        assert [line.model for line in plot.lines] == list(reversed(models))
        assert plot.words.startswith(f"{plot.title}: {models[0].name} ")


def test_points_lie_where_their_accuracies_are(
    found: SetsAnalysis, models: tuple[Model, ...]
) -> None:
    curves = {(c.condition, c.model): c for c in severity_curves(found.find("made"))}
    for plot in severity_plots(found.find("made"), models):
        for line in plot.lines:
            points = curves[plot.title, line.model.label].points
            for point, (across, down), told in zip(points, line.marks, line.values, strict=True):
                assert across == plot.x.at(point.severity)
                assert down == pytest.approx(100 - plot.y.at(point.accuracy))
                assert f"at {point.severity:g}: {formatting.percent(point.accuracy)} %" in told
                assert formatting.bounds(point.interval) in told
            assert len(line.band.split()) == 2 * len(points)


def test_a_band_holds_its_line(found: SetsAnalysis, models: tuple[Model, ...]) -> None:
    for plot in severity_plots(found.find("made"), models):
        for line in plot.lines:
            downs = [float(place.split(",")[1]) for place in line.band.split()]
            upper, lower = downs[: len(line.marks)], downs[: len(line.marks) - 1 : -1]
            for (_, down), above, below in zip(line.marks, upper, lower, strict=True):
                assert above <= down <= below


def test_a_single_trial_has_no_band() -> None:
    run = with_all_kinds(run_of([MadeModel("cnn", 0.9, trials=1)], images=40, trials=1))
    found = analyse_sets(run)
    for plot in severity_plots(found.find("made"), models_of(run, found.test)):
        assert [line.band for line in plot.lines] == [""]


def test_without_severities_there_is_no_chart(
    found: SetsAnalysis, models: tuple[Model, ...]
) -> None:
    assert severity_plots(found.find("fresh"), models) == ()
    assert severity_plots(found.find("votes"), models) == ()
