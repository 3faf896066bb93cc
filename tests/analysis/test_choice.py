"""The choice under limits: the most accurate that fits, who is as good, and why not the others."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbench.analysis.choice import Choice, choose
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.metrics import ACCURACY, FIT, LATENCY, MEMORY, SIZE, Metric
from digitbench.types import RunRecord, SequentialDesign

MakeRecord = Callable[..., RunRecord]
IMAGES = 1000
COSTS: Mapping[str, Mapping[str, Any]] = {
    "best": {"fit_seconds": 9.0, "model_size_bytes": 900, "latency_median_seconds": 0.009},
    "as-good": {"fit_seconds": 5.0, "model_size_bytes": 500, "latency_median_seconds": 0.010},
    "worse": {"fit_seconds": 1.0, "model_size_bytes": 100},
}


@pytest.fixture(scope="module")
def record(make_record: MakeRecord) -> RunRecord:
    """Make a run of two models that are alike, a worse one, and one that failed."""
    random = np.random.default_rng(0)
    hardness = random.random(IMAGES)
    predictions: dict[str, Any] = {
        label: hardness + random.normal(0, 0.01, (4, IMAGES)) > right
        for label, right in {"best": 0.980, "as-good": 0.978, "worse": 0.8}.items()
    }
    predictions["broken"] = np.zeros((0, IMAGES))
    return make_record(predictions, [0] * IMAGES, figures=COSTS)


def chosen_of(record: RunRecord, limits: Mapping[Metric, float]) -> Choice:
    return choose(summarise(record), compare_run(record), limits)


def labels(models: Any) -> list[str]:
    return [model.planned.label for model in models]


def test_without_limits_the_most_accurate_is_chosen(record: RunRecord) -> None:
    choice = chosen_of(record, {})
    assert choice.chosen is not None
    assert choice.chosen.planned.label == "best"
    assert labels(choice.alike) == ["as-good"]
    assert labels(choice.beaten) == ["worse"]
    (broken,) = choice.excluded
    assert (broken.model.planned.label, broken.excesses) == ("broken", ())
    assert choice.closest is None
    assert len(choice.comparison.pairs) == 3


def test_the_cheapest_of_those_alike_goes_by_the_limited_costs(record: RunRecord) -> None:
    overall = chosen_of(record, {}).cheapest
    assert overall is not None
    assert overall.planned.label == "as-good"  # cheaper to fit and smaller, if slower
    assert chosen_of(record, {LATENCY: 1.0}).cheapest is None  # that is the one chosen
    by_size = chosen_of(record, {SIZE: 1000}).cheapest
    assert by_size is not None
    assert by_size.planned.label == "as-good"


def test_limits_leave_models_out(record: RunRecord) -> None:
    choice = chosen_of(record, {FIT: 6.0})
    assert choice.chosen is not None
    assert choice.chosen.planned.label == "as-good"
    assert choice.alike == ()
    assert choice.cheapest is None
    assert labels(choice.beaten) == ["worse"]
    best, broken = choice.excluded
    assert best.model.planned.label == "best"
    assert [(e.kind, e.figure, e.limit) for e in best.excesses] == [(FIT, 9.0, 6.0)]
    assert broken.model.planned.label == "broken"


def test_what_was_not_measured_keeps_no_limit(record: RunRecord) -> None:
    choice = chosen_of(record, {LATENCY: 1.0})
    assert "worse" in labels(excluded.model for excluded in choice.excluded)
    nothing = chosen_of(record, {MEMORY: 1e12})
    assert nothing.chosen is None
    assert nothing.closest is None


def test_if_nothing_fits_the_closest_is_told_by_its_worst_limit(record: RunRecord) -> None:
    choice = chosen_of(record, {FIT: 0.9, SIZE: 50})
    assert (choice.chosen, choice.alike, choice.untested, choice.beaten) == (None, (), (), ())
    assert choice.closest is not None
    assert choice.closest.model.planned.label == "worse"
    assert choice.closest.worst.kind is SIZE
    assert choice.closest.worst.ratio == pytest.approx(2.0)
    both = chosen_of(record, {LATENCY: 0.001})
    assert both.closest is not None
    assert both.closest.model.planned.label == "best"


@settings(max_examples=30, deadline=None)
@given(
    limits=st.dictionaries(st.sampled_from([FIT, SIZE, LATENCY]), st.floats(1e-3, 1e3), max_size=3)
)
def test_every_model_is_in_one_place_and_only_those_that_fit_are_chosen(
    record: RunRecord, limits: dict[Metric, float]
) -> None:
    choice = chosen_of(record, limits)
    fitting = [*([choice.chosen] if choice.chosen else []), *choice.alike, *choice.beaten]
    out = [excluded.model for excluded in choice.excluded]
    assert sorted(labels([*fitting, *out])) == sorted([*COSTS, "broken"])
    for model in fitting:
        figures = {kind: model.figure(kind) for kind in limits}
        assert all(figure is not None and figure <= limits[k] for k, figure in figures.items())
    accuracies = [model.accuracy.mean for model in fitting if model.accuracy]
    assert len(accuracies) == len(fitting)
    assert not fitting or accuracies[0] == max(accuracies)


def test_a_model_that_was_not_tested_is_not_said_to_be_as_good(make_record: MakeRecord) -> None:
    """One trial of a model that depends on its seed, beside one that is far worse."""
    hardness = np.random.default_rng(1).random(IMAGES)
    rows = {"good": hardness[np.newaxis] > 0.99, "bad": hardness[np.newaxis] > 0.92}
    made = make_record(rows, [0] * IMAGES)
    seeded = [model.model_copy(update={"deterministic": False}) for model in made.plan.models]
    plan = made.plan.model_copy(update={"models": tuple(seeded)})
    choice = chosen_of(made.model_copy(update={"plan": plan}), {})
    assert (choice.alike, choice.beaten) == ((), ())
    assert labels(choice.untested) == ["bad"]
    assert choice.cheapest is None


def test_a_run_until_decided_keeps_its_level_and_what_is_shown(make_record: MakeRecord) -> None:
    """Six images more of a thousand: a claim at 5 %, and none at the level of a look."""
    wrong = {"one": 4, "other": 10}
    rows = {label: (np.arange(IMAGES) < count)[np.newaxis] for label, count in wrong.items()}
    made = make_record(rows, [0] * IMAGES)
    assert labels(chosen_of(made, {}).beaten) == ["other"]
    design = SequentialDesign(pair=None, looks=(3, 5, 8))
    plan = made.plan.model_copy(update={"sequential": design})
    record = made.model_copy(update={"plan": plan})
    choice = chosen_of(record, {})
    assert labels(choice.alike) == ["other"]
    assert choice.comparison.level < 0.05


def test_limits_do_not_change_the_verdicts_that_are_shown(record: RunRecord) -> None:
    shown = compare_run(record).pair("as-good", "worse").population
    choice = chosen_of(record, {FIT: 6.0})
    assert choice.comparison.pair("as-good", "worse").population == shown


def test_only_costs_make_a_model_cheap(record: RunRecord) -> None:
    """A limit of a metric of which more is better does not make the worse model the cheaper."""
    for costs in ({}, {LATENCY: 1.0}):
        choice = chosen_of(record, {ACCURACY: 0.5, **costs})
        assert choice.cheapest == chosen_of(record, costs).cheapest
