"""A heat map: the errors of each model on each condition of a test set."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.corruption_error import CorruptionError, corruption_errors
from digitbench.analysis.scores import by_label
from digitbench.analysis.set_analysis import SetAnalysis
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.page.set_cells import ABSENT, SetCell, accuracy_cells

_BAR, _STEP, HEIGHT = 5, 6, 16
"""Of the bars of a sparkline, in pixels: width, distance, and the height of the highest."""


@dataclass(frozen=True)
class MapCell:
    """A model on the conditions of a name.

    Attributes:
        value: the mean error over the severities; None if there are no predictions.
        text: the same in percent.
        shade: how strong its background is, 0 to 1.
        place: how the model stands to the best, in a word; empty if nothing is said of that.
        mark: the same as a class of the style sheet.
        bars: the path of the error at each severity; empty for a single one.
        words: the same in words.
    """

    value: float | None
    text: str
    shade: float
    place: str
    mark: str
    bars: str
    words: str


@dataclass(frozen=True, eq=False)
class ConditionMap:
    """The map.

    Attributes:
        models: in the order of the columns.
        rows: the name of conditions, and a cell for each model.
        severities: the lowest and the highest; empty if no name has several.
        bars_width: of a sparkline, in pixels; 0 if there are none.
        test: the error on the test images, of each model.
        means: the mean error over the names.
        reference: the model that corruption errors are relative to; empty if there are none.
        corruption: the mean corruption error of each model, with its interval.
        relative: the relative mean corruption error; empty if there is none.
    """

    models: tuple[Model, ...]
    rows: tuple[tuple[str, tuple[MapCell, ...]], ...]
    severities: str
    bars_width: int
    test: tuple[str, ...]
    means: tuple[str, ...]
    reference: str
    corruption: tuple[SetCell, ...]
    relative: tuple[str, ...]


def condition_map(found: SetAnalysis, models: Sequence[Model]) -> ConditionMap:
    """Return the map of a set.

    Args:
        found: the set; some model has predicted it.
        models: the best first.
    """
    errors = {name: _errors(part, models) for name, part in found.by_name.items()}
    most = max((e for row in errors.values() for one in row for e in one), default=0.0) or 1.0
    of_name = {name: [fmean(one) if one else None for one in row] for name, row in errors.items()}
    rows = tuple(
        (name, _row(part, models, errors[name], most)) for name, part in found.by_name.items()
    )
    steps = [c.planned.severity for c in found.conditions if c.planned.severity is not None]
    several = max(len(part.conditions) for part in found.by_name.values())
    test = by_label(found.test)
    corruption = {error.model: error for error in corruption_errors(found)}
    names = {model.label: model.name for model in models}
    return ConditionMap(
        models=tuple(models),
        rows=rows,
        severities=f"{min(steps):g} to {max(steps):g}" if several > 1 and steps else "",
        bars_width=_STEP * several if several > 1 else 0,
        test=tuple(formatting.percent(1 - test[model.label].accuracy) for model in models),
        means=tuple(_mean([row[i] for row in of_name.values()]) for i in range(len(models))),
        reference=next((names[error.reference] for error in corruption.values()), ""),
        corruption=tuple(_corruption(corruption.get(model.label)) for model in models),
        relative=tuple(
            formatting.figure(error.relative if error else None, 3)
            for error in (corruption.get(model.label) for model in models)
        )
        if any(error.relative is not None for error in corruption.values())
        else (),
    )


def _errors(part: SetAnalysis, models: Sequence[Model]) -> list[list[float]]:
    """Return the errors of each model by severity; none of a model without predictions of all."""
    there = [by_label(condition.models) for condition in part.conditions]
    return [
        [1 - found[model.label].accuracy for found in there]
        if all(model.label in found for found in there)
        else []
        for model in models
    ]


def _row(
    part: SetAnalysis, models: Sequence[Model], errors: Sequence[Sequence[float]], most: float
) -> tuple[MapCell, ...]:
    highest = max((error for of_model in errors for error in of_model), default=0.0)
    places = accuracy_cells(part.mean or Comparison((), ()), models)
    severities = [condition.planned.severity or 0.0 for condition in part.conditions]
    return tuple(
        _cell(of_model, severities, place, highest, most)
        for of_model, place in zip(errors, places, strict=True)
    )


def _cell(
    errors: Sequence[float],
    severities: Sequence[float],
    place: SetCell,
    highest: float,
    most: float,
) -> MapCell:
    if not errors:
        return MapCell(None, ABSENT.text, 0.0, "", "", "", "")
    mean, several = fmean(errors), len(errors) > 1
    told = [
        f"{severity:g}: {formatting.percent(error)} %"
        for severity, error in zip(severities, errors, strict=True)
    ]
    return MapCell(
        value=mean,
        text=formatting.percent(mean),
        shade=round(sqrt(mean / most), 2),
        place=place.place,
        mark=place.mark,
        bars=_bars(errors, highest) if several else "",
        words=f"error at severity {', '.join(told)}" if several else "",
    )


def _bars(errors: Sequence[float], highest: float) -> str:
    """Draw the errors as bars, the highest of the row as high as there is room."""
    heights = [max(1.0, round(HEIGHT * error / (highest or 1.0), 1)) for error in errors]
    return "".join(
        f"M{_STEP * i} {HEIGHT}v-{height:g}h{_BAR}v{height:g}z" for i, height in enumerate(heights)
    )


def _mean(errors: Sequence[float | None]) -> str:
    known = [error for error in errors if error is not None]
    return formatting.percent(fmean(known) if len(known) == len(errors) else None)


def _corruption(error: CorruptionError | None) -> SetCell:
    if error is None:
        return ABSENT
    low, high = error.interval or (error.mean, error.mean)
    return SetCell(
        value=error.mean,
        text=formatting.figure(error.mean, 3),
        interval=f"{low:.3f}\N{EN DASH}{high:.3f}" if low < high else "",
    )
