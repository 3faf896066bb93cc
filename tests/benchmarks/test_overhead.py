import pytest

from overhead import Pair, Timed, same_accuracies


def pair(bare: float, run: float, accuracies: tuple[float, ...] = (0.9, 0.8)) -> Pair:
    return Pair(Timed(bare, (0.9, 0.8)), Timed(run, accuracies))


def test_overhead_is_what_the_run_takes_longer() -> None:
    assert pair(10.0, 10.5).overhead_seconds == pytest.approx(0.5)
    assert pair(10.0, 9.9).overhead_seconds == pytest.approx(-0.1)


def test_both_sides_must_have_done_the_same() -> None:
    assert same_accuracies([pair(1.0, 1.0), pair(2.0, 2.0)])
    assert not same_accuracies([pair(1.0, 1.0), pair(2.0, 2.0, (0.9, 0.81))])
    assert not same_accuracies([pair(1.0, 1.0, (0.9,))])
