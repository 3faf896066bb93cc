"""Compact letter display: who differs from whom, in a few letters each."""

from collections.abc import Collection, Sequence
from string import ascii_letters


def compact_letters(number: int, different: Collection[tuple[int, int]]) -> list[str]:
    """Return letters such that two things have one in common if, and only if, they do not differ.

    The insert-absorb algorithm (Piepho 2004, "An Algorithm for a Letter-Based Representation of
    All-Pairwise Comparisons"): a letter that two different things share is split in two, and one
    whose owners all share another letter is dropped.

    Args:
        number: how many things there are; they are told by their place, from 0.
        different: the pairs that differ; a pair that was not tested is none of them.

    Returns:
        The letters of each, `a` first; after `Z` come numbers in brackets.
    """
    columns = [frozenset(range(number))] if number else []
    for one, other in different:
        split = []
        for column in columns:
            both = one in column and other in column
            split += [column - {one}, column - {other}] if both else [column]
        columns = _absorbed(split)
    columns.sort(key=sorted)
    return [
        "".join(_letter(place) for place, column in enumerate(columns) if one in column)
        for one in range(number)
    ]


def _absorbed(columns: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Leave out columns that others hold, and all but one of those that are equal."""
    unique = list(dict.fromkeys(columns))
    return [column for column in unique if not any(column < other for other in unique)]


def _letter(place: int) -> str:
    """Return the name of a column."""
    return ascii_letters[place] if place < len(ascii_letters) else f"[{place + 1}]"
