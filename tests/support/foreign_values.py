"""Values that a stranger's code may return: everything, and what is hard to look at."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Unprintable:
    """Fails at whatever it is asked."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __str__(self) -> str:
        raise RuntimeError("no str")

    def __float__(self) -> float:
        raise RuntimeError("no float")

    def __index__(self) -> int:
        raise RuntimeError("no index")


class Endless(Mapping[str, object]):
    """A mapping that never ends."""

    def __getitem__(self, key: str) -> object:
        return 1

    def __iter__(self) -> Iterator[str]:
        number = 0
        while True:
            yield str(number)
            number += 1

    def __len__(self) -> int:
        return 2


def holding_itself(kind: str) -> object:
    """Return a list or a mapping that holds itself, many times over."""
    if kind == "list":
        items: list[object] = []
        items.extend([items] * 9)
        return items
    mapping: dict[str, object] = {}
    mapping.update({str(i): mapping for i in range(9)})
    return mapping


@cache
def large_text() -> str:
    """Return 10 MB of text, made once: Hypothesis holds on to what it draws."""
    return "x" * 10_000_000


@cache
def nested(levels: int, kind: str) -> object:
    """Return a list in a list, or a mapping in a mapping, so many levels deep."""
    value: object = 1
    for _ in range(levels):
        value = [value] if kind == "list" else {"in": value}
    return value


class Shared(list[object]):
    """A list that is small in memory and huge as text.

    Hypothesis and pytest write out the values of a test that fails: this is short.
    """

    def __init__(self, levels: int) -> None:
        value: object = "x"
        for _ in range(levels - 1):
            value = [value] * 10
        super().__init__([value] * 10)
        self.levels = levels

    def __repr__(self) -> str:
        return f"Shared({self.levels})"


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.sampled_from(["", "\udce9", "\x00\x1b[31m", "a\nb\u2028c", "NaN", "\ud800\udc00", "é" * 99]),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from([10**400, -(10**400), 2**63, -1, math.nan, math.inf, -0.0, 5e-324, 1.7e308]),
    st.builds(lambda: 10**5_000),
    st.sampled_from(
        [
            np.float32(0.1),
            np.float64("nan"),
            np.longdouble("inf"),
            np.float16(1),
            np.int64(-5),
            np.uint64(2**64 - 1),
            np.bool_(True),
            np.timedelta64(3, "s"),
            np.datetime64("2020-01-01"),
        ]
    ),
)
OTHERS = st.one_of(
    st.none(),
    st.binary(max_size=5),
    st.builds(object),
    st.builds(Unprintable),
    st.builds(Endless),
    st.builds(holding_itself, st.sampled_from(["list", "mapping"])),
    st.builds(nested, st.sampled_from([19, 20, 21, 500, 100_000]), st.sampled_from(["list", "m"])),
    st.builds(large_text),
    st.builds(lambda: (number for number in range(3))),
    st.sampled_from(
        [1j, Decimal("1.5"), Decimal("sNaN"), Path("x"), datetime(2020, 1, 1, tzinfo=UTC)]
    ),
    st.sampled_from([np.arange(3), np.zeros((2, 2)), np.array(1.5), {1, 2}, int, print, ...]),
)
LEAVES = st.one_of(TEXTS, NUMBERS, OTHERS)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(TEXTS, st.integers()), inner, max_size=4),
    ),
    max_leaves=8,
)
