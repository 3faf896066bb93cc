"""Lengths of time as people type them."""

import pytest

from digitbench.cli.durations import parse_duration
from digitbench.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("20m", 1200), ("1h30m", 5400), ("1.5h", 5400), ("1h0m1s", 3601), (" 2M ", 120)],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text, "--budget") == seconds


@pytest.mark.parametrize("text", ["", "20", "m", "20 m", "-1m", "30m1h", "1d", "0s", "1e3s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write 90s, 20m or 1h30m"):
        parse_duration(text, "--budget")
