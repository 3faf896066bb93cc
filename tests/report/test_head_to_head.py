"""Two sides in the terminal: the difference in images is of the test set that there was."""

import io

import pytest
from rich.console import Console

from digitbench.analysis.head_to_head import versus_in
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.sets_head_to_head import (
    ONLY_A,
    LeftOutSet,
    SetsVersus,
    SetVersus,
)
from digitbench.report import formatting
from digitbench.report.frames import sets_versus_frame
from digitbench.report.head_to_head import head_to_head_report, sets_versus_report
from digitbench.report.page import versus_fragment
from made_runs import MadeModel, run_of


def test_images_are_counted_of_as_many_as_the_test_set_has() -> None:
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.85)], images=355)
    found = versus_in(compare_run(record), "a", "b")
    console = Console(file=io.StringIO(), width=100)
    console.print(head_to_head_report([found], found, console))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    (row,) = (line for line in text.splitlines() if line.startswith("Images of "))
    assert row.startswith("Images of 355 ")
    assert float(row.split()[-1]) == round(355 * found.difference, 1) < 0
    assert "10,000" not in text


HOSTILE = "pictures:<script>alert(1)</script>[bold]\x1b[31m"


@pytest.fixture
def on_sets() -> SetsVersus:
    """Return two pairs of models on a set of a hostile name, and a set that is left out."""
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.7), MadeModel("c", 0.9)], images=355)
    found = tuple(versus_in(compare_run(record), "a", other) for other in ("b", "c"))
    return SetsVersus((SetVersus(HOSTILE, found),), (LeftOutSet("<b>", ONLY_A),))


@pytest.mark.parametrize("width", [40, 120])
def test_further_test_sets_in_a_table(on_sets: SetsVersus, width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(sets_versus_report(on_sets, console))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in text
    assert "[bold]" in text.replace("\n", "") or width == 40
    assert "A better" in text
    assert ("Interval" in text) == (width == 120)
    difference = on_sets.compared[0].found[0].difference
    assert formatting.signed_points(difference) in text
    assert "<b> (in A alone)." in text.replace("\n", " ")
    assert sets_versus_report(SetsVersus(), console) is None


def test_further_test_sets_in_a_notebook(on_sets: SetsVersus) -> None:
    found = on_sets.compared[0].found
    html = versus_fragment(found, found[0], on_sets)
    assert "<script" not in html
    assert "<b> (in" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<table>") == 2
    assert versus_fragment(found, found[0], SetsVersus()).count("<table>") == 1


def test_further_test_sets_as_a_frame(on_sets: SetsVersus) -> None:
    pytest.importorskip("pandas")
    frame = sets_versus_frame(on_sets)
    first = on_sets.compared[0].found[0]
    assert list(frame.a + frame.b) == ["ab", "ac"]
    assert frame.difference[0] == first.difference < 0
    assert (frame.interval_low[0], frame.interval_high[0]) == first.interval(first.pair.population)
    assert sets_versus_frame(SetsVersus()).empty
