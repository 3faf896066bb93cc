"""Compact letters say exactly who differs from whom."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.analysis.letters import compact_letters


def test_an_example_worked_by_hand() -> None:
    different = {(0, 6), (0, 7), (1, 6), (1, 7), (3, 6), (3, 7), (2, 7)}
    assert compact_letters(8, different) == ["a", "a", "ab", "a", "abc", "abc", "bc", "c"]


def test_none_differ_and_all_differ() -> None:
    assert compact_letters(3, []) == ["a", "a", "a"]
    assert compact_letters(3, list(combinations(range(3), 2))) == ["a", "b", "c"]
    assert compact_letters(1, []) == ["a"]
    assert compact_letters(0, []) == []


def test_there_are_more_names_than_letters() -> None:
    letters = compact_letters(60, list(combinations(range(60), 2)))
    assert letters[:2] + letters[51:54] == ["a", "b", "Z", "[53]", "[54]"]


@given(st.data(), st.integers(1, 7))
def test_two_share_a_letter_if_and_only_if_they_do_not_differ(data: st.DataObject, n: int) -> None:
    pairs = list(combinations(range(n), 2))
    different = data.draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    letters = compact_letters(n, different)
    for one, other in pairs:
        assert bool(set(letters[one]) & set(letters[other])) == ((one, other) not in different)
    assert all(letters)
    columns = [{i for i in range(n) if letter in letters[i]} for letter in set("".join(letters))]
    assert not any(a < b for a in columns for b in columns)


@pytest.mark.parametrize("order", [((0, 1), (1, 2)), ((1, 2), (0, 1))])
def test_the_order_of_the_pairs_does_not_matter(order: tuple[tuple[int, int], ...]) -> None:
    assert compact_letters(3, order) == ["a", "b", "a"]
