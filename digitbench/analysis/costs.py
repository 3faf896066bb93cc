"""What models cost, which of them are worth a look, and which are within limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from digitbench.analysis.summary import ModelSummary
from digitbench.metrics import COSTS, Metric


@dataclass(frozen=True)
class ParetoEntry:
    """Whether a model is worth a look: no other is at least as good in all and better in some.

    Attributes:
        model: the model.
        dominated_by: the models that are no worse in accuracy and in every cost, and better in one
            of them.
    """

    model: ModelSummary
    dominated_by: tuple[ModelSummary, ...]

    @property
    def on_front(self) -> bool:
        """Whether the model belongs to the Pareto front."""
        return not self.dominated_by


@dataclass(frozen=True)
class Excess:
    """A limit that a model does not keep.

    Attributes:
        kind: the cost that is limited.
        limit: the limit, in seconds or bytes.
        figure: what the model costs; None if that was not measured.
    """

    kind: Metric
    limit: float
    figure: float | None

    @property
    def ratio(self) -> float:
        """How many times the limit it is, or the limit is it where more is better.

        Infinite if it was not measured.
        """
        if self.figure is None:
            return inf
        over, under = self.figure, self.limit
        if self.kind.less_is_better is False:
            over, under = under, over
        return over / under if under else inf if over else 0.0


def standings(
    models: Iterable[ModelSummary], kinds: Sequence[Metric] = COSTS
) -> tuple[ParetoEntry, ...]:
    """Return which models the others dominate, in the order given.

    A cost that was not measured counts as infinite: it earns a model nothing, and between two
    models that both lack it, it decides nothing. Models without an accuracy are left out.

    Args:
        models: the models.
        kinds: the costs that count beside the accuracy.
    """
    scored = [model for model in models if model.accuracy is not None]
    burdens = [_burdens(model, kinds) for model in scored]
    return tuple(
        ParetoEntry(
            model,
            tuple(
                other
                for other, theirs in zip(scored, burdens, strict=True)
                if theirs != ours and all(t <= o for t, o in zip(theirs, ours, strict=True))
            ),
        )
        for model, ours in zip(scored, burdens, strict=True)
    )


def excesses(model: ModelSummary, limits: Mapping[Metric, float]) -> tuple[Excess, ...]:
    """Return the limits that a model does not keep; one it cannot be shown to keep is one.

    Args:
        model: the model.
        limits: the most that each may be, or the least where more is better.
    """
    found = (Excess(kind, limit, model.figure(kind)) for kind, limit in limits.items())
    return tuple(excess for excess in found if excess.ratio > 1)


def limited_costs(limits: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the costs among what is limited; all costs if none is.

    Other metrics have limits too, but make no model cheap.
    """
    return tuple(kind for kind in limits if kind in COSTS) or COSTS


def _burdens(model: ModelSummary, kinds: Sequence[Metric]) -> tuple[float, ...]:
    """Return the error and the costs of a model: the lower, the better."""
    figures = (model.figure(kind) for kind in kinds)
    error = 1 - model.accuracy.mean if model.accuracy else inf
    return (error, *(inf if figure is None else figure for figure in figures))
