"""What to do next: the report, and the best two against each other."""

from digitbench.types import PlannedCondition, PlannedTestSet
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


def test_what_follows_a_run_with_further_test_sets() -> None:
    record = run_of([MadeModel("a", 0.5), MadeModel("b", 0.9)])
    one = PlannedCondition(name="", size=9)
    two = tuple(PlannedCondition(name="dim", severity=severity, size=9) for severity in (1, 2))
    sets = (
        PlannedTestSet(label="usps", name="usps", error="its files are not here"),
        PlannedTestSet(label="fresh", name="fresh", conditions=(one,)),
        PlannedTestSet(label="dim[steps=2]", name="dim", conditions=two),
    )
    plan = record.plan.model_copy(update={"test_sets": sets})
    last = next_steps(record.model_copy(update={"plan": plan}), "that")[-1]
    assert last == ["show", "that", "--test-set", "dim[steps=2]"]
    plan = record.plan.model_copy(update={"test_sets": sets[:2]})
    assert next_steps(record.model_copy(update={"plan": plan})) == next_steps(record)
