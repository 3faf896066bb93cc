"""Further test sets: how each model does on other images than the run's own test images."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from digitbench.analysis.disputed import disputed_labels
from digitbench.analysis.set_analysis import (
    ConditionAnalysis,
    SetAnalysis,
    SetsAnalysis,
    analyse_sets,
)
from digitbench.report import formatting
from digitbench.report.page.condition_map import ConditionMap, condition_map
from digitbench.report.page.models import Model
from digitbench.report.page.set_cells import SetCell, accuracy_cells, drop_cells, mean_cells
from digitbench.report.page.severity_plot import SeverityPlot, severity_plots
from digitbench.types import PlannedTestSet, RunRecord

_OPEN_PLOTS = 8
"""Charts of a set that are not folded, at most."""
_COLUMNS = 4
"""Conditions whose mean says nothing that have columns of their own, at most."""


@dataclass(frozen=True, eq=False)
class SetFigures:
    """Test images or others, with the figures of each model.

    Attributes:
        label: which images.
        about: how many there are.
        accuracies: a cell for each model.
        drops: from the test images; empty where nothing is said of that.
    """

    label: str
    about: str
    accuracies: tuple[SetCell, ...]
    drops: tuple[SetCell, ...]


@dataclass(frozen=True)
class DisputedRow:
    """A model's errors on the test images, and how many of them have a disputed label."""

    model: Model
    errors: str
    disputed: str


@dataclass(frozen=True, eq=False)
class SetPart:
    """What there is to see of a set beside its figures in the table of all.

    Attributes:
        number: its place in the plan; ids are made of it.
        label: its label.
        about: what it consists of.
        map: errors by condition; None where there are no two names of conditions.
        plots: accuracy over severity; empty where there are no severities.
        plots_folded: whether there are too many of them to be seen at once.
        disputed: a row for each model; empty if no label is disputed.
        conditions: the figures on each; empty if they stand in the table of all.
    """

    number: int
    label: str
    about: str
    map: ConditionMap | None
    plots: tuple[SeverityPlot, ...]
    plots_folded: bool
    disputed: tuple[DisputedRow, ...]
    conditions: tuple[SetFigures, ...]


@dataclass(frozen=True)
class LackingTrials:
    """Trials of a model without predictions of a set: their numbers, and why."""

    label: str
    model: str
    trials: str
    why: str


@dataclass(frozen=True, eq=False)
class SetsSection:
    """The section.

    Attributes:
        sentences: what is most important.
        models: the best on the test images first.
        columns: the test images, and the sets that some model has predicted.
        parts: the sets that have more to show.
        planned: all sets of the run.
        lacking: the trials without predictions.
    """

    sentences: tuple[str, ...]
    models: tuple[Model, ...]
    columns: tuple[SetFigures, ...]
    parts: tuple[SetPart, ...]
    planned: tuple[PlannedTestSet, ...]
    lacking: tuple[LackingTrials, ...]

    @property
    def not_loaded(self) -> tuple[PlannedTestSet, ...]:
        """The sets that could not be loaded."""
        return tuple(planned for planned in self.planned if planned.error is not None)


def sets_section(record: RunRecord, models: Sequence[Model]) -> SetsSection | None:
    """Return the section; None if the run has no further test set.

    Args:
        record: the run, read with its predictions.
        models: at least one, the best first, each with a trial that succeeded.
    """
    if not record.plan.test_sets:
        return None
    found = analyse_sets(record)
    test = SetFigures(
        "test", images(record.plan.dataset.test_size), accuracy_cells(found.test, models), ()
    )
    parts = (_part(number, each, found, models) for number, each in enumerate(found.loaded))
    return SetsSection(
        sentences=(),
        models=tuple(models),
        columns=(test, *(c for each in found.loaded for c in _columns(each, models))),
        parts=tuple(p for p in parts if p.map or p.plots or p.disputed or p.conditions),
        planned=record.plan.test_sets,
        lacking=tuple(_lacking(found)),
    )


def images(count: int) -> str:
    """Write a number of images."""
    return f"{formatting.count(count)} {'image' if count == 1 else 'images'}"


def _columns(found: SetAnalysis, models: Sequence[Model]) -> Iterator[SetFigures]:
    """Yield the columns of a set in the table of all."""
    first, count = found.conditions[0], len(found.conditions)
    if found.mean is not None:
        about = images(first.planned.size) if count == 1 else f"mean of {count} conditions"
        drops = () if first.positions is not None else drop_cells(found, found.test, models)
        yield SetFigures(found.label, about, accuracy_cells(found.mean, models), drops)
    elif _has_columns(found):
        for condition in found.conditions:
            yield _figures(condition, condition.name, found, models)
    else:
        yield SetFigures(found.label, f"mean of {count} conditions", mean_cells(found, models), ())


def _has_columns(found: SetAnalysis) -> bool:
    """Tell whether the conditions stand in the table of all, each in its own column."""
    return found.mean is None and len(found.conditions) <= _COLUMNS


def _figures(
    condition: ConditionAnalysis, label: str, found: SetAnalysis, models: Sequence[Model]
) -> SetFigures:
    return SetFigures(
        label=label,
        about=images(condition.planned.size),
        accuracies=accuracy_cells(condition.comparison, models),
        drops=drop_cells(condition, found.test, models),
    )


def _part(number: int, found: SetAnalysis, sets: SetsAnalysis, models: Sequence[Model]) -> SetPart:
    several = len(found.by_name) > 1 and not found.of_test
    plots = severity_plots(found, models)
    is_told = _has_columns(found) or len(found.conditions) == 1
    return SetPart(
        number=number,
        label=found.label,
        about=_about(found),
        map=condition_map(found, models) if several else None,
        plots=plots,
        plots_folded=len(plots) > _OPEN_PLOTS,
        disputed=_disputed(found, sets, models),
        conditions=()
        if is_told
        else tuple(_figures(c, c.planned.key, found, models) for c in found.conditions),
    )


def _about(found: SetAnalysis) -> str:
    sizes = {condition.planned.size for condition in found.conditions}
    count = len(found.conditions)
    each = images(max(sizes)) + (" each" if len(sizes) == 1 else " at most")
    return each.removesuffix(" each") if count == 1 else f"{count} conditions, {each}"


def _disputed(
    found: SetAnalysis, sets: SetsAnalysis, models: Sequence[Model]
) -> tuple[DisputedRow, ...]:
    labels = disputed_labels(found, sets.test)
    if labels is None:
        return ()
    errors = {each.model: each for each in labels.errors}
    return tuple(
        DisputedRow(
            model,
            formatting.count(errors[model.label].errors),
            formatting.count(errors[model.label].disputed),
        )
        for model in models
    )


def _lacking(found: SetsAnalysis) -> Iterator[LackingTrials]:
    """Yield the trials without predictions, those of one model and one reason together."""
    for each in found.sets:
        ordered = sorted(each.failures, key=lambda one: (one.model, one.error or ""))
        for (model, error), group in groupby(ordered, key=lambda one: (one.model, one.error)):
            trials = ", ".join(str(failure.trial) for failure in group)
            yield LackingTrials(each.label, model, trials, error or "not predicted")
