"""What a model predicted, trial by trial and image by image: what every comparison starts from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitbench.analysis.right import Right
from digitbench.analysis.sampling import Matrix, Sampling, Sums, sampling_of
from digitbench.analysis.variance import (
    Counts,
    TrialVariance,
    variance_of_counts,
    variance_over_trials,
)
from digitbench.types import DatasetInfo, Groups, Labels, PlannedModel, RunRecord, TrialResult


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The trials of a model that succeeded, at least one.

    Attributes:
        planned: the model as planned.
        run: id of the run they are from.
        dataset: the data they are of.
        trials: the trials, by number.
        rows: the predictions of each trial, uint8 `(n_images,)`, such as those mapped from a file:
            most figures need no copy of them in memory.
        labels: the right digits, uint8 `(n_images,)`.
        groups: of the images; None where none are known, and each image stands for itself.
        scores: what each image counts in place of right or wrong, such as a mean over several
            conditions, float64 `(n_trials, n_images)`; there are no predictions and labels then.
            None for right or wrong.
    """

    planned: PlannedModel
    run: str
    dataset: DatasetInfo
    trials: tuple[TrialResult, ...]
    rows: Sequence[Labels] | NDArray[np.uint8]
    labels: Labels
    groups: Groups | None = None
    scores: NDArray[np.float64] | None = None

    @property
    def label(self) -> str:
        """The model's label."""
        return self.planned.label

    @cached_property
    def predictions(self) -> NDArray[np.uint8]:
        """All predictions, uint8 `(n_trials, n_images)`."""
        return np.reshape(self.rows, (len(self.trials), len(self.labels))).astype(
            np.uint8, copy=False
        )

    @cached_property
    def right(self) -> Right:
        """Which predictions are right, a bit each."""
        return Right.of(self.rows, self.labels)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Which predictions are right, bool `(n_trials, n_images)`; made anew with every call."""
        return self.right.matrix()

    @property
    def matrix(self) -> Matrix:
        """What each image counts in each trial: its score, or whether it is right."""
        return self.correct if self.scores is None else self.scores

    @property
    def images(self) -> int:
        """How many images there are."""
        return len(self.labels) if self.scores is None else int(self.scores.shape[1])

    @cached_property
    def image_accuracy(self) -> NDArray[np.float64]:
        """In what fraction of the trials each image is right, `(n_images,)`."""
        if self.scores is None:
            return self.right.of_images / len(self.trials)
        means: NDArray[np.float64] = self.scores.mean(axis=0)
        return means

    @cached_property
    def accuracies(self) -> NDArray[np.float64]:
        """The accuracy of each trial, a fraction, `(n_trials,)`."""
        if self.scores is None:
            return self.right.of_trials / self.images
        means: NDArray[np.float64] = self.scores.mean(axis=1)
        return means

    @cached_property
    def accuracy(self) -> float:
        """The mean accuracy, a fraction."""
        return float(self.accuracies.mean())

    @cached_property
    def variance(self) -> TrialVariance:
        """What the trials say of the mean's variance."""
        if self.scores is not None:
            return variance_over_trials(self.scores, self.sampling, self.group_right)
        groups = None if self.sampling.is_plain else self.group_right
        return variance_of_counts(self.counts, self.sampling, groups)

    @cached_property
    def counts(self) -> Counts:
        """How many predictions are right; of scores there are none."""
        of_trials = self.right.of_trials
        return Counts(of_trials, self.right.of_images, int(of_trials.sum()))

    @cached_property
    def sampling(self) -> Sampling:
        """How the test images were drawn: by their groups, or one by one."""
        return sampling_of(self.groups, self.images)

    @cached_property
    def group_right(self) -> Sums:
        """How many images of each group each trial has right, float64 `(n_trials, n_groups)`."""
        if self.scores is not None:
            return self.sampling.sums(self.scores)
        return np.concatenate([self.sampling.sums(block) for block in self.right.blocks()])

    @cached_property
    def group_totals(self) -> Sums:
        """The same over all trials, float64 `(n_groups,)`."""
        if self.scores is None and self.sampling.one_by_one:
            return self.right.of_images.astype(np.float64)
        totals: Sums = self.group_right.sum(axis=0)
        return totals

    @property
    def training_overlap(self) -> float | None:
        """What share of the training images two trials have in common by resampling.

        None where all trials had all images.
        """
        sample = self.trials[0].spec.training
        return None if sample is None else sample.overlap

    @property
    def exact(self) -> bool:
        """Whether repeating the training would change nothing, so that one trial says it all."""
        return self.planned.deterministic and self.training_overlap is None

    def of_trials(self, numbers: Collection[int]) -> "Outcomes":
        """Return the outcomes of some of the trials, by their numbers; one at least is there."""
        rows = [i for i, trial in enumerate(self.trials) if trial.spec.trial in numbers]
        if len(rows) == len(self.trials):
            return self
        return replace(
            self,
            trials=tuple(self.trials[i] for i in rows),
            rows=[self.rows[i] for i in rows],
            scores=None if self.scores is None else self.scores[rows],
        )

    def of_images(self, chosen: NDArray[np.bool_]) -> "Outcomes":
        """Return the outcomes of some of the images, bool `(n_images,)`; they are no scores."""
        return replace(
            self,
            rows=self.predictions[:, chosen],
            labels=self.labels[chosen],
            groups=None if self.groups is None else self.groups.part(chosen),
        )

    @cached_property
    def randomness(self) -> tuple[object, ...]:
        """What the chance of each trial came from: trials of equal value share it."""
        return tuple((trial.spec.seed, trial.spec.training) for trial in self.trials)


def outcomes(record: RunRecord) -> tuple[Outcomes, ...]:
    """Return the outcomes of each model of a run that has a trial which succeeded, by plan.

    Args:
        record: a run, read with its predictions.

    Raises:
        ValueError: the record has no test labels or no predictions.
    """
    if record.test_labels is None:
        raise ValueError(f"{record.id} was read without its test labels")
    found = []
    for planned in record.plan.models:
        trials = sorted(
            (r for r in record.results if r.spec.model == planned.label and r.status == "ok"),
            key=lambda result: result.spec.trial,
        )
        if trials:
            found.append(
                Outcomes(
                    planned,
                    record.id,
                    record.plan.dataset,
                    tuple(trials),
                    _rows(trials),
                    record.test_labels,
                    record.test_groups,
                )
            )
    return tuple(found)


def with_groups_of_any(models: Sequence[Outcomes]) -> list[Outcomes]:
    """Return models of the same images, all with their groups if one of them has them.

    A run that was stored before its data set told of groups has none.
    """
    groups = next((model.groups for model in models if model.groups is not None), None)
    return [
        model if groups is None or model.groups is not None else replace(model, groups=groups)
        for model in models
    ]


def _rows(trials: Sequence[TrialResult]) -> list[Labels]:
    rows = []
    for trial in trials:
        if trial.predictions is None:
            raise ValueError(f"{trial.spec.model}, trial {trial.spec.trial}: no predictions")
        rows.append(trial.predictions)
    return rows
