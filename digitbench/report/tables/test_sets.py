"""Further test sets as tables: the models by sets, and the conditions of a set by models."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import fmean

from digitbench.analysis.comparison import Comparison, Place
from digitbench.analysis.corruption_error import CorruptionError, corruption_errors
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.scores import by_label
from digitbench.analysis.set_analysis import SetAnalysis, SetsAnalysis
from digitbench.report import formatting
from digitbench.report.labels import short_labels
from digitbench.report.tables.figures import Column

TIE_MARK = "="
"""Stands before accuracies that are tied for best."""
_RATIO_DECIMALS = 3
_ENOUGH = 20
"""A label of so many characters is short."""


@dataclass(frozen=True, eq=False)
class Standing:
    """The accuracies of the models on one thing.

    Attributes:
        name: what it is called.
        means: the mean accuracy of each model that has one, by label.
        tied: the models that are tied for best.
        best: the model that is better than each other one; None if there is none.
        severities: the accuracy of each model at each of several severities, by label.
        conditions: over how many conditions each is a mean.
    """

    name: str
    means: dict[str, float]
    tied: tuple[str, ...] = ()
    best: str | None = None
    severities: dict[str, tuple[float, ...]] = field(default_factory=dict)
    conditions: int = 1

    @property
    def unit(self) -> str:
        """What the figures are: percent, of a mean over several conditions."""
        return "%" if self.conditions == 1 else f"mean of {self.conditions}, %"

    def cell(self, label: str) -> str:
        """Write the accuracy of a model in percent, marked if it is tied for best."""
        mean = self.means.get(label)
        return f"{TIE_MARK if label in self.tied else ''}{formatting.percent(mean)}"


@dataclass(frozen=True, eq=False)
class SetTable:
    """The accuracies of the models on the test images and on each further set.

    Attributes:
        labels: the models, the most accurate on the test images first.
        columns: the test images, and the sets whose images are others.
        errors: the corruption errors of each model, by label, on each set that has some, by the
            name of its column.
    """

    labels: tuple[str, ...]
    columns: tuple[Standing, ...]
    errors: dict[str, dict[str, CorruptionError]]

    @property
    def reference(self) -> str | None:
        """The model that corruption errors are relative to; None if there are none."""
        found = [error.reference for of in self.errors.values() for error in of.values()]
        return found[0] if found else None

    @property
    def text_columns(self) -> tuple[Column[str], ...]:
        """The columns for people, of rows that are labels of models."""
        found = [Column[str]("Model", "", str, is_label=True)]
        for column in self.columns:
            found.append(Column(column.name, column.unit, column.cell))
            errors = self.errors.get(column.name)
            if errors:
                heading = "mCE" if len(self.errors) == 1 else f"mCE, {column.name}"
                found.append(Column(heading, "", partial(_ratio, errors)))
        return tuple(found)


def set_table(analysis: SetsAnalysis, reference: Outcomes | None = None) -> SetTable:
    """Return the table of models by sets; those of the run's own test images have no column.

    Args:
        analysis: of a run.
        reference: the model that corruption errors are relative to; None for the usual one.
    """
    sets = [found for found in analysis.loaded if not found.of_test]
    names = set_names(sets)
    columns = [standing_of("Test images", analysis.test)]
    errors = {}
    for found in sets:
        name = names[found.label]
        columns.append(set_standing(name, found))
        of_set = corruption_errors(found, reference)
        if of_set:
            errors[name] = {error.model: error for error in of_set}
    labels = tuple(model.outcomes.label for model in analysis.test.models)
    return SetTable(labels, tuple(columns), errors)


def tie_reading(place: str) -> str:
    """Say what the mark of ties says, in each `row` or `column`."""
    return f"{TIE_MARK}: tied for best of the {place}, not significantly worse."


def sets_reading(found: SetTable) -> list[str]:
    """Say how the table of models by sets is to be read, in sentences."""
    said = []
    if any(column.tied for column in found.columns):
        said.append(tie_reading("column"))
    if found.reference is not None:
        said.append(f"mCE: mean corruption error; that of {found.reference} is 1.")
    return said


def set_names(sets: Sequence[SetAnalysis]) -> dict[str, str]:
    """Return what each set is called in a heading, by its label.

    It is the label, or if that is long the name alone, or a short label where sets share a name.
    """
    short = short_labels(found.label for found in sets)
    names = Counter(found.planned.name for found in sets)

    def heading(found: SetAnalysis) -> str:
        planned = found.planned
        if len(found.label) <= _ENOUGH and "[" not in found.label:
            return found.label
        is_only = names[planned.name] == 1 and planned.argument is None
        return planned.name if is_only else short[found.label]

    return {found.label: heading(found) for found in sets}


def condition_standings(found: SetAnalysis, *, each: bool = False) -> tuple[Standing, ...]:
    """Return the accuracies on each name of conditions of a set, in the order of the plan.

    Args:
        found: the set.
        each: whether the severities of a name are apart, and not one row with their mean.
    """
    standings = []
    for given, part in found.by_name.items():
        name = given or found.label
        if part.mean is not None and not each:
            standings.append(set_standing(name, part))
        else:
            standings += [
                standing_of(c.planned.key or found.label, c.comparison) for c in part.conditions
            ]
    return tuple(standings)


def condition_columns(labels: Sequence[str]) -> tuple[Column[Standing], ...]:
    """Return the columns of a table of conditions by models."""
    names = short_labels(labels)
    models = [Column[Standing](names[label], "%", partial(_cell, label)) for label in labels]
    return (Column("Condition", "", lambda row: row.name, is_words=True), *models)


def set_standing(name: str, found: SetAnalysis) -> Standing:
    """Return the mean accuracies over all conditions of a set.

    Where these do not show the same images, nobody is best of the mean.
    """
    by_condition = [by_label(condition.models) for condition in found.conditions]
    each = {
        label: tuple(of[label].accuracy for of in by_condition)
        for label in by_condition[0]
        if all(label in of for of in by_condition)
    }
    if found.mean is not None:
        standing = standing_of(name, found.mean)
    else:
        standing = Standing(name, {label: fmean(values) for label, values in each.items()})
    is_curve = len(found.conditions) > 1 and len(found.by_name) == 1
    return replace(standing, severities=each if is_curve else {}, conditions=len(found.conditions))


def standing_of(name: str, comparison: Comparison) -> Standing:
    """Return the accuracies of models that were compared."""
    models = comparison.models
    means = {model.outcomes.label: model.uncertainty.mean for model in models}
    places = {model.place for model in models[1:]}
    best: str | None = None
    tied: list[str] = []
    if Place.NOT_WORSE in places:
        tied = [m.outcomes.label for m in models if m.place in {Place.BEST, Place.NOT_WORSE}]
    elif places == {Place.WORSE}:
        best = models[0].outcomes.label
    return Standing(name, means, tuple(tied), best)


def _cell(label: str, row: Standing) -> str:
    return row.cell(label)


def _ratio(errors: dict[str, CorruptionError], label: str) -> str:
    error = errors.get(label)
    return formatting.figure(error.mean if error else None, _RATIO_DECIMALS)
