from pathlib import Path

import pytest

from benchlib.options import (
    DEFAULT_RESULTS,
    DataRequest,
    data_request,
    parse_numbers,
    results_file,
)
from digitbench.errors import UsageError


def test_numbers() -> None:
    assert parse_numbers("--seeds", "1,2, 8") == (1, 2, 8)


@pytest.mark.parametrize("text", ["", "1,", "1;2", "1.5", "two"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--seeds takes whole numbers"):
        parse_numbers("--seeds", text)


def test_a_number_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        parse_numbers("--seeds", "1,2,1")


def test_a_quick_look_uses_the_bundled_digits_and_is_not_kept() -> None:
    assert data_request(None, None, None, quick=True) == DataRequest("digits")
    assert results_file(None, quick=True) is None


def test_what_is_named_holds_for_a_quick_look_too() -> None:
    named = Path("mine.jsonl")
    assert data_request("kmnist", None, 50, quick=True) == DataRequest("kmnist", None, 50)
    assert results_file(named, quick=True) == named


def test_otherwise_it_is_mnist_and_kept_beside_the_scripts(benchmarks_dir: Path) -> None:
    assert data_request(None, None, None, quick=False) == DataRequest("mnist")
    assert results_file(None, quick=False) == DEFAULT_RESULTS == benchmarks_dir / "results.jsonl"
