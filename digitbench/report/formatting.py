"""How numbers are written for people: percent, percentage points, times and sizes with units."""

from digitbench.analysis.summary import Spread
from digitbench.metrics import BYTES, COUNT, FRACTION, SECONDS

ABSENT = "—"
"""Stands for a figure that does not exist, such as the std of one trial; never written as 0."""

_MINUTE_SECONDS = 60
_ROUNDS_TO_ONE = 0.9995
_WHOLE_IMAGES = 100
"""Images from which a tenth of one says nothing."""
_TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZE_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def amount(unit: str, value: float | None) -> str:
    """Write a figure as its unit asks for: a time, a size, a count, percent, or a plain number."""
    if value is None:
        return ABSENT
    if unit == SECONDS:
        return duration(value)
    if unit == BYTES:
        return size(value)
    if unit == COUNT:
        return count(value)
    return percent(value) if unit == FRACTION else f"{value:.4g}"


def percent(fraction: float | None) -> str:
    """Write a fraction as percent with two decimals, without the sign: `99.27`."""
    return ABSENT if fraction is None else f"{100 * fraction:.2f}"


def whole_percent(fraction: float | None) -> str:
    """Write a fraction as percent without decimals and sign: `57`."""
    return ABSENT if fraction is None else f"{100 * fraction:.0f}"


def figure(value: float | None, decimals: int) -> str:
    """Write a figure without a unit, with so many decimals."""
    return ABSENT if value is None else f"{value:.{decimals}f}"


def points(fraction: float | None) -> str:
    """Write a standard deviation in percentage points, signless: `0.14`; finer if tiny."""
    if fraction is None:
        return ABSENT
    value = 100 * fraction
    return f"{value:.2f}" if value == 0 or value >= 0.01 else f"{value:.3f}"  # noqa: PLR2004


def bounds(ends: tuple[float, float] | None) -> str:
    """Write an interval in percent: `99.10-99.44`, with an en dash."""
    return ABSENT if ends is None else "\N{EN DASH}".join(map(percent, ends))


def interval(spread: Spread | None) -> str:
    """Write the interval of a spread in percent."""
    return bounds(None if spread is None else spread.interval)


def signed_points(fraction: float | None) -> str:
    """Write a difference in percentage points with its sign: `+0.14`; `0.00` has none."""
    if fraction is None:
        return ABSENT
    text = f"{100 * fraction:+.2f}"
    return text if float(text) else "0.00"


def images(count: float, *, signed: bool = False) -> str:
    """Write a mean number of images: `151`, `12.4`; with its sign, `+12.4`."""
    count = round(count, 6)
    decimals = 0 if abs(count) >= _WHOLE_IMAGES or count == round(count) else 1
    return f"{count:{'+' if signed else ''},.{decimals}f}"


def signed_interval(bounds: tuple[float, float] | None) -> str:
    """Write the interval of a difference in percentage points: `-0.03 to +0.31`.

    Accuracies differ by 100 points at most: an interval of few trials may reach further, and what
    lies there cannot be. A bound that rounds to 0 and is not says on which side it lies:
    `above 0 to +0.31`.
    """
    if bounds is None:
        return ABSENT
    return " to ".join(_bound(min(1.0, max(-1.0, bound))) for bound in bounds)


def _bound(fraction: float) -> str:
    text = signed_points(fraction)
    if text == "0.00" and fraction:
        return "above 0" if fraction > 0 else "below 0"
    return text


def p_value(probability: float | None) -> str:
    """Write a p-value with two figures: `0.012`, or `< 0.0001`."""
    if probability is None:
        return ABSENT
    return f"{probability:.2g}" if probability >= 0.0001 else "< 0.0001"  # noqa: PLR2004


def duration(seconds: float | None) -> str:
    """Write a time with a fitting unit and three figures: `62.1 s`, `1.25 ms`, `3 min 20 s`."""
    if seconds is None:
        return ABSENT
    if round(seconds) >= 2 * _MINUTE_SECONDS:
        minutes, rest = divmod(round(seconds), _MINUTE_SECONDS)
        return f"{minutes} min {rest:02d} s"
    for size, unit in _TIME_UNITS:
        if seconds >= _ROUNDS_TO_ONE * size:
            return f"{_three_figures(seconds / size)} {unit}"
    return "0 s" if seconds == 0 else f"{seconds / 1e-9:.2f} ns"


def size(count_bytes: float | None) -> str:
    """Write a number of bytes with a fitting binary unit: `412 MiB`."""
    if count_bytes is None:
        return ABSENT
    for unit_bytes, unit in _SIZE_UNITS:
        if count_bytes >= unit_bytes:
            return f"{_three_figures(count_bytes / unit_bytes)} {unit}"
    return f"{count_bytes:.0f} B"


def count(number: float | None) -> str:
    """Write a count with thousands apart: `30,746`."""
    return ABSENT if number is None else f"{number:,.0f}"


def _three_figures(value: float) -> str:
    """Write 1 to 999 with three figures, larger values whole."""
    if value < 9.995:  # noqa: PLR2004 (rounds to 10.0)
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"  # noqa: PLR2004
