"""The plot of accuracies: a dot for each trial, and the two intervals of each mean, apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from digitbench.report import formatting
from digitbench.report.page.models import Model
from digitbench.report.page.scales import Scale, accuracies

_CROWDED = 8
"""From so many trials on, dots are put on several levels."""
_LEVELS = (0.0, 3.0, -3.0)


@dataclass(frozen=True)
class Dot:
    """A trial: where it lies in percent of the axis and pixels off the row's middle; its words."""

    at: float
    off: float
    words: str


@dataclass(frozen=True, eq=False)
class TrialsRow:
    """A model's row.

    Attributes:
        model: the model.
        mean: where the mean lies, in percent of the axis; the others likewise.
        seeds: ends of the interval over seeds; None if there is none.
        total: ends of the interval for new writers or new digits; None if there is none.
        dots: the trials.
        words: the row in words; the others named so, each mark in words.
    """

    model: Model
    mean: float
    seeds: tuple[float, float] | None
    total: tuple[float, float] | None
    dots: tuple[Dot, ...]
    words: str
    mean_words: str
    seeds_words: str
    total_words: str


@dataclass(frozen=True, eq=False)
class TrialsPlot:
    """The plot: its axis and rows."""

    scale: Scale
    rows: tuple[TrialsRow, ...]


def trials_plot(models: Sequence[Model]) -> TrialsPlot:
    """Return the plot of the models that have a trial which succeeded, at least one."""
    shown = [model for model in models if model.ranked]
    values: list[float] = []
    for model in shown:
        found = model.succeeded.uncertainty
        values += model.succeeded.outcomes.accuracies.tolist()
        values += [*(found.interval or ()), *(found.seed_interval or ())]
    held = [min(1.0, max(0.0, value)) for value in values]
    scale = accuracies(held, n_images=len(shown[0].succeeded.outcomes.labels))
    return TrialsPlot(scale, tuple(_row(model, scale) for model in shown))


def _row(model: Model, scale: Scale) -> TrialsRow:
    found, outcomes = model.succeeded.uncertainty, model.succeeded.outcomes
    values = outcomes.accuracies.tolist()
    levels = _LEVELS if len(values) >= _CROWDED else _LEVELS[:1]
    dots = tuple(
        Dot(
            scale.at(value),
            levels[i % len(levels)],
            f"trial {outcomes.trials[trial].spec.trial}: {formatting.percent(value)} %",
        )
        for i, (value, trial) in enumerate(sorted(zip(values, range(len(values)), strict=True)))
    )
    trials = "1 trial" if len(values) == 1 else f"{len(values)} trials"
    words = f"{model.label}: mean {formatting.percent(found.mean)} % of {trials}"
    if len(values) > 1:
        words += f" from {formatting.percent(min(values))} to {formatting.percent(max(values))} %"
    if found.seed_interval:
        words += f"; interval on this test set {formatting.bounds(found.seed_interval)} %"
    if found.interval:
        words += f"; for {found.population} {formatting.bounds(found.interval)} %"
    return TrialsRow(
        model=model,
        mean=scale.at(found.mean),
        seeds=_ends(scale, found.seed_interval),
        total=_ends(scale, found.interval),
        dots=dots,
        words=words,
        mean_words=f"{model.label}: mean {formatting.percent(found.mean)} %",
        seeds_words=f"95 % interval on this test set: {formatting.bounds(found.seed_interval)} %",
        total_words=f"95 % interval for {found.population}: {formatting.bounds(found.interval)} %",
    )


def _ends(scale: Scale, interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if interval is None else (scale.at(interval[0]), scale.at(interval[1]))
