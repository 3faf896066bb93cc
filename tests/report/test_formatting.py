"""Numbers for people: units, decimals, and a dash for what does not exist."""

import pytest

from digitbench.analysis.significance import ABOVE_ZERO
from digitbench.analysis.summary import FRACTION, spread
from digitbench.report import formatting


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.99274, "99.27"), (1.0, "100.00"), (0.0, "0.00"), (None, "—")]
)
def test_percent(fraction: float | None, text: str) -> None:
    assert formatting.percent(fraction) == text


@pytest.mark.parametrize(
    ("std", "text"),
    [(0.00138, "0.14"), (0.00002, "0.002"), (0.0, "0.00"), (0.0001, "0.01"), (None, "—")],
)
def test_points(std: float | None, text: str) -> None:
    assert formatting.points(std) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1.234e-9, "1.23 ns"),
        (1.234e-5, "12.3 µs"),
        (0.0018, "1.80 ms"),
        (0.9999, "1.00 s"),
        (9.996, "10.0 s"),
        (62.14, "62.1 s"),
        (99.96, "100 s"),
        (119.6, "2 min 00 s"),
        (200.4, "3 min 20 s"),
        (3599.9, "60 min 00 s"),
        (0.0, "0 s"),
        (1e-12, "0.00 ns"),
        (None, "—"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("count_bytes", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.50 KiB"), (412 << 20, "412 MiB"), (None, "—")],
)
def test_size(count_bytes: int | None, text: str) -> None:
    assert formatting.size(count_bytes) == text


def test_count_and_interval() -> None:
    assert formatting.count(30746) == "30,746"
    assert formatting.count(None) == "—"
    assert formatting.interval(spread([0.99, 0.992], within=FRACTION)) == "97.83\N{EN DASH}100.00"
    assert formatting.interval(spread([0.99])) == "—"
    assert formatting.interval(None) == "—"


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.0014, "+0.14"),
        (-0.00031, "-0.03"),
        (0.0, "0.00"),
        (-0.00001, "0.00"),
        (0.5, "+50.00"),
        (None, "—"),
    ],
)
def test_differences_have_a_sign(fraction: float | None, text: str) -> None:
    assert formatting.signed_points(fraction) == text


def test_images_have_a_tenth_where_it_says_something() -> None:
    assert [formatting.images(n) for n in (0, 12, 12.4, 99.96, 1234.5)] == [
        *("0", "12", "12.4", "100.0", "1,234")
    ]
    assert [formatting.images(n, signed=True) for n in (12.4, -151.2)] == ["+12.4", "-151"]


def test_intervals_of_differences() -> None:
    assert formatting.signed_interval((-0.0003, 0.0031)) == "-0.03 to +0.31"
    assert formatting.signed_interval(None) == "—"


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ((ABOVE_ZERO, 0.0031), "above 0 to +0.31"),
        ((-0.0031, -ABOVE_ZERO), "-0.31 to below 0"),
        ((-1e-6, 0.0031), "below 0 to +0.31"),
        ((0.0, 0.0031), "0.00 to +0.31"),
    ],
)
def test_a_bound_that_rounds_to_zero_says_its_side(bounds: tuple[float, float], text: str) -> None:
    assert formatting.signed_interval(bounds) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.01234, "0.012"), (1.0, "1"), (0.0001, "0.0001"), (0.00009, "< 0.0001"), (None, "—")],
)
def test_p_value(probability: float | None, text: str) -> None:
    assert formatting.p_value(probability) == text


def test_an_interval_of_a_difference_ends_at_100_points() -> None:
    assert formatting.signed_interval((-1.27, 0.5)) == "-100.00 to +50.00"
    assert formatting.signed_interval((0.1, 3.0)) == "+10.00 to +100.00"
