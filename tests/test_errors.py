"""Errors in one line."""

import pytest

from digitbench.errors import StoreError, one_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("first\nsecond"), "ValueError: first"),
        (KeyError("digit"), "KeyError: 'digit'"),
        (RuntimeError(), "RuntimeError"),
        (SystemExit(3), "SystemExit: 3"),
        (StoreError("the run is damaged: copy it again"), "the run is damaged: copy it again"),
        (StoreError(), "StoreError"),
    ],
)
def test_an_error_becomes_one_line(error: BaseException, line: str) -> None:
    assert one_line(error) == line
