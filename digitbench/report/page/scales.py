"""Where values lie on the axes of the page's plots, in percent of an axis, and its ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_STRETCH_FROM = 3.0
"""Accuracies whose errors differ by this factor or more are shown on a stretched axis."""
_FACTORS = ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
"""Where a stretched axis has ticks in each power of ten: the most that are not too many."""
_MOST_TICKS = 7
_LEAST_WIDTH = 0.001
"""How far apart the ends of an axis of accuracies are, at least."""
_LEAST_SHARE, _LEAST = 1e-9, 1e-300
"""Values that differ by less than a share of the larger, or than so much, are one place."""
_ROOM = 13.0
"""Ticks that are less than so many percent apart from the one before are minor."""

_SIZES = tuple(
    (10**k * unit, f"{10**k} {name}")
    for unit, name in ((1, "B"), (1 << 10, "KiB"), (1 << 20, "MiB"), (1 << 30, "GiB"))
    for k in range(3)
)
_PLACES = tuple((float(f * 10**k), f"{f * 10**k:,}") for k in range(6) for f in (1, 3))
_TIMES = (
    *((10.0 ** (k - 9), f"{10**k} ns") for k in range(3)),
    *((10.0 ** (k - 6), f"{10**k} µs") for k in range(3)),
    *((10.0 ** (k - 3), f"{10**k} ms") for k in range(3)),
    *((1.0, "1 s"), (10.0, "10 s"), (60.0, "1 min"), (600.0, "10 min")),
    *((3600.0, "1 h"), (36_000.0, "10 h"), (360_000.0, "100 h")),
)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: where, in percent of the axis from its start.
        label: what it says.
        minor: whether it can be left out where there is little room.
    """

    at: float
    label: str
    minor: bool = False


@dataclass(frozen=True)
class Scale:
    """An axis: maps values to percent of its length.

    Attributes:
        place: makes a value proportional to its place; increasing.
        low, high: the values at its two ends.
        ticks: its marks, in order.
        stretched: whether equal steps are not equal differences.
    """

    place: Callable[[float], float]
    low: float
    high: float
    ticks: tuple[Tick, ...]
    stretched: bool = False

    def at(self, value: float) -> float:
        """Return where a value lies, in percent; values beyond an end lie at it."""
        return _percent(self.place, self.low, self.high, value)


def linear(values: Iterable[float], *, label: Callable[[float], str], about: int = 5) -> Scale:
    """Return a scale with equal steps that holds all values, with about so many ticks."""
    found = list(values)
    low, high = min(found), max(found)
    largest = max(abs(low), abs(high))
    if high - low <= max(_LEAST_SHARE * largest, _LEAST):
        margin = 0.01 * largest if largest > _LEAST else 1.0
        low, high = low - margin, high + margin
    step = _nice((high - low) / about)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    marks = [(n * step, label(n * step)) for n in range(first, last + 1)]
    return _scale(_same, first * step, last * step, marks)


def accuracies(values: Sequence[float], *, n_images: int) -> Scale:
    """Return a scale for accuracies, stretched towards 100 % if their errors differ much.

    Args:
        values: fractions.
        n_images: how many images they are of; half an error of one is the least that is shown.
    """
    least = 0.5 / n_images
    errors = [max(least, 1 - value) for value in values]
    worst, best = max(errors), min(errors)
    if worst < _STRETCH_FROM * best:
        ends = [max(0.0, min(values) - _LEAST_WIDTH), min(1.0, max(values) + _LEAST_WIDTH)]
        held = values if max(values) - min(values) >= _LEAST_WIDTH else ends
        return linear(held, label=lambda value: f"{100 * value:.6g} %")
    low, high = min(1.0, worst * 1.12), best / 1.12
    for factors in _FACTORS:
        shown = [f * 10.0**power for power in range(-8, 1) for f in factors]
        shown = [error for error in shown if high <= error <= low]
        if len(shown) <= _MOST_TICKS:
            break
    marks = [(1 - error, f"{100 * (1 - error):.6g} %") for error in shown]

    def place(value: float) -> float:
        return -log10(max(least / 2, 1 - value))

    return _scale(place, 1 - low, 1 - high, marks[::-1], stretched=True)


def durations(seconds: Iterable[float]) -> Scale:
    """Return a logarithmic scale for times."""
    return _logarithmic(seconds, _TIMES, lambda value: f"{value:.3g} s")


def sizes(n_bytes: Iterable[float]) -> Scale:
    """Return a logarithmic scale for numbers of bytes."""
    return _logarithmic(n_bytes, _SIZES, lambda value: f"{value:.3g} B")


def places(count: int) -> Scale:
    """Return a logarithmic scale of places in an order, from 1: the first have the most room."""
    return _logarithmic([1.0, float(count)], _PLACES, lambda value: f"{value:,.0f}")


def _logarithmic(
    values: Iterable[float],
    known: Sequence[tuple[float, str]],
    label: Callable[[float], str],
) -> Scale:
    """Return a scale that ends at known ticks, at least one of them apart."""
    found = [max(value, known[0][0]) for value in values]
    below = [tick for tick in known if tick[0] <= min(found)]
    above = [tick for tick in known if tick[0] >= max(found)]
    low = below[-1]
    high = above[0] if above else (max(found), label(max(found)))
    if low[0] == high[0]:
        high = next((tick for tick in known if tick[0] > low[0]), (2 * low[0], label(2 * low[0])))
    marks = [low, *(tick for tick in known if low[0] < tick[0] < high[0]), high]

    def place(value: float) -> float:
        return log10(max(low[0], value))  # a model may take no bytes at all

    return _scale(place, low[0], high[0], marks, stretched=True)


def _scale(
    place: Callable[[float], float],
    low: float,
    high: float,
    marks: Iterable[tuple[float, str]],
    *,
    stretched: bool = False,
) -> Scale:
    ticks: list[Tick] = []
    last = -_ROOM
    for value, text in marks:
        at = _percent(place, low, high, value)
        ticks.append(Tick(at, text, minor=at - last < _ROOM))
        last = last if ticks[-1].minor else at
    return Scale(place, low, high, tuple(ticks), stretched)


def _percent(place: Callable[[float], float], low: float, high: float, value: float) -> float:
    start, end = place(low), place(high)
    within = min(max(value, low), high)  # a place need not exist beyond: there is no log of 0
    share = (place(within) - start) / (end - start)
    return round(100 * min(1.0, max(0.0, share)), 2)


def _nice(step: float) -> float:
    """Return the next of 1, 2, 5, 10 ... that is not below a step."""
    power = 10.0 ** floor(log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)


def _same(value: float) -> float:
    return value
