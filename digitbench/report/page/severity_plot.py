"""Line charts: how the accuracy of each model falls with the severity of a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.set_analysis import SetAnalysis
from digitbench.analysis.severity_curves import SeverityCurve, SeverityPoint, severity_curves
from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.page.scales import Scale, accuracies, linear


@dataclass(frozen=True, eq=False)
class SeverityLine:
    """A model's line.

    Attributes:
        model: the model.
        line: a polyline in a square of 100, y downwards.
        band: the 95 % intervals as a polygon likewise; empty if there are none.
        marks: the points, in percent from the left and from the top.
        values: each point in words.
    """

    model: Model
    line: str
    band: str
    marks: tuple[tuple[float, float], ...]
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SeverityPlot:
    """A chart: the conditions of one name.

    Attributes:
        title: the name.
        x, y: the axes; `y` is the same for all charts of a set.
        lines: a model each, the best on the test images last, on top.
        words: the chart in words.
    """

    title: str
    x: Scale
    y: Scale
    lines: tuple[SeverityLine, ...]
    words: str


def severity_plots(found: SetAnalysis, models: Sequence[Model]) -> tuple[SeverityPlot, ...]:
    """Return a chart of each name of conditions that has several severities.

    Args:
        found: the set.
        models: the best first.
    """
    curves = severity_curves(found)
    if not curves:
        return ()
    shown = {model.label: model for model in models}
    values = [point.accuracy for curve in curves for point in curve.points]
    y = accuracies(values, n_images=max(c.planned.size for c in found.conditions))
    return tuple(
        _plot(name, [curve for curve in curves if curve.condition == name], y, shown)
        for name in dict.fromkeys(curve.condition for curve in curves)
    )


def _plot(
    name: str, curves: Sequence[SeverityCurve], y: Scale, shown: Mapping[str, Model]
) -> SeverityPlot:
    severities = [point.severity for curve in curves for point in curve.points]
    x = linear(severities, label=lambda value: f"{value:g}", about=4)
    of_model = {curve.model: curve for curve in curves}
    lines = [
        _line(model, of_model[label], x, y) for label, model in shown.items() if label in of_model
    ]
    return SeverityPlot(name, x, y, tuple(reversed(lines)), f"{name}: {_told(lines, of_model)}")


def _told(lines: Sequence[SeverityLine], curves: Mapping[str, SeverityCurve]) -> str:
    """Say where each line begins and ends."""
    ends = [(line.model.name, curves[line.model.label].points) for line in lines]
    return "; ".join(
        f"{name} {formatting.percent(points[0].accuracy)} % at {points[0].severity:g}, "
        f"{formatting.percent(points[-1].accuracy)} % at {points[-1].severity:g}"
        for name, points in ends
    )


def _line(model: Model, curve: SeverityCurve, x: Scale, y: Scale) -> SeverityLine:
    points = curve.points
    known = [(point, point.interval) for point in points if point.interval]
    upper = [(x.at(point.severity), 100 - y.at(ends[1])) for point, ends in known]
    lower = [(x.at(point.severity), 100 - y.at(ends[0])) for point, ends in reversed(known)]
    marks = tuple((x.at(p.severity), round(100 - y.at(p.accuracy), 2)) for p in points)
    return SeverityLine(
        model=model,
        line=_places(marks),
        band=_places([*upper, *lower]) if len(known) == len(points) else "",
        marks=marks,
        values=tuple(_value(model, point) for point in points),
    )


def _places(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{across:g},{round(down, 2):g}" for across, down in points)


def _value(model: Model, point: SeverityPoint) -> str:
    text = f"{model.name} at {point.severity:g}: {formatting.percent(point.accuracy)} %"
    return f"{text} ({formatting.bounds(point.interval)})" if point.interval else text
