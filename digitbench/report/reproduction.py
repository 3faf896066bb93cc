"""The paper's experiments as tables: its trials and ours, row by row, and what that shows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.reproduction import MARGIN_STDS, ExperimentResult, RecipeResult
from digitbench.analysis.summary import Spread
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.opening import failure_lines
from digitbench.types import RunRecord

READING_NOTES = (
    "Std and the interval of the mean are over seeds, on this test set.",
    "Difference: our mean less the paper's, with the interval of Welch's t for two samples.",
    "Reproduced: the interval of the difference lies within the margin.",
    "Better, worse: it reaches beyond the margin and leaves 0 out, above or below.",
    "Not settled: it reaches beyond the margin and holds 0, or there is none.",
)
"""What the figures of every experiment are."""


@dataclass(frozen=True)
class Row:
    """A row: its heading, the paper's cell, and one cell for each of our recipes."""

    heading: str
    cells: tuple[str, ...]


def reproduction_tables(
    record: RunRecord, experiments: Sequence[ExperimentResult]
) -> RenderableType:
    """Return one table per experiment, each with its notes."""
    parts: list[RenderableType] = [Text(dataset_title(record.plan.dataset), style="bold")]
    for result in experiments:
        parts += ["", Text(f"{result.experiment.title}: accuracy in %", style="bold"), ""]
        parts += [_table(result), ""]
        parts += [Text(note, style="dim") for note in notes(result)]
        parts += failure_lines([recipe.summary for recipe in result.recipes])
    parts += ["", *(Text(note, style="dim") for note in READING_NOTES)]
    if record.status != "complete":
        parts += [Text("The run is not complete; the trials so far are shown.", style="dim")]
    return Group(*parts)


def sections(result: ExperimentResult) -> tuple[tuple[Row, ...], ...]:
    """Return the rows of an experiment: its trials, their spread, the differences, the cost."""
    return (
        tuple(_trial_rows(result)),
        tuple(_spread_rows(result)),
        (
            _our_row(
                "Difference, pp",
                result,
                lambda r: formatting.signed_points(r.difference.mean if r.difference else None),
            ),
            _our_row(
                "95 % interval, pp",
                result,
                lambda r: formatting.signed_interval(
                    r.difference.interval if r.difference else None
                ),
            ),
            _our_row("Verdict", result, lambda r: r.verdict),
        ),
        (_our_row("Fit, median", result, lambda r: formatting.duration(r.fit_seconds_median)),),
    )


def notes(result: ExperimentResult) -> list[str]:
    """Say where the paper's figures are from and what the verdicts rest on, a line each."""
    lines = [f"Paper: {result.published.source}."]
    if result.margin is not None:
        margin = formatting.points(result.margin)
        lines.append(f"Margin: ±{margin} pp, {MARGIN_STDS} times the std of the paper's trials.")
    lines += [
        f"{recipe.summary.planned.label} is deterministic and run once; the interval of its "
        "difference is that of the paper's mean alone."
        for recipe in result.recipes
        if recipe.summary.planned.deterministic
    ]
    return lines


def _trial_rows(result: ExperimentResult) -> Iterator[Row]:
    published = result.published.accuracies
    for trial in range(1, result.trials + 1):
        theirs = formatting.percent(published[trial - 1] if trial <= len(published) else None)
        ours = (_trial_cell(recipe, trial) for recipe in result.recipes)
        yield Row(f"Trial {trial}", (theirs, *ours))


def _trial_cell(recipe: RecipeResult, trial: int) -> str:
    if any(failed.spec.trial == trial for failed in recipe.summary.failed):
        return "failed"
    return formatting.percent(recipe.accuracy_of(trial))


def _spread_rows(result: ExperimentResult) -> Iterator[Row]:
    figures: dict[str, Callable[[Spread], str]] = {
        "Mean, %": lambda spread: formatting.percent(spread.mean),
        "Std, pp": lambda spread: formatting.points(spread.std),
        "Best, %": lambda spread: formatting.percent(spread.maximum),
        "95 % interval, %": formatting.interval,
    }
    spreads = (result.accuracy, *(recipe.summary.accuracy for recipe in result.recipes))
    for heading, write in figures.items():
        yield Row(heading, tuple(write(s) if s else formatting.ABSENT for s in spreads))


def _our_row(heading: str, result: ExperimentResult, write: Callable[[RecipeResult], str]) -> Row:
    """Make a row of which the paper has no cell."""
    return Row(heading, (formatting.ABSENT, *map(write, result.recipes)))


def _table(result: ExperimentResult) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, show_edge=False
    )
    table.add_column("", no_wrap=True)
    table.add_column("Paper", justify="right", no_wrap=True)
    for recipe in result.recipes:
        # the options in a line of their own, so that two recipes fit beside the paper
        label = recipe.summary.planned.label.replace("[", "\n[", 1)
        table.add_column(Text(printable(label)), justify="right", overflow="fold")
    for section in sections(result):
        for row in section:
            table.add_row(row.heading, *map(Text, row.cells))
        table.add_section()
    return table
