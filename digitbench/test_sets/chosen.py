"""Options that name some of a test set's conditions, joined by slashes: `only=fog/rotate`."""

from __future__ import annotations

from collections.abc import Sequence

ALL = "all"


def normal_choice(text: object, names: Sequence[str], kind: str) -> str:
    """Bring a choice into normal form: in the names' order, each once, `all` if that is all.

    Args:
        text: the choice.
        names: what may be chosen.
        kind: what one is called, for the message.

    Raises:
        ValueError: it names what there is not.
    """
    chosen = set(str(text).split("/"))
    if chosen == {ALL}:
        return ALL
    if unknown := sorted(chosen - set(names)):
        raise ValueError(
            f"there is no {kind} {unknown[0]!r}; write {ALL}, or some of {'/'.join(names)}"
        )
    return ALL if len(chosen) == len(names) else "/".join(filter(chosen.__contains__, names))


def chosen_names(choice: str, names: Sequence[str]) -> list[str]:
    """Return what a choice in normal form names."""
    return list(names) if choice == ALL else choice.split("/")
