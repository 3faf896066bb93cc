"""The ranking: accuracy, how sure it is, and what it costs, a row for each model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digitbench.metrics import Metric, View, shown
from digitbench.report import formatting
from digitbench.report.page.models import Model

_PER = 10_000


@dataclass(frozen=True)
class CostCell:
    """A cost of a model: the figure, how it is written, and whether no other model's is lower."""

    value: float | None
    text: str
    best: bool


@dataclass(frozen=True, eq=False)
class RankingRow:
    """A row of the ranking.

    Attributes:
        model: the model.
        place: how it stands to the best, in words.
        accuracy: the mean, in percent.
        population, test_set: 95 % intervals in percent, for new writers or digits and for this
            test set.
        errors: how many of 10,000 images are wrong.
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


def ranking(models: Sequence[Model]) -> tuple[RankingRow, ...]:
    """Return the rows, in the order of the models."""
    columns = [_costs(models, metric) for metric in shown(View.PAGE)]
    return tuple(
        _row(model, costs) for model, costs in zip(models, zip(*columns, strict=True), strict=True)
    )


def errors_per_10_000(accuracy: float) -> str:
    """Write how many of 10,000 images are wrong: `46`; `4.6` if there are few."""
    errors = _PER * (1 - accuracy)
    return f"{errors:.1f}" if 0 < errors < 10 else f"{errors:,.0f}"  # noqa: PLR2004


def _row(model: Model, costs: tuple[CostCell, ...]) -> RankingRow:
    summary, ranked = model.summary, model.ranked
    done = len(summary.succeeded)
    trials = str(done) if done == summary.trials_planned else f"{done}/{summary.trials_planned}"
    if ranked is None:
        why = "failed" if summary.failed else formatting.ABSENT
        absent = formatting.ABSENT
        return RankingRow(model, absent, why, absent, absent, absent, trials, costs)
    found = ranked.uncertainty
    return RankingRow(
        model=model,
        place=ranked.place.value,
        accuracy=formatting.percent(found.mean),
        population=formatting.bounds(found.interval),
        test_set=formatting.bounds(found.seed_interval),
        errors=errors_per_10_000(found.mean),
        trials=trials,
        costs=costs,
    )


def _costs(models: Iterable[Model], metric: Metric) -> list[CostCell]:
    found = [model.summary.figure(metric) for model in models]
    known = [value for value in found if value is not None]
    return [
        CostCell(
            value, formatting.amount(metric.unit, value), value is not None and value == min(known)
        )
        for value in found
    ]
