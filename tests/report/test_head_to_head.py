"""Two sides in the terminal: the difference in images is of the test set that there was."""

import io

from rich.console import Console

from digitbench.analysis.head_to_head import versus_in
from digitbench.analysis.sequential import compare_run
from digitbench.report.head_to_head import head_to_head_report
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
