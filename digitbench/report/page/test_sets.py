"""Further test sets: how each model does on other images than the run's own test images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.corruption_error import CorruptionError, corruption_errors
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
from digitbench.report.page.relabelled import Relabelled, relabelled
from digitbench.report.page.set_cells import (
    SetCell,
    accuracies,
    drop_cells,
    of_models,
    ratio_cells,
    set_accuracies,
)
from digitbench.report.page.severity_plot import SeverityPlot, severity_plots
from digitbench.report.page.sprite import Sprite
from digitbench.report.set_words import set_failure_sentences, set_sentences
from digitbench.report.tables.test_sets import set_names
from digitbench.types import PlannedTestSet, RunRecord

_OPEN_PLOTS = 8
"""Charts of a set that are not folded, at most."""
DROP, RATIO = "drop, pp", "mCE"
"""Headings of what stands beside accuracies."""

Errors = Mapping[str, Sequence[CorruptionError]]
"""Corruption errors on each set, by its label."""


@dataclass(frozen=True, eq=False)
class SetFigures:
    """Test images or others, with the figures of each model.

    Attributes:
        name: which images, in short.
        label: the same in full.
        about: how many there are.
        accuracies: a cell for each model.
        beside: what else there is: drops from the test images, or corruption errors; may be empty.
        heading: which of the two.
    """

    name: str
    label: str
    about: str
    accuracies: tuple[SetCell, ...]
    beside: tuple[SetCell, ...] = ()
    heading: str = ""


@dataclass(frozen=True, eq=False)
class SetPart:
    """What there is to see of a set beside its figures in the table of all.

    Attributes:
        number: its place among the sets; ids are made of it.
        label: its label.
        about: what it consists of.
        map: the accuracy on each condition; None where there are no two to be compared.
        plots: accuracy over severity; empty where there are no severities.
        plots_folded: whether there are too many of them to be seen at once.
        conditions: the figures on each; empty for a single one.
        errors: rows of numbers of errors with disputed labels; empty if no label is disputed.
        relabelled: the test images that have another label in the set.
    """

    number: int
    label: str
    about: str
    map: ConditionMap | None
    plots: tuple[SeverityPlot, ...]
    plots_folded: bool
    conditions: tuple[SetFigures, ...]
    errors: tuple[tuple[str, tuple[str, ...]], ...]
    relabelled: Relabelled


@dataclass(frozen=True, eq=False)
class SetsSection:
    """The section.

    Attributes:
        sentences: what is most important.
        failures: what could not be loaded or predicted, in words.
        models: the best on the test images first.
        columns: the test images, and the sets of other images that some model has predicted.
        parts: the sets that have more to show.
        reference: the model that corruption errors are relative to; None if there are none.
        planned: all sets of the run.
    """

    sentences: tuple[str, ...]
    failures: tuple[str, ...]
    models: tuple[Model, ...]
    columns: tuple[SetFigures, ...]
    parts: tuple[SetPart, ...]
    reference: Model | None
    planned: tuple[PlannedTestSet, ...]

    @property
    def headings(self) -> set[str]:
        """What stands beside accuracies in the table of all."""
        return {column.heading for column in self.columns}


def sets_section(record: RunRecord, models: Sequence[Model], sprite: Sprite) -> SetsSection | None:
    """Return the section; None if the run has no further test set.

    Args:
        record: the run, read with its predictions.
        models: at least one, the best first, each with a trial that succeeded.
        sprite: collects the digits that are shown.
    """
    if not record.plan.test_sets:
        return None
    found = analyse_sets(record)
    errors = {each.label: corruption_errors(each) for each in found.loaded}
    return SetsSection(
        sentences=tuple(said.text for said in set_sentences(found)),
        failures=set_failure_sentences(found),
        models=tuple(models),
        columns=tuple(_columns(record, found, errors, models)),
        parts=tuple(
            _part(number, each, found, errors[each.label], models, sprite)
            for number, each in enumerate(found.loaded)
            if len(each.conditions) > 1
        ),
        reference=_reference(errors, models),
        planned=record.plan.test_sets,
    )


def images(count: int) -> str:
    """Write a number of images."""
    return f"{formatting.count(count)} {'image' if count == 1 else 'images'}"


def _columns(
    record: RunRecord, found: SetsAnalysis, errors: Errors, models: Sequence[Model]
) -> Iterator[SetFigures]:
    """Yield the columns of the table of all."""
    name, size = "Test images", images(record.plan.dataset.test_size)
    yield SetFigures(name, name, size, of_models(accuracies(found.test), models))
    sets = [each for each in found.loaded if not each.of_test]
    names = set_names(sets)
    for each in sets:
        first, count = each.conditions[0], len(each.conditions)
        beside, heading = ratio_cells(errors[each.label], models), RATIO
        if not beside and first.positions is None:
            beside, heading = drop_cells(each, each.test, models), DROP
        yield SetFigures(
            name=names[each.label],
            label=each.label,
            about=images(first.planned.size) if count == 1 else f"mean of {count} conditions",
            accuracies=of_models(set_accuracies(each), models),
            beside=beside,
            heading=heading if beside else "",
        )


def _reference(errors: Errors, models: Sequence[Model]) -> Model | None:
    """Return the model that corruption errors are relative to, on whatever set has some."""
    labels = {error.reference for of_set in errors.values() for error in of_set}
    return next((model for model in models if model.label in labels), None)


def _part(
    number: int,
    found: SetAnalysis,
    sets: SetsAnalysis,
    errors: Sequence[CorruptionError],
    models: Sequence[Model],
    sprite: Sprite,
) -> SetPart:
    plots = severity_plots(found, models)
    sizes = {condition.planned.size for condition in found.conditions}
    each = "each" if len(sizes) == 1 else "at most"
    return SetPart(
        number=number,
        label=found.label,
        about=f"{len(found.conditions)} conditions, {images(max(sizes))} {each}",
        map=condition_map(found, sets.test, errors, models),
        plots=plots,
        plots_folded=len(plots) > _OPEN_PLOTS,
        conditions=tuple(_condition(condition, found, models) for condition in found.conditions),
        errors=_errors(found, sets, models),
        relabelled=relabelled(found, models, sprite),
    )


def _condition(
    condition: ConditionAnalysis, found: SetAnalysis, models: Sequence[Model]
) -> SetFigures:
    key, drops = condition.planned.key, drop_cells(condition, found.test, models)
    return SetFigures(
        name=key,
        label=condition.name,
        about=images(condition.planned.size),
        accuracies=of_models(accuracies(condition.comparison), models),
        beside=drops,
        heading=DROP if drops else "",
    )


def _errors(
    found: SetAnalysis, sets: SetsAnalysis, models: Sequence[Model]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return how many errors each model makes, and how many of them have a disputed label."""
    disputed = disputed_labels(found, sets.test)
    if disputed is None:
        return ()
    of = {each.model: each for each in disputed.errors}
    return (
        ("errors", tuple(formatting.count(of[model.label].errors) for model in models)),
        ("of them disputed", tuple(formatting.count(of[m.label].disputed) for m in models)),
    )
