"""The trials of a run one by one, in the layout of the paper's results tables."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.comparison import reuse_notes
from digitbench.report.data_title import dataset_title
from digitbench.report.opening import failure_lines
from digitbench.types import RunRecord


def trials_tables(record: RunRecord) -> RenderableType:
    """Return one table per model with a row per trial: sizes, seed, accuracy and times."""
    rows = summarise(record)
    tables = [_table(record, row) for row in rows]
    title = Text(printable(dataset_title(record.plan.dataset)), style="bold")
    return Group(title, *tables, *reuse_notes(rows), *failure_lines(rows))


def _table(record: RunRecord, row: ModelSummary) -> Table:
    dataset = record.plan.dataset
    published = row.published.accuracies if row.published else ()
    table = Table(
        title=Text(printable(row.planned.label)),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
    )
    headings = ["Trial", "Training\nset size", "Test\nset size", "Accuracy\n%", "Fit", "Predict"]
    if published:
        headings.insert(4, "Paper\n%")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for trial in row.trials:
        accuracy = formatting.percent(trial.accuracy) if trial.status == "ok" else "failed"
        cells = [
            str(trial.spec.trial),
            f"{record.plan.training_size:,}",
            f"{dataset.test_size:,}",
            accuracy,
            formatting.duration(trial.fit_seconds),
            formatting.duration(trial.predict_seconds),
        ]
        if published:
            index = trial.spec.trial - 1
            cells.insert(
                4, formatting.percent(published[index] if index < len(published) else None)
            )
        table.add_row(*cells, style="red" if trial.status == "failed" else None)
    return table
