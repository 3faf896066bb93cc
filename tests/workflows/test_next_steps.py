"""What to do next: the report, and the best two against each other."""

from digitbench.workflows.next_steps import next_steps
from made_runs import MadeModel, run_of


def test_what_follows_a_run() -> None:
    record = run_of([MadeModel("a", 0.5), MadeModel("b[x=1]", 0.9), MadeModel("c", 0.7)])
    assert next_steps(record) == [["report", "--open"], ["compare", "b[x=1]", "c"]]
    assert next_steps(record, "that") == [
        ["report", "that", "--open"],
        ["compare", "b[x=1]", "c", "--run", "that"],
    ]
    assert next_steps(run_of([MadeModel("a", 0.5)])) == [["report", "--open"]]
    assert next_steps(run_of([MadeModel("a", 0.5, trials=0)])) == []
