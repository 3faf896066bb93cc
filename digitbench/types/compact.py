"""Many records of one kind in little memory: what they can have in common is there once."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from digitbench.types.stored import Stored

StoredT = TypeVar("StoredT", bound=Stored)

_MOST_REMEMBERED = 1_000
"""Distinct values of a field that are kept in mind to find equal ones."""


class Compact(Generic[StoredT]):
    """Copies records of one kind, such as the thousands of a long run.

    A record of pydantic has a dictionary of its own and a set of the names that were given, which
    take most of its memory. The dictionaries of these copies share their keys (PEP 412), as those
    of ordinary objects do, and equal sets are one.
    """

    def __init__(self, kind: type[StoredT], often_equal: Sequence[str] = ()) -> None:
        """Begin without any record.

        Args:
            kind: the class of the records.
            often_equal: fields of which many records have the same value, which is then shared.
        """
        self._kind = kind
        self._holder = type(f"{kind.__name__}Fields", (), {})
        self._given: dict[frozenset[str], set[str]] = {}
        self._values: dict[str, dict[str, Any]] = {name: {} for name in often_equal}

    def copy(self, record: StoredT, **changed: Any) -> StoredT:
        """Return a copy with other values for some fields, which are not validated.

        Args:
            record: what is copied; its values are shared.
            changed: the other values, by field.
        """
        holder = self._holder()
        for name, value in (vars(record) | changed).items():
            setattr(holder, name, value)
        for name in self._values:
            setattr(holder, name, self._shared(name, getattr(holder, name)))
        given = frozenset(record.model_fields_set.union(changed))
        if given not in self._given:
            self._given[given] = set(given)
        copied = self._kind.__new__(self._kind)
        # The four that pydantic's own model_construct sets.
        object.__setattr__(copied, "__dict__", vars(holder))
        object.__setattr__(copied, "__pydantic_fields_set__", self._given[given])
        object.__setattr__(copied, "__pydantic_extra__", None)
        object.__setattr__(copied, "__pydantic_private__", None)
        return copied

    def _shared(self, name: str, value: Any) -> Any:
        """Return the first value of a field that was the same; 1, 1.0 and True are not."""
        known, key = self._values[name], repr(value)
        if len(known) < _MOST_REMEMBERED:
            known.setdefault(key, value)
        return known.get(key, value)
