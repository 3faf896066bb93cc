from threading import Event

import pytest

from digitbench_cnn.ahead import made_ahead


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_all_are_made_in_order(count: int) -> None:
    assert list(made_ahead(lambda number: 10 * number, count)) == [10 * n for n in range(count)]


def test_the_next_is_made_while_the_last_is_used_and_no_more() -> None:
    made = [Event() for _ in range(4)]

    def make(number: int) -> int:
        made[number].set()
        return number

    for number in made_ahead(make, 4):
        assert made[min(number + 1, 3)].wait(timeout=10)
        assert not any(event.is_set() for event in made[number + 2 :])


def test_an_error_comes_when_its_turn_does() -> None:
    results = made_ahead(lambda number: 6 // (2 - number), 4)
    assert [next(results), next(results)] == [3, 6]
    with pytest.raises(ZeroDivisionError):
        next(results)
