"""Bars as high as their values."""

import pytest

from digitbench.report.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([0.5], "▁"),
        ([0.5, 0.5], "▁▁"),
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([0.99, None, 0.98], "█ ▁"),
        ([None], " "),
    ],
)
def test_sparkline(values: list[float | None], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_bars_within_given_bounds() -> None:
    assert sparkline([0.25, 0.5], within=(0, 1)) == "▃▅"
