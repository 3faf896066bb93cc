"""The accuracy of each model of a run on its further test sets, as a table for the terminal."""

from collections.abc import Sequence

from rich.table import Table

from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.analysis.test_sets import condition_name, condition_outcomes
from digitbench.printable import printable
from digitbench.report.formatting import percent
from digitbench.report.plain_tables import plain_table
from digitbench.types import RunRecord


def set_accuracies(record: RunRecord, labels: Sequence[str]) -> Table:
    """Return a table with a row for the test images and for each condition of some test sets.

    Args:
        record: a run, read with its predictions.
        labels: of the sets.
    """
    models = [model.label for model in record.plan.models]
    table = plain_table("Accuracy, %", *map(printable, models))
    table.add_row("test", *_cells(outcomes(record), models))
    for planned in record.plan.test_sets:
        for condition in planned.conditions if planned.label in labels else ():
            found = condition_outcomes(record, planned.label, condition.key)
            name = printable(condition_name(planned, condition))
            table.add_row(name, *_cells(found, models))
    return table


def _cells(found: Sequence[Outcomes], models: Sequence[str]) -> list[str]:
    accuracies = {one.label: one.accuracy for one in found}
    return [percent(accuracies.get(label)) for label in models]
