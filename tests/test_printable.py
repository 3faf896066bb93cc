"""Text of others in one line: what is printable stays, what is not is escaped."""

from hypothesis import given
from hypothesis import strategies as st

from digitbench.printable import printable


@given(st.text())
def test_the_result_is_one_printable_line(text: str) -> None:
    found = printable(text)
    assert found.isprintable()
    assert text == found or not text.isprintable()


def test_escapes_show_what_there_was() -> None:
    assert printable("knn[k=3] é 数") == "knn[k=3] é 数"
    assert printable("a\nb\x1b[31m\u202e") == r"a\nb\x1b[31m\u202e"
