"""The ranking: accuracy, how sure it is, and what it costs, a row for each model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digitbench.metrics import Metric, View, shown
from digitbench.report import formatting
from digitbench.report.page.confusion import mean_count
from digitbench.report.page.models import Model


@dataclass(frozen=True)
class CostCell:
    """A cost of a model: the figure, how it is written, and whether it is the lowest of several."""

    value: float | None
    text: str
    best: bool


@dataclass(frozen=True, eq=False)
class RankingRow:
    """A row of the ranking.

    Attributes:
        model: the model.
        place: how it stands to the best, in a word; empty for a single model.
        accuracy: the mean, in percent.
        population, test_set: 95 % intervals in percent, for new writers or digits and for this
            test set.
        errors: how many test images are wrong, a mean over trials.
        trials: how many trials that is from.
        costs: those that the page shows, in the order of `digitbench.metrics.shown`.
    """

    model: Model
    place: str
    accuracy: str
    population: str
    test_set: str
    errors: str
    trials: str
    costs: tuple[CostCell, ...]


def ranking(models: Sequence[Model], places: Mapping[str, str]) -> tuple[RankingRow, ...]:
    """Return the rows, in the order of the models.

    Args:
        models: all models of the run.
        places: how each that ran stands to the best, as `place_words` says it.
    """
    columns = [_costs(models, metric) for metric in shown(View.PAGE)]
    return tuple(
        _row(model, places.get(model.label, formatting.ABSENT), costs)
        for model, costs in zip(models, zip(*columns, strict=True), strict=True)
    )


def _row(model: Model, place: str, costs: tuple[CostCell, ...]) -> RankingRow:
    summary, ranked = model.summary, model.ranked
    done = len(summary.succeeded)
    trials = str(done) if done == summary.trials_planned else f"{done}/{summary.trials_planned}"
    if ranked is None:
        why = "failed" if summary.failed else formatting.ABSENT
        absent = formatting.ABSENT
        return RankingRow(model, place, why, absent, absent, absent, trials, costs)
    found = ranked.uncertainty
    return RankingRow(
        model=model,
        place=place,
        accuracy=formatting.percent(found.mean),
        population=formatting.bounds(found.interval),
        test_set=formatting.bounds(found.seed_interval),
        errors=mean_count(round((1 - found.mean) * len(ranked.outcomes.labels), 6)),
        trials=trials,
        costs=costs,
    )


def _costs(models: Iterable[Model], metric: Metric) -> list[CostCell]:
    found = [model.summary.figure(metric) for model in models]
    known = [value for value in found if value is not None]
    least = min(known) if known and min(known) < max(known) else None
    return [
        CostCell(value, formatting.amount(metric.unit, value), value is not None and value == least)
        for value in found
    ]
