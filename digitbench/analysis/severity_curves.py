"""How accuracy falls with severity: the conditions of one name as a curve for each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.analysis.scores import by_label
from digitbench.analysis.set_analysis import ConditionAnalysis, SetAnalysis
from digitbench.analysis.uncertainty import uncertainty

_FEWEST_POINTS = 2


@dataclass(frozen=True)
class SeverityPoint:
    """A model at one severity; fractions.

    Attributes:
        severity: how strong the condition is.
        accuracy: the mean accuracy.
        interval: its 95 % interval; None where the spread over trials is not known.
    """

    severity: float
    accuracy: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class SeverityCurve:
    """A model's accuracy on the conditions of one name.

    Attributes:
        condition: the name, such as `rotate`.
        model: the model's label.
        points: by severity.
    """

    condition: str
    model: str
    points: tuple[SeverityPoint, ...]


def severity_curves(found: SetAnalysis) -> tuple[SeverityCurve, ...]:
    """Return a curve of each name that has several severities, and each model, by plan.

    Args:
        found: the set.
    """
    return tuple(
        _curve(name, label, part.conditions)
        for name, part in found.by_name.items()
        if _has_severities(part.conditions)
        for label in by_label(part.conditions[0].models)
    )


def _has_severities(conditions: Sequence[ConditionAnalysis]) -> bool:
    severities = [c.planned.severity for c in conditions if c.planned.severity is not None]
    return len(severities) == len(conditions) >= _FEWEST_POINTS


def _curve(name: str, label: str, conditions: Sequence[ConditionAnalysis]) -> SeverityCurve:
    points = []
    for condition in conditions:
        model = by_label(condition.models)[label]
        interval = uncertainty(model).interval
        points.append(SeverityPoint(condition.planned.severity or 0.0, model.accuracy, interval))
    return SeverityCurve(name, label, tuple(points))
