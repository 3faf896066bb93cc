"""What models cost, which of them are worth a look, and which are within limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from digitbench.analysis.summary import ModelSummary


class Cost(StrEnum):
    """A cost of a model, in words for people; seconds or bytes."""

    FIT = "fit time"
    PREDICT = "predict time per image"
    LATENCY = "latency"
    SIZE = "size"
    MEMORY = "peak memory"


def cost(model: ModelSummary, kind: Cost) -> float | None:
    """Return what a model costs, in seconds or bytes; None where it was not measured.

    The mean time of `fit`; the mean time of an image in batch; the median time of a single image;
    the size of the trained model; the highest peak of the memory.
    """
    return {
        Cost.FIT: model.fit_seconds.mean if model.fit_seconds else None,
        Cost.PREDICT: model.predict_seconds_per_image,
        Cost.LATENCY: model.latency_median_seconds,
        Cost.SIZE: model.model_size_bytes,
        Cost.MEMORY: model.peak_memory_bytes,
    }[kind]


@dataclass(frozen=True)
class Standing:
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

    kind: Cost
    limit: float
    figure: float | None

    @property
    def ratio(self) -> float:
        """The cost divided by the limit; infinite if it was not measured."""
        return inf if self.figure is None else self.figure / self.limit


def standings(
    models: Iterable[ModelSummary], kinds: Sequence[Cost] = tuple(Cost)
) -> tuple[Standing, ...]:
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
        Standing(
            model,
            tuple(
                other
                for other, theirs in zip(scored, burdens, strict=True)
                if theirs != ours and all(t <= o for t, o in zip(theirs, ours, strict=True))
            ),
        )
        for model, ours in zip(scored, burdens, strict=True)
    )


def excesses(model: ModelSummary, limits: Mapping[Cost, float]) -> tuple[Excess, ...]:
    """Return the limits that a model does not keep; one it cannot be shown to keep is one.

    Args:
        model: the model.
        limits: the most that each cost may be, in seconds or bytes.
    """
    found = (Excess(kind, limit, cost(model, kind)) for kind, limit in limits.items())
    return tuple(excess for excess in found if excess.ratio > 1)


def _burdens(model: ModelSummary, kinds: Sequence[Cost]) -> tuple[float, ...]:
    """Return the error and the costs of a model: the lower, the better."""
    figures = (cost(model, kind) for kind in kinds)
    error = 1 - model.accuracy.mean if model.accuracy else inf
    return (error, *(inf if figure is None else figure for figure in figures))
