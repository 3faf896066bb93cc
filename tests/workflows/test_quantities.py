"""Times and sizes as people type them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbench.errors import UsageError
from digitbench.workflows.quantities import parse_bytes, parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1ms", 1e-3),
        ("10us", 1e-5),
        ("10 µs", 1e-5),
        ("10μs", 1e-5),
        ("5ns", 5e-9),
        ("30s", 30),
        (" 0.5 S ", 0.5),
        (".5s", 0.5),
        ("2min", 120),
        ("20m", 1200),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1h 30 min 5s", 5405),
    ],
)
def test_times(text: str, seconds: float) -> None:
    assert parse_seconds(text, "--max-fit") == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1MB", 1e6),
        ("1 MB", 1e6),
        ("1mb", 1e6),
        ("500kB", 5e5),
        ("1.5MiB", 1.5 * 2**20),
        ("2GiB", 2**31),
        ("3 GB", 3e9),
        ("1TB", 1e12),
        ("1TiB", 2**40),
        ("64KiB", 65536),
        ("12b", 12),
    ],
)
def test_sizes(text: str, size: float) -> None:
    assert parse_bytes(text, "--max-size") == pytest.approx(size, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1", "ms", "-1ms", "0s", "0.0ms", "1,5s", "1e3s", "1d", "1MB", "nan", "inf s", "1ms!",
     "1s1s", "1s2min", "30m1h", "1..5s", "1_0s", "٣s", "9" * 400 + "s", "1\x00s"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"cannot read --max-fit .*1ms"):
        parse_seconds(text, "--max-fit")


@pytest.mark.parametrize(
    "text",
    ["", "1", "MB", "-1MB", "0MB", "1s", "1 M", "1MB 5kB", "1.MB.", "1Mbit", "9" * 400 + "B"],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"cannot read --max-size .*1MB"):
        parse_bytes(text, "--max-size")


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-3, 1e6), st.sampled_from([("ms", 1e-3), ("s", 1.0), ("min", 60.0)]))
def test_numbers_keep_their_value(number: float, unit: tuple[str, float]) -> None:
    text = f"{number:.6f}"
    assert parse_seconds(text + unit[0], "-x") == pytest.approx(float(text) * unit[1], rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_seconds, parse_bytes):
        try:
            value = parse(text, "-x")
        except UsageError:
            continue
        assert 0 < value < float("inf")
