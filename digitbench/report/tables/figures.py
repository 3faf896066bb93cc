"""The figures of a comparison's models and pairs, as the formats of plain text share them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from digitbench.analysis.comparison import Comparison, Place, Ranked
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import THIS_TEST_SET, Verdict
from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.analysis.uncertainty import Uncertainty
from digitbench.metrics import Metric, View, shown
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.populations import allows_for, population_of
from digitbench.report.sequential import sequential_notes
from digitbench.report.training import training_notes
from digitbench.types import RunRecord

Row = TypeVar("Row")

TEST_SET_MARK = "*"
"""Stands at a verdict of the population claim where the one for this test set alone says better."""
COST_READING = "Latency: of predicting a single image. Peak memory: while fitting and predicting."


@dataclass(frozen=True, eq=False)
class ModelRow:
    """A model with its place.

    Attributes:
        summary: its figures.
        ranked: its place; None if no trial succeeded.
    """

    summary: ModelSummary
    ranked: Ranked | None

    @property
    def label(self) -> str:
        """The model's label."""
        return self.summary.planned.label


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column for people.

    Attributes:
        heading: what it holds.
        unit: of its figures; empty for none.
        cell: writes a row's figure.
        is_label: whether it holds labels of models.
        is_words: whether it holds other words; figures stand to the right, words to the left.
    """

    heading: str
    unit: str
    cell: Callable[[Row], str]
    is_label: bool = False
    is_words: bool = False


def model_rows(record: RunRecord, comparison: Comparison) -> tuple[ModelRow, ...]:
    """Return the models by mean accuracy; those without a trial that succeeded come last."""
    summaries = {summary.planned.label: summary for summary in summarise(record)}
    ranked = [ModelRow(summaries.pop(m.outcomes.label), m) for m in comparison.models]
    return (*ranked, *(ModelRow(summary, None) for summary in summaries.values()))


def models_reading(comparison: Comparison) -> str:
    """Say what the figures of the models are."""
    population = population_of(comparison)
    return (
        f"{_capital(population)}, this test set: 95 % intervals of the mean. "
        f"{allows_for(population)} The one for this test set allows for the seeds alone, as Std "
        "does. Against best: not worse is not significantly worse. Letters: two models that have "
        "one in common cannot be told apart."
    )


def accuracy_columns(comparison: Comparison) -> tuple[Column[ModelRow], ...]:
    """Return the columns about accuracy; each interval is headed by what it is about."""
    return (
        Column("Trials", "", _trials),
        Column("Mean", "%", _mean),
        Column(
            _capital(population_of(comparison)),
            "%",
            _if_ranked(lambda known: formatting.bounds(known.interval)),
        ),
        Column(
            _capital(THIS_TEST_SET),
            "%",
            _if_ranked(lambda known: formatting.bounds(known.seed_interval)),
        ),
        Column("Std", "pp", _if_ranked(lambda known: formatting.points(known.seed_std))),
    )


def pairs_reading(comparison: Comparison) -> str:
    """Say what the figures of the pairs are."""
    text = (
        "Difference: of the mean accuracies, first less second, with an interval for "
        f"{population_of(comparison)} that leaves out 0 where the first is better; p by Holm's "
        "method over all pairs."
    )
    if any(_is_test_set_only(pair) for pair in comparison.pairs):
        text += f" {TEST_SET_MARK} On this test set, the first is better."
    return text


def data_note(record: RunRecord) -> str:
    """Say which data the figures are of, and whether there are more to come."""
    text = f"Data: {dataset_title(record.plan.dataset)}."
    if record.status != "complete":
        text += " The run is not complete; the trials so far are shown."
    return text


def design_sentences(record: RunRecord) -> list[str]:
    """Say how training images were drawn and the number of trials found, if not in the usual way.

    Spreads, intervals and the level of every verdict depend on it.
    """
    return [*training_notes(record.plan), *sequential_notes(record)]


def source_note(record: RunRecord) -> str:
    """Say which run the figures are of, and what made it."""
    version = record.environment.versions.get("digitbench")
    return f"Run {record.id}, digitbench {version}." if version else f"Run {record.id}."


def _place(row: ModelRow) -> str:
    """Write how a model stands to the best, in a word or two."""
    if row.ranked is None:
        return formatting.ABSENT
    return "not worse" if row.ranked.place is Place.NOT_WORSE else row.ranked.place.value


def _letters(row: ModelRow) -> str:
    return formatting.ABSENT if row.ranked is None else row.ranked.letters


def _trials(row: ModelRow) -> str:
    done, planned = len(row.summary.succeeded), row.summary.trials_planned
    return str(done) if done == planned else f"{done}/{planned}"


def _mean(row: ModelRow) -> str:
    if row.ranked is None:
        return "failed" if row.summary.failed else formatting.ABSENT
    return formatting.percent(row.ranked.uncertainty.mean)


def _if_ranked(write: Callable[[Uncertainty], str]) -> Callable[[ModelRow], str]:
    """Make the cell of a figure that a model without a trial that succeeded does not have."""
    return lambda row: formatting.ABSENT if row.ranked is None else write(row.ranked.uncertainty)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_test_set_only(pair: Pair) -> bool:
    """Tell whether a difference is settled on this test set, and not beyond."""
    return pair.test_set.verdict is Verdict.BETTER is not pair.population.verdict


def _verdict(pair: Pair) -> str:
    return f"{pair.population.verdict}{TEST_SET_MARK if _is_test_set_only(pair) else ''}"


def _amount(metric: Metric, row: ModelRow) -> str:
    return formatting.amount(metric.unit, row.summary.figure(metric))


PLACES: Sequence[Column[ModelRow]] = (
    Column("Against best", "", _place, is_words=True),
    Column("Letters", "", _letters, is_words=True),
)
MODEL = Column[ModelRow]("Model", "", lambda row: row.label, is_label=True)
COST: Sequence[Column[ModelRow]] = tuple(
    Column(metric.line, "", partial(_amount, metric)) for metric in shown(View.BRIEF)
)
PAIRS: Sequence[Column[Pair]] = (
    Column("First", "", lambda pair: pair.first.label, is_label=True),
    Column("Second", "", lambda pair: pair.second.label, is_label=True),
    Column("Difference", "pp", lambda pair: formatting.signed_points(pair.difference)),
    Column("Interval", "pp", lambda pair: formatting.signed_interval(pair.population.interval)),
    Column("p", "", lambda pair: formatting.p_value(pair.population.p_adjusted)),
    Column("Verdict", "", _verdict, is_words=True),
)
