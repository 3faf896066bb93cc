"""What each model got on a test set or a condition, as cells of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from digitbench.analysis.comparison import Comparison, Place
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.scores import by_label
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis
from digitbench.analysis.set_drops import Drop, drops_of
from digitbench.report import formatting
from digitbench.report.headline import place_words
from digitbench.report.page.models import Model

PLACE_MARKS = {
    Place.BEST: "best",
    Place.NOT_WORSE: "alike",
    Place.WORSE: "worse",
    Place.UNKNOWN: "open",
}
"""The class of a place in the style sheet."""


@dataclass(frozen=True)
class SetCell:
    """A figure of a model: an accuracy in percent, or a drop in percentage points.

    Attributes:
        value: what it is sorted by; None if there is none.
        text: how it is written.
        interval: its 95 % interval; empty if there is none.
        place: how the model stands to the best, in a word; empty if nothing is said of that.
        mark: the same as a class of the style sheet.
    """

    value: float | None
    text: str
    interval: str = ""
    place: str = ""
    mark: str = ""


ABSENT = SetCell(None, formatting.ABSENT)
"""Of a model without predictions."""


def accuracy_cells(comparison: Comparison, models: Sequence[Model]) -> tuple[SetCell, ...]:
    """Return the accuracies of models with their places."""
    words = place_words(comparison) if comparison.models else {}
    found = {}
    for ranked in comparison.models:
        sure, label = ranked.uncertainty, ranked.outcomes.label
        found[label] = SetCell(
            value=sure.mean,
            text=formatting.percent(sure.mean),
            interval=formatting.bounds(sure.interval) if sure.interval else "",
            place=words[label],
            mark=PLACE_MARKS[ranked.place] if words[label] else "",
        )
    return tuple(found.get(model.label, ABSENT) for model in models)


def mean_cells(found: SetAnalysis, models: Sequence[Model]) -> tuple[SetCell, ...]:
    """Return plain means over the conditions of a set, where these are no sample."""
    means = mean_accuracies(found)
    return tuple(
        SetCell(means[model.label], formatting.percent(means[model.label]))
        if model.label in means
        else ABSENT
        for model in models
    )


def mean_accuracies(found: SetAnalysis) -> Mapping[str, float]:
    """Return the mean over the conditions of the accuracies of each model that has them all."""
    conditions = [by_label(condition.models) for condition in found.conditions]
    return {
        label: fmean(models[label].accuracy for models in conditions)
        for label in conditions[0]
        if all(label in models for models in conditions)
    }


def drop_cells(
    found: ConditionAnalysis | SetAnalysis, test: Sequence[Outcomes], models: Sequence[Model]
) -> tuple[SetCell, ...]:
    """Return what each model loses from the test images; empty where that is no loss.

    Args:
        found: the condition, or the set.
        test: outcomes on the test images.
        models: of the cells.
    """
    drops = {drop.label: _drop_cell(drop) for drop in drops_of(found, test)}
    return tuple(drops.get(model.label, ABSENT) for model in models) if drops else ()


def _drop_cell(drop: Drop) -> SetCell:
    interval = formatting.signed_interval(drop.interval) if drop.interval else ""
    return SetCell(drop.drop, formatting.signed_points(drop.drop), interval)
