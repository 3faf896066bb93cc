"""A run compared with the paper's experiments: each recipe beside the published trials."""

from dataclasses import dataclass
from statistics import median

from digitbench.analysis.difference import (
    MeanDifference,
    ReproductionVerdict,
    mean_difference,
    verdict,
)
from digitbench.analysis.paper import Experiment, Paper
from digitbench.analysis.summary import FRACTION, ModelSummary, Spread, spread, summarise
from digitbench.types import PublishedResult, RunRecord

MARGIN_STDS = 2
"""The margin within which a mean is the same result, in the published trials' sample std."""


@dataclass(frozen=True)
class RecipeResult:
    """One of our recipes beside the published trials.

    Attributes:
        summary: its trials, mean and spread.
        difference: our mean less the published one; None if no trial succeeded.
        verdict: what that means.
        fit_seconds_median: over the trials that succeeded; None if none did.
    """

    summary: ModelSummary
    difference: MeanDifference | None
    verdict: ReproductionVerdict
    fit_seconds_median: float | None

    def accuracy_of(self, trial: int) -> float | None:
        """Return the accuracy of a trial; None if it failed or was not run."""
        found = (t.accuracy for t in self.summary.trials if t.spec.trial == trial)
        return next(found, None)


@dataclass(frozen=True)
class ExperimentResult:
    """One experiment of the paper and our repetitions of it.

    Attributes:
        experiment: which.
        published: the published trials.
        accuracy: their mean and spread, fractions.
        margin: the largest difference of means that counts as the same result; None for a
            single published trial.
        recipes: ours, in the experiment's order.
    """

    experiment: Experiment
    published: PublishedResult
    accuracy: Spread
    margin: float | None
    recipes: tuple[RecipeResult, ...]

    @property
    def trials(self) -> int:
        """The highest number of a trial, theirs or ours."""
        ours = (recipe.summary.trials_planned for recipe in self.recipes)
        return max(len(self.published.accuracies), *ours)


def reproduce(record: RunRecord, paper: Paper) -> tuple[ExperimentResult, ...]:
    """Hold a run against the paper.

    Args:
        record: a run of the paper's models, read with its predictions, for which
            `digitbench.workflows.reproduce.check_comparable` found nothing amiss.
        paper: the experiments.
    """
    rows = {summary.planned.label: summary for summary in summarise(record)}
    return tuple(_experiment(experiment, rows) for experiment in paper.experiments)


def _experiment(experiment: Experiment, rows: dict[str, ModelSummary]) -> ExperimentResult:
    labels = (*experiment.models, *experiment.best)
    found = [rows[label] for label in labels if label in rows]
    published = found[0].published
    if published is None:
        raise ValueError(f"nothing published for {found[0].planned.label}: see check_comparable")
    accuracy = spread(published.accuracies, within=FRACTION)
    margin = None if accuracy.std is None else MARGIN_STDS * accuracy.std
    recipes = tuple(_recipe(row, published, margin) for row in found)
    return ExperimentResult(experiment, published, accuracy, margin, recipes)


def _recipe(row: ModelSummary, published: PublishedResult, margin: float | None) -> RecipeResult:
    accuracies = [trial.accuracy for trial in row.succeeded if trial.accuracy is not None]
    fits = [trial.fit_seconds for trial in row.succeeded if trial.fit_seconds is not None]
    difference = None
    if accuracies:
        exact = row.planned.deterministic
        difference = mean_difference(accuracies, published.accuracies, exact=exact)
    return RecipeResult(
        summary=row,
        difference=difference,
        verdict=verdict(difference, margin),
        fit_seconds_median=median(fits) if fits else None,
    )
