"""The tables of `time_to_accuracy.py`."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchlib.curves import Point, Training, accuracy_after, seconds_to, times_as_long
from benchlib.tables import add_row, new_table, note
from digitbench.report import formatting

TARGETS = (0.99, 0.992, 0.9938)
CHECKPOINTS_SECONDS = (60, 120)
OURS = "cnn"


@dataclass(frozen=True)
class Entry:
    """One training.

    Attributes:
        contender: the row of the comparison it belongs to.
        subject: what is trained, such as `cnn[epochs=3]`.
        seed: its seed.
    """

    contender: str
    subject: str
    seed: int


@dataclass(frozen=True)
class Row:
    """A contender with one seed.

    Attributes:
        contender: its name.
        seed: its seed.
        points: what it reached: of one training epoch by epoch, or of several at their ends.
        stopped_early: the training was ended before its last epoch.
    """

    contender: str
    seed: int
    points: tuple[Point, ...]
    stopped_early: bool

    @property
    def fit_seconds(self) -> float:
        """The time of the longest fit."""
        return max(point.fit_seconds for point in self.points)


def rows(trainings: Sequence[tuple[Entry, Training]]) -> list[Row]:
    """Put the trainings of one contender and seed together, in the order of their first."""
    grouped: dict[tuple[str, int], list[Training]] = {}
    for entry, training in trainings:
        grouped.setdefault((entry.contender, entry.seed), []).append(training)
    return [
        Row(
            contender=contender,
            seed=seed,
            points=tuple(point for training in group for point in training.points),
            stopped_early=any(training.stopped_early for training in group),
        )
        for (contender, seed), group in grouped.items()
    ]


def print_tables(
    trainings: Sequence[tuple[Entry, Training]], peers: Sequence[str], console: Console
) -> None:
    """Print every training, then the comparison, then the peers' times as multiples of ours."""
    found = rows(trainings)
    present = [peer for peer in peers if any(row.contender == peer for row in found)]
    console.print(_trainings_table(trainings), "")
    console.print(_seconds_table(found), "")
    console.print(_accuracy_table(found, present), "")
    if present and any(row.contender == OURS for row in found):
        console.print(_ratio_table(found, present), "")
    for line in _NOTES:
        note(console, line)


def _trainings_table(trainings: Sequence[tuple[Entry, Training]]) -> Table:
    table = new_table(
        "Trainings", "Subject", "Seed", "Epochs", "Images", "Fit\ns", "Accuracy\n%", ""
    )
    for entry, training in trainings:
        add_row(
            table,
            entry.subject,
            str(entry.seed),
            str(training.end.epochs),
            formatting.count(training.train_images),
            _seconds(training.end.fit_seconds),
            formatting.percent(training.end.accuracy),
            "stopped early" if training.stopped_early else "",
        )
    return table


def _seconds_table(found: Sequence[Row]) -> Table:
    headings = [f"To {formatting.percent(target)} %\ns" for target in TARGETS]
    table = new_table("Time to accuracy", "Contender", "Seed", *headings)
    for row in found:
        cells = (_seconds(seconds_to(row.points, target)) for target in TARGETS)
        add_row(table, row.contender, str(row.seed), *cells)
    return table


def _accuracy_table(found: Sequence[Row], peers: Sequence[str]) -> Table:
    headings = [
        *(f"{seconds} s\n%" for seconds in CHECKPOINTS_SECONDS),
        *(f"fit of {peer}\n%" for peer in peers),
    ]
    table = new_table("Accuracy after", "Contender", "Seed", *headings)
    for row in found:
        budgets = [*CHECKPOINTS_SECONDS, *(_budget_seconds(found, peer, row) for peer in peers)]
        accuracies = (
            None
            if budget is None
            else accuracy_after(row.points, budget, stopped_early=row.stopped_early)
            for budget in budgets
        )
        add_row(table, row.contender, str(row.seed), *map(formatting.percent, accuracies))
    return table


def _seconds(seconds: float | None) -> str:
    """Write a time in seconds, whatever its size, so that a column can be compared."""
    return formatting.ABSENT if seconds is None else f"{seconds:.1f}"


def _budget_seconds(found: Sequence[Row], peer: str, row: Row) -> float | None:
    """Return the time a peer's whole fit takes with a row's seed; None if it was not finished."""
    for other in found:
        if (other.contender, other.seed) == (peer, row.seed) and not other.stopped_early:
            return other.fit_seconds
    return None


def _ratio_table(found: Sequence[Row], peers: Sequence[str]) -> Table:
    headings = [f"To {formatting.percent(target)} %" for target in TARGETS]
    table = new_table(f"Times as long as {OURS}", "Peer", "Seed", *headings)
    ours = {row.seed: row.points for row in found if row.contender == OURS}
    for row in found:
        if row.contender in peers and row.seed in ours:
            cells = (_ratio(row, ours[row.seed], target) for target in TARGETS)
            add_row(table, row.contender, str(row.seed), *cells)
    return table


def _ratio(row: Row, ours: Sequence[Point], target: float) -> str:
    ratio = times_as_long(row.points, ours, target)
    if ratio is None:
        return formatting.ABSENT
    return f"{'> ' if ratio.at_least else ''}{ratio.value:.1f}"


_NOTES = (
    "Time is time of fit alone; the clock stands still while the test images are scored.",
    (
        f"{OURS}: its learning rate falls to zero and its weights are averaged at the end, so each "
        "of its rows in the first table is a training of its own, scored once, at its end. 'To A' "
        "is the fit time of the shortest one that reaches A; 'after T' is the accuracy of the "
        "longest one within T."
    ),
    (
        "Peers: one training, scored after each epoch. 'To A' is the first epoch that reaches A; "
        "'after T' is the last epoch within T."
    ),
    "Saying when an accuracy is reached takes the test labels; no setting is chosen by them here.",
    "> marks a peer that never reached the accuracy: its whole time, so a lower bound.",
)
