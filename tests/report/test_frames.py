"""Further test sets as a data frame."""

from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.set_tables import set_rows
from digitbench.report.frames import sets_frame
from made_runs import MadeModel, run_of
from made_sets import run_with_sets


def test_a_row_for_each_model_set_and_condition() -> None:
    record = run_with_sets()
    frame, rows = sets_frame(record), list(set_rows(analyse_sets(record)))
    assert frame.columns.tolist() == list(rows[0])
    assert frame.accuracy_mean.tolist() == [row["accuracy_mean"] for row in rows]
    noise = frame[frame.condition == "noise"].pivot_table("accuracy_mean", "severity", "model")
    assert noise.shape == (3, 3)
    assert noise.cnn.is_monotonic_decreasing


def test_a_run_without_sets_has_an_empty_one() -> None:
    frame = sets_frame(run_of([MadeModel("a", 0.9)], images=50))
    assert frame.empty
    assert "test_set" in frame.columns
