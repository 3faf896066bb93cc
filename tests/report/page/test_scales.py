"""Axes: what lies where, and which ticks there are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.report.page.scales import Scale, accuracies, durations, linear, places, sizes

FRACTIONS = st.lists(st.floats(0, 1), min_size=1, max_size=20)
COSTS = st.lists(st.floats(1e-12, 1e9), min_size=1, max_size=20)


def _check(scale: Scale, values: list[float]) -> None:
    places = [scale.at(value) for value in sorted(values)]
    assert all(0 <= place <= 100 for place in places)
    assert places == sorted(places)
    ticks = [tick.at for tick in scale.ticks]
    assert ticks == sorted(set(ticks))
    assert len({tick.label for tick in scale.ticks}) == len(ticks)
    shown = [tick.at for tick in scale.ticks if not tick.minor]
    assert all(after - before >= 13 for before, after in pairwise(shown))


@given(FRACTIONS, st.sampled_from([40, 10_000]))
def test_accuracies_keep_their_order(values: list[float], n_images: int) -> None:
    scale = accuracies(values, n_images=n_images)
    _check(scale, values)
    assert 0 <= scale.low < scale.high <= 1


@given(COSTS)
def test_costs_keep_their_order(values: list[float]) -> None:
    for make in (durations, sizes):
        scale = make(values)
        _check(scale, values)
        assert len(scale.ticks) > 1


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=20))
def test_linear_scales_hold_all_values(values: list[float]) -> None:
    scale = linear(values, label=repr)
    _check(scale, values)
    near = 1e-6 * (scale.high - scale.low)
    assert scale.low - near <= min(values)
    assert max(values) <= scale.high + near


@pytest.mark.parametrize("values", [[0.0], [1e100, -1e100], [0.0, 1e-320], [5.0, 5.0 + 1e-15]])
def test_extreme_values_have_a_scale(values: list[float]) -> None:
    _check(linear(values, label=repr), values)


def test_accuracies_far_apart_are_stretched_by_their_errors() -> None:
    scale = accuracies([0.92, 0.98, 0.995], n_images=10_000)
    assert scale.stretched
    steps = [scale.at(value) for value in (0.92, 0.98, 0.995)]
    assert steps[1] - steps[0] == pytest.approx(steps[2] - steps[1], abs=0.02)
    labels = [tick.label for tick in scale.ticks]
    assert labels == ["93 %", "95 %", "97 %", "98 %", "99 %", "99.3 %", "99.5 %"]


def test_accuracies_close_together_are_not() -> None:
    scale = accuracies([0.991, 0.995], n_images=10_000)
    assert not scale.stretched
    labels = [tick.label for tick in scale.ticks]
    assert labels == ["99.1 %", "99.2 %", "99.3 %", "99.4 %", "99.5 %"]
    assert [scale.at(value) for value in (0.991, 0.993, 0.995)] == [0, 50, 100]


def test_no_error_at_all_has_a_place() -> None:
    assert accuracies([1.0], n_images=100).at(1.0) == 100
    assert accuracies([0.9, 1.0], n_images=100).at(1.0) == pytest.approx(100, abs=5)


def test_costs_have_units() -> None:
    labels = [tick.label for tick in durations([0.5e-3, 0.05]).ticks]
    assert labels == ["100 µs", "1 ms", "10 ms", "100 ms"]
    labels = [tick.label for tick in sizes([31_400, 47_000_000]).ticks]
    assert labels == ["10 KiB", "100 KiB", "1 MiB", "10 MiB", "100 MiB"]


@given(st.integers(1, 2_000_000))
def test_places_start_at_the_first_and_hold_the_last(count: int) -> None:
    scale = places(count)
    _check(scale, [1.0, count / 2 + 0.5, float(count)] if count > 1 else [1.0])
    assert (scale.at(1), scale.ticks[0].label) == (0, "1")
    assert scale.high >= count
