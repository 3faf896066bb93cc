"""Text that somebody else chose, such as a label, in one line of printable characters."""


def printable(text: str) -> str:
    r"""Return a text with what is not printable escaped: a newline as `\n`, others by number."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
