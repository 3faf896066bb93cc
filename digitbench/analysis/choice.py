"""The best model under limits, and why each other one is not it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.comparison import Comparison, Place, place_of
from digitbench.analysis.costs import Excess, excesses, limited_costs
from digitbench.analysis.summary import ModelSummary
from digitbench.metrics import Metric


@dataclass(frozen=True)
class Excluded:
    """A model that is not within the limits.

    Attributes:
        model: the model.
        excesses: the limits it does not keep; none if it has no trial that succeeded.
    """

    model: ModelSummary
    excesses: tuple[Excess, ...]

    @property
    def worst(self) -> Excess:
        """The limit it is farthest from keeping."""
        return max(self.excesses, key=lambda excess: excess.ratio)


@dataclass(frozen=True, eq=False)
class Choice:
    """The best model under limits.

    Attributes:
        limits: the most that each cost may be, in seconds or bytes.
        chosen: of the models within the limits, the one with the highest mean accuracy; None if
            there is none.
        alike: the others that were tested against the one chosen and are not significantly worse:
            by the trials there are, each may be as good.
        untested: the others that no test against the one chosen was possible of, as with a single
            trial of a model that depends on its seed.
        cheapest: of the one chosen and those alike, the cheapest: the one with the lowest sum of
            its places by each cost that is limited, or by every cost if none is. A cost that was
            not measured comes last; of equals, the more accurate one is meant. None if it is the
            one chosen.
        beaten: those that are worse than the one chosen, the most accurate first.
        excluded: the models that are not, in the order given.
        comparison: of all models of the run, so that verdicts are those of `digitbench show`.
    """

    limits: Mapping[Metric, float]
    chosen: ModelSummary | None
    alike: tuple[ModelSummary, ...]
    untested: tuple[ModelSummary, ...]
    cheapest: ModelSummary | None
    beaten: tuple[ModelSummary, ...]
    excluded: tuple[Excluded, ...]
    comparison: Comparison

    @property
    def closest(self) -> Excluded | None:
        """The excluded model that comes closest to keeping every limit; None if none can be told.

        It is the one whose worst excess is the smallest, as a ratio.
        """
        measured = [
            excluded
            for excluded in self.excluded
            if excluded.excesses and excluded.worst.figure is not None
        ]
        return min(measured, key=lambda excluded: excluded.worst.ratio, default=None)


def choose(
    models: Sequence[ModelSummary], comparison: Comparison, limits: Mapping[Metric, float]
) -> Choice:
    """Choose the most accurate model within limits.

    Args:
        models: the models of a run.
        comparison: of those that have a trial which succeeded, at the level that the run asks for.
        limits: the most that each cost may be, in seconds or bytes; a model keeps a limit that it
            meets exactly, and does not keep one whose cost was not measured.
    """
    by_label = {model.planned.label: model for model in models}
    excluded = {
        model.planned.label: Excluded(model, excesses(model, limits) if model.accuracy else ())
        for model in models
        if model.accuracy is None or excesses(model, limits)
    }
    fitting = [
        ranked.outcomes.label
        for ranked in comparison.models
        if ranked.outcomes.label not in excluded
    ]
    places: dict[Place, list[ModelSummary]] = {place: [] for place in Place}
    for label in fitting:
        pair = None if label == fitting[0] else comparison.pair(fitting[0], label)
        places[place_of(pair)].append(by_label[label])
    chosen = next(iter(places[Place.BEST]), None)
    alike = places[Place.NOT_WORSE]
    cheapest = chosen and _cheapest([chosen, *alike], limited_costs(limits))
    return Choice(
        limits=limits,
        chosen=chosen,
        alike=tuple(alike),
        untested=tuple(places[Place.UNKNOWN]),
        cheapest=None if cheapest is chosen else cheapest,
        beaten=tuple(places[Place.WORSE]),
        excluded=tuple(excluded.values()),
        comparison=comparison,
    )


def _cheapest(models: Sequence[ModelSummary], kinds: Sequence[Metric]) -> ModelSummary:
    """Return the model with the lowest sum of places by cost; of equals, the first."""

    def places(model: ModelSummary) -> int:
        return sum(_place(model, models, kind) for kind in kinds)

    return min(models, key=places)


def _place(model: ModelSummary, models: Sequence[ModelSummary], kind: Metric) -> int:
    """Count the models that cost less."""
    ours = model.figure(kind)
    figures = [figure for other in models if (figure := other.figure(kind)) is not None]
    return len(figures) if ours is None else sum(figure < ours for figure in figures)
