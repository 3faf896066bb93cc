"""The ranking: accuracy, how sure it is, and what it costs, a row for each model."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from digitbench.analysis.summary import ModelSummary
from digitbench.report import numbers
from digitbench.report.page.models import Model

_PER = 10_000


@dataclass(frozen=True)
class Cost:
    """A cost of a model as it is written, and whether no other model's is lower."""

    text: str
    best: bool


@dataclass(frozen=True, eq=False)
class RankingRow:
    """A row of the ranking.

    Attributes:
        model: the model.
        place: how it stands to the best, in words.
        accuracy: the mean, in percent.
        broad, narrow: 95 % intervals in percent, for new writers or digits and for this test set.
        errors: how many of 10,000 images are wrong.
        trials: how many trials that is from.
        costs: time to fit, time to predict an image, size.
    """

    model: Model
    place: str
    accuracy: str
    broad: str
    narrow: str
    errors: str
    trials: str
    costs: tuple[Cost, ...]


def ranking(models: Sequence[Model]) -> tuple[RankingRow, ...]:
    """Return the rows, in the order of the models."""
    columns = [_costs(models, figure, write) for figure, write in _COSTS]
    return tuple(
        _row(model, costs) for model, costs in zip(models, zip(*columns, strict=True), strict=True)
    )


def errors_per_10_000(accuracy: float) -> str:
    """Write how many of 10,000 images are wrong: `46`; `4.6` if there are few."""
    errors = _PER * (1 - accuracy)
    return f"{errors:.1f}" if 0 < errors < 10 else f"{errors:,.0f}"  # noqa: PLR2004


def _row(model: Model, costs: tuple[Cost, ...]) -> RankingRow:
    summary, ranked = model.summary, model.ranked
    done = len(summary.succeeded)
    trials = str(done) if done == summary.trials_planned else f"{done}/{summary.trials_planned}"
    if ranked is None:
        why = "failed" if summary.failed else numbers.ABSENT
        absent = numbers.ABSENT
        return RankingRow(model, absent, why, absent, absent, absent, trials, costs)
    found = ranked.uncertainty
    return RankingRow(
        model=model,
        place=ranked.place.value,
        accuracy=numbers.percent(found.mean),
        broad=numbers.bounds(found.interval),
        narrow=numbers.bounds(found.seed_interval),
        errors=errors_per_10_000(found.mean),
        trials=trials,
        costs=costs,
    )


def _costs(
    models: Iterable[Model],
    figure: Callable[[ModelSummary], float | None],
    write: Callable[[float | None], str],
) -> list[Cost]:
    found = [figure(model.summary) for model in models]
    known = [value for value in found if value is not None]
    return [Cost(write(value), value is not None and value == min(known)) for value in found]


def _size(value: float | None) -> str:
    return numbers.size(None if value is None else int(value))


_COSTS: tuple[tuple[Callable[[ModelSummary], float | None], Callable[[float | None], str]], ...] = (
    (lambda row: row.fit_seconds.mean if row.fit_seconds else None, numbers.duration),
    (lambda row: row.predict_seconds_per_image, numbers.duration),
    (lambda row: row.model_size_bytes, _size),
)
