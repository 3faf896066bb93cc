"""The models of a page: how each is named, drawn and found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.summary import ModelSummary, summarise
from digitbench.metrics import NOTHING_COMPUTED, Computed
from digitbench.report.labels import short_labels
from digitbench.types import RunRecord

STYLES = 8
"""Colours, and markers, that there are."""


@dataclass(frozen=True, eq=False)
class Model:
    """A model of the run, as the page shows it.

    Attributes:
        label: its label; plugins and users choose it, so no id is made of it.
        name: its short label, by what tells it apart in the run.
        number: its place in the plan, or among all models of the page, from 0; ids are made of it.
        summary: its trials and costs.
        ranked: its accuracy and letters; None if no trial succeeded.
    """

    label: str
    name: str
    number: int
    summary: ModelSummary
    ranked: Ranked | None

    @property
    def colour(self) -> int:
        """The number of its colour."""
        return self.number % STYLES

    @property
    def marker(self) -> int:
        """The number of its marker; models that have a colour in common differ in it."""
        return (self.number + self.number // STYLES) % STYLES

    @property
    def succeeded(self) -> Ranked:
        """Its accuracy and letters, where a trial succeeded."""
        if self.ranked is None:
            raise ValueError(f"no trial of {self.label} succeeded")
        return self.ranked


def models_of(
    record: RunRecord,
    comparison: Comparison | None,
    computed: Computed = NOTHING_COMPUTED,
    labels: Sequence[str] = (),
) -> tuple[Model, ...]:
    """Return all models of a run, the best first; those without a trial that succeeded last.

    Args:
        record: the run.
        comparison: of its models; None if no trial succeeded.
        computed: what the metrics of plugins are in it.
        labels: by which the models are numbered; by default those of the plan.
    """
    found = () if comparison is None else comparison.models
    ranked: Mapping[str, Ranked] = {model.outcomes.label: model for model in found}
    places: Sequence[str] = list(ranked)
    planned = [model.label for model in record.plan.models]
    names = short_labels(planned)
    numbers = {label: number for number, label in enumerate(labels or planned)}
    models = [
        Model(label, names[label], numbers[label], row, ranked.get(label))
        for row in summarise(record, computed)
        for label in (row.planned.label,)
    ]
    models.sort(key=lambda model: places.index(model.label) if model.ranked else len(places))
    return tuple(models)
