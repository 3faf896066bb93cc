"""Costs, the Pareto front and limits: against a plain search, and where figures are missing."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbench.analysis.costs import Excess, excesses, limited_costs, standings
from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.metrics import ACCURACY, COSTS, FIT, LATENCY, MEMORY, PREDICT, SIZE, Metric
from digitbench.types import RunRecord

MakeRecord = Callable[..., RunRecord]
IMAGES = 10
FIELDS = {
    FIT: "fit_seconds",
    PREDICT: "predict_seconds",
    LATENCY: "latency_median_seconds",
    SIZE: "model_size_bytes",
    MEMORY: "peak_memory_bytes",
}
FIGURES = st.dictionaries(st.sampled_from(list(FIELDS)), st.integers(1, 3))
"""Costs of a model, some of them not measured; few values, so that there are ties."""


def models_of(
    make_record: MakeRecord, right: list[int], figures: list[Mapping[Metric, int]]
) -> tuple[ModelSummary, ...]:
    """Make models that get so many of ten images right, and cost so much."""
    predictions = {f"m{i}": [np.arange(IMAGES) >= n] for i, n in enumerate(right)}
    given_figures: dict[str, dict[str, Any]] = {
        f"m{i}": {FIELDS[kind]: value for kind, value in each.items()}
        for i, each in enumerate(figures)
    }
    return summarise(make_record(predictions, [0] * IMAGES, figures=given_figures))


def test_costs_are_those_of_the_summary(make_record: MakeRecord) -> None:
    figures = {"fit_seconds": 2.0, "predict_seconds": 5.0, "latency_median_seconds": 0.5}
    record = make_record(
        {"a": [[0, 0], [1, 1]], "b": [[0, 0]]},
        [0, 0],
        figures={"a": {**figures, "model_size_bytes": 7, "peak_memory_bytes": 9}},
    )
    told, untold = summarise(record)
    assert [told.figure(kind) for kind in COSTS] == [2.0, 2.5, 0.5, 7, 9]
    assert [untold.figure(kind) for kind in COSTS] == [None] * 5


@settings(max_examples=50, deadline=None)
@given(
    models=st.lists(st.tuples(st.integers(0, IMAGES), FIGURES), min_size=1, max_size=6),
    kinds=st.lists(st.sampled_from(list(COSTS)), unique=True),
)
def test_the_front_is_what_a_plain_search_finds(
    make_record: MakeRecord,
    models: list[tuple[int, dict[Metric, int]]],
    kinds: list[Metric],
) -> None:
    rows = models_of(make_record, [right for right, _ in models], [f for _, f in models])
    found = standings(rows, kinds)
    points = [[-right, *(f.get(kind, inf) for kind in kinds)] for right, f in models]
    for i, ours in enumerate(points):
        expected = [
            j
            for j, theirs in enumerate(points)
            if np.all(np.array(theirs) <= ours) and theirs != ours
        ]
        assert [row.planned.label for row in found[i].dominated_by] == [f"m{j}" for j in expected]
    assert any(standing.on_front for standing in found)
    for standing in found:  # whatever is not on the front is beaten by something on it
        names = {row.planned.label for row in standing.dominated_by}
        front = {other.model.planned.label for other in found if other.on_front}
        assert standing.on_front or names & front


def test_a_missing_figure_earns_nothing_and_decides_nothing(make_record: MakeRecord) -> None:
    told, untold, cheaper = models_of(make_record, [5, 5, 5], [{SIZE: 2}, {}, {FIT: 1}])
    found = {s.model.planned.label: s for s in standings((told, untold, cheaper), [SIZE])}
    assert found["m0"].on_front
    assert found["m1"].dominated_by == (told,)
    both = standings((untold, cheaper), [SIZE])
    assert all(standing.on_front for standing in both)


def test_a_model_without_an_accuracy_has_no_standing(make_record: MakeRecord) -> None:
    rows = summarise(make_record({"a": [[0]], "b": np.zeros((0, 1))}, [0]))
    assert [standing.model.planned.label for standing in standings(rows)] == ["a"]


def test_limits_are_kept_if_met_exactly_and_not_if_nothing_was_measured(
    make_record: MakeRecord,
) -> None:
    (model,) = models_of(make_record, [5], [{SIZE: 3, FIT: 2}])
    assert excesses(model, {}) == ()
    assert excesses(model, {SIZE: 3.0, FIT: 2.5}) == ()
    size, latency = excesses(model, {SIZE: 2.0, FIT: 2.0, LATENCY: 1.0})
    assert size == Excess(SIZE, 2.0, 3)
    assert size.ratio == pytest.approx(1.5)
    assert latency == Excess(LATENCY, 1.0, None)
    assert latency.ratio == inf


def test_only_costs_make_a_model_cheap() -> None:
    assert limited_costs([ACCURACY]) == COSTS
    assert limited_costs([ACCURACY, LATENCY]) == (LATENCY,)
    assert limited_costs([]) == COSTS
