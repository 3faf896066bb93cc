"""Accuracy against costs: places, front and labels."""

import pytest

from digitbench.analysis.sequential import compare_run
from digitbench.report.page.costs_plot import cost_plots
from digitbench.report.page.models import Model, models_of
from digitbench.types import RunRecord

NOISY = "centroid[noise=1.5]"


def _models(record: RunRecord, **costs: float) -> tuple[Model, ...]:
    """Return the models, with the fit times given by name."""
    results = tuple(
        result.model_copy(
            update={"fit_seconds": costs["noisy" if result.spec.model == NOISY else "sure"]}
        )
        if result.status == "ok"
        else result
        for result in record.results
    )
    changed = record.model_copy(update={"results": results})
    return models_of(changed, compare_run(changed))


def test_a_cheap_model_and_an_accurate_one_are_both_on_the_front(record: RunRecord) -> None:
    (plot, *_) = cost_plots(_models(record, noisy=0.5, sure=50.0))
    assert plot.title == "fit time"
    sure, noisy = plot.points
    assert (sure.model.label, noisy.model.label) == ("centroid", NOISY)
    assert sure.on_front
    assert noisy.on_front
    assert sure.x > noisy.x
    assert sure.y < noisy.y
    corners = [tuple(map(float, corner.split(","))) for corner in plot.front.split()]
    assert corners == [
        (noisy.x, 100),
        (noisy.x, noisy.y),
        (sure.x, noisy.y),
        (sure.x, sure.y),
        (100, sure.y),
    ]
    assert "centroid: " in plot.words
    assert "50.0 s, on the front" in plot.words


def test_a_dear_model_that_is_worse_is_off_it(record: RunRecord) -> None:
    (plot, *_) = cost_plots(_models(record, noisy=50.0, sure=0.5))
    assert [point.on_front for point in plot.points] == [True, False]


def test_labels_of_models_at_one_place_do_not_cover_each_other(record: RunRecord) -> None:
    (plot, *_) = cost_plots(_models(record, noisy=1.0, sure=1.0))
    first, second = plot.points
    assert first.label
    assert second.label
    assert first.label != second.label


def test_what_was_not_measured_has_no_plot(record: RunRecord) -> None:
    models = _models(record, noisy=1.0, sure=1.0)
    titles = {plot.title for plot in cost_plots(models)}
    assert "predict time per image" in titles
    unmeasured = tuple(
        result.model_copy(update={"model_size_bytes": None}) for result in record.results
    )
    changed = record.model_copy(update={"results": unmeasured})
    left = {plot.title for plot in cost_plots(models_of(changed, compare_run(changed)))}
    assert titles - left == {"size"}


def test_long_labels_are_cut_in_the_plot_alone(record: RunRecord) -> None:
    (plot, *_) = cost_plots(_models(record, noisy=1.0, sure=2.0))
    assert all(point.label and len(point.label.text) <= 22 for point in plot.points)
    assert NOISY in plot.words


def test_a_model_without_a_trial_that_succeeded_is_left_out(record: RunRecord) -> None:
    models = _models(record, noisy=1.0, sure=2.0)
    assert models[-1].ranked is None
    with pytest.raises(ValueError, match="no trial of wrong-labels succeeded"):
        _ = models[-1].succeeded
    assert all(len(plot.points) == 2 for plot in cost_plots(models))
