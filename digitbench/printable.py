"""Text that somebody else chose, such as a label: what nobody can see in it is written out."""

_LAYOUT = "\n\t"


def printable(text: str) -> str:
    r"""Return a text in one line: a newline as `\n`, other invisible characters by number."""
    return _escaped(text, kept="")


def printable_lines(text: str) -> str:
    """Return a text with its lines and tabs as they are, and all else that is invisible escaped."""
    return _escaped(text, kept=_LAYOUT)


def _escaped(text: str, kept: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in kept
        else character.encode("unicode_escape").decode()
        for character in text
    )
