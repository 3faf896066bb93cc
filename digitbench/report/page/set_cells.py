"""What each model got on a test set or a condition, as cells of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.corruption_error import CorruptionError
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis
from digitbench.analysis.set_drops import Drop, drops_of
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.tables.test_sets import Standing, set_standing, standing_of

BEST, TIED = "best", "tied"
"""How a model stands, in a word; and the class of the style sheet."""
_RATIO_DECIMALS = 3


@dataclass(frozen=True)
class SetCell:
    """A figure of a model.

    Attributes:
        value: what it is sorted by; None if there is none.
        text: how it is written.
        interval: its 95 % interval; empty if there is none.
        mark: whether the model is best, or tied for that; else empty.
    """

    value: float | None
    text: str
    interval: str = ""
    mark: str = ""


ABSENT = SetCell(None, formatting.ABSENT)
"""Of a model without predictions."""


def accuracies(comparison: Comparison) -> dict[str, SetCell]:
    """Return accuracies in percent with their intervals, by the model's label."""
    standing = standing_of("", comparison)
    found = {}
    for ranked in comparison.models:
        sure, label = ranked.uncertainty, ranked.outcomes.label
        interval = formatting.bounds(sure.interval) if sure.interval else ""
        text = formatting.percent(sure.mean)
        found[label] = SetCell(sure.mean, text, interval, mark_of(standing, label))
    return found


def set_accuracies(found: SetAnalysis) -> dict[str, SetCell]:
    """Return mean accuracies over the conditions of a set; these may have no intervals."""
    if found.mean is not None:
        return accuracies(found.mean)
    means = set_standing("", found).means
    return {label: SetCell(mean, formatting.percent(mean)) for label, mean in means.items()}


def of_models(found: Mapping[str, SetCell], models: Sequence[Model]) -> tuple[SetCell, ...]:
    """Return a cell for each model."""
    return tuple(found.get(model.label, ABSENT) for model in models)


def drop_cells(
    found: ConditionAnalysis | SetAnalysis, test: Sequence[Outcomes], models: Sequence[Model]
) -> tuple[SetCell, ...]:
    """Return what models lose from the test images, in points; empty where that is no loss.

    Args:
        found: the condition, or the set.
        test: outcomes on the test images.
        models: of the cells.
    """
    drops = {drop.label: _drop(drop) for drop in drops_of(found, test)}
    return of_models(drops, models) if drops else ()


def ratio_cells(errors: Sequence[CorruptionError], models: Sequence[Model]) -> tuple[SetCell, ...]:
    """Return mean corruption errors; empty if there are none."""
    found = {error.model: _ratio(error) for error in errors}
    return of_models(found, models) if found else ()


def relative_cells(
    errors: Sequence[CorruptionError], models: Sequence[Model]
) -> tuple[SetCell, ...]:
    """Return relative mean corruption errors; empty if there are none."""
    found = {
        error.model: SetCell(error.relative, formatting.figure(error.relative, _RATIO_DECIMALS))
        for error in errors
        if error.relative is not None
    }
    return of_models(found, models) if found else ()


def mark_of(standing: Standing, label: str) -> str:
    """Return whether a model is best or tied for that; empty if it is neither."""
    if label == standing.best:
        return BEST
    return TIED if label in standing.tied else ""


def _drop(drop: Drop) -> SetCell:
    interval = formatting.signed_interval(drop.interval) if drop.interval else ""
    return SetCell(drop.drop, formatting.signed_points(drop.drop), interval)


def _ratio(error: CorruptionError) -> SetCell:
    text = formatting.figure(error.mean, _RATIO_DECIMALS)
    if error.interval is None or error.model == error.reference:
        return SetCell(error.mean, text)
    ends = (formatting.figure(end, _RATIO_DECIMALS) for end in error.interval)
    return SetCell(error.mean, text, "\N{EN DASH}".join(ends))
