"""Reliability diagrams: how often a model is right where it says it is so sure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.calibration import Calibration
from digitbench.report import formatting
from digitbench.report.page.models import Model

_LARGEST, _SMALLEST = 7.0, 2.0
"""Radius in pixels of the point of a bin with all images, and of one with next to none."""


@dataclass(frozen=True)
class CalibrationPoint:
    """A bin: confidence and accuracy in percent of the axes, how large it is drawn, its words."""

    x: float
    y: float
    radius: float
    words: str


@dataclass(frozen=True, eq=False)
class Reliability:
    """A model's diagram and figures.

    Attributes:
        model: the model.
        points: the bins that are not empty, by confidence.
        line: the same as a polyline in a square of 100, y downwards.
        at_coverage: accuracy on the images predicted most confidently, in percent.
        words: the diagram in words.
    """

    model: Model
    points: tuple[CalibrationPoint, ...]
    line: str
    at_coverage: str
    words: str


def reliabilities(
    models: Sequence[Model], found: Mapping[str, Calibration | None]
) -> tuple[Reliability, ...]:
    """Return the diagrams of the models that have probabilities."""
    return tuple(
        _reliability(model, calibration)
        for model in models
        if model.ranked and (calibration := found.get(model.label)) is not None
    )


def _reliability(model: Model, calibration: Calibration) -> Reliability:
    total = sum(part.count for part in calibration.reliability)
    points = tuple(
        CalibrationPoint(
            round(100 * part.confidence, 2),
            round(100 * part.accuracy, 2),
            round(_SMALLEST + (_LARGEST - _SMALLEST) * (part.count / total) ** 0.5, 1),
            f"confidence {formatting.percent(part.confidence)} %, right on "
            f"{formatting.percent(part.accuracy)} % of {formatting.count(part.count)}",
        )
        for part in calibration.reliability
        if part.confidence is not None and part.accuracy is not None
    )
    error = formatting.points(calibration.expected_calibration_error.mean)
    return Reliability(
        model=model,
        points=points,
        line=" ".join(f"{point.x:g},{100 - point.y:g}" for point in points),
        at_coverage=formatting.percent(calibration.accuracy_at_coverage.mean),
        words=f"{model.label}: expected calibration error {error} percentage points",
    )
