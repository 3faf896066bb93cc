"""A heat map: the accuracy of each model on each condition of a test set."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from digitbench.analysis.comparison import Comparison
from digitbench.analysis.corruption_error import CorruptionError
from digitbench.analysis.set_analysis import SetAnalysis
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.page.set_cells import (
    ABSENT,
    SetCell,
    accuracies,
    mark_of,
    of_models,
    ratio_cells,
    relative_cells,
    set_accuracies,
)
from digitbench.report.tables.test_sets import Standing, condition_standings

WIDTH_PX, HEIGHT_PX = 40, 16
"""Of a sparkline."""


@dataclass(frozen=True)
class MapCell:
    """A model on the conditions of a name.

    Attributes:
        value: the mean accuracy over the severities; None if there are no predictions.
        text: the same in percent.
        shade: how strong its background is, 0 to 1; the more errors, the stronger.
        mark: whether the model is best, or tied for that; else empty.
        line: the accuracy at each severity as a polyline; empty for a single one.
        words: the same in words.
    """

    value: float | None
    text: str
    shade: float
    mark: str
    line: str
    words: str


@dataclass(frozen=True, eq=False)
class ConditionMap:
    """The map.

    Attributes:
        models: in the order of the columns.
        rows: the name of conditions, and a cell for each model.
        between: the accuracies at the ends of the sparklines' scale; empty if there are none.
        below: rows below it: what they are, and a cell for each model.
    """

    models: tuple[Model, ...]
    rows: tuple[tuple[str, tuple[MapCell, ...]], ...]
    between: str
    below: tuple[tuple[str, tuple[SetCell, ...]], ...]


def condition_map(
    found: SetAnalysis,
    test: Comparison,
    errors: Sequence[CorruptionError],
    models: Sequence[Model],
) -> ConditionMap | None:
    """Return the map of a set; None where there are no two rows of other images.

    Args:
        found: the set; some model has predicted it.
        test: the models on the test images.
        errors: the corruption errors on the set; may be empty.
        models: the best first.
    """
    standings = condition_standings(found)
    if found.of_test or len(standings) == 1:
        return None
    drawn = [v for one in standings for values in one.severities.values() for v in values]
    scale = (min(drawn, default=0.0), max(drawn, default=1.0))
    most = max((1 - mean for one in standings for mean in one.means.values()), default=0.0) or 1.0
    below = (
        ("Mean", of_models(set_accuracies(found), models)),
        ("Test images", of_models(accuracies(test), models)),
        ("mCE", ratio_cells(errors, models)),
        ("relative mCE", relative_cells(errors, models)),
    )
    return ConditionMap(
        models=tuple(models),
        rows=tuple(
            (one.name, tuple(_cell(one, model.label, scale, most) for model in models))
            for one in standings
        ),
        between=" and ".join(map(formatting.percent, scale)) if drawn else "",
        below=tuple((name, cells) for name, cells in below if cells),
    )


def _cell(row: Standing, label: str, scale: tuple[float, float], most: float) -> MapCell:
    mean = row.means.get(label)
    if mean is None:
        return MapCell(None, ABSENT.text, 0.0, "", "", "")
    values = row.severities.get(label, ())
    return MapCell(
        value=mean,
        text=formatting.percent(mean),
        shade=round(sqrt(max(0.0, 1 - mean) / most), 2),
        mark=mark_of(row, label),
        line=_line(values, scale) if values else "",
        words=f"by severity: {', '.join(map(formatting.percent, values))} %" if values else "",
    )


def _line(values: Sequence[float], scale: tuple[float, float]) -> str:
    """Draw values from left to right, the highest of the map at the top."""
    low, high = scale
    step = (WIDTH_PX - 2) / (len(values) - 1)
    span = (HEIGHT_PX - 2) / ((high - low) or 1.0)
    return " ".join(
        f"{1 + step * i:.3g},{1 + span * (high - value):.3g}" for i, value in enumerate(values)
    )
