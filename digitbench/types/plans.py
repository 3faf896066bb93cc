"""What a run will do, down to the single trial."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from digitbench.seeds import training_seed, trial_seed
from digitbench.types.compact import Compact
from digitbench.types.models import PublishedResult
from digitbench.types.plain import Text
from digitbench.types.stored import Stored
from digitbench.types.test_sets import PlannedTestSet

Vary = Literal["seed", "data", "both"]
"""What differs between the trials of a model: the seed, the training images, or both."""

ResamplingMethod = Literal["bootstrap", "subsample"]
"""How training images are drawn: with replacement, or without."""

Keep = Literal["none", "first", "all"]
"""Of which trials the trained classifier is kept: none, the first of each model, or all."""


MOST_TRIALS = 100_000
"""Trials of a model in one run, at most."""


class PlannedModel(Stored):
    """One row of a run: a model with its options.

    Attributes:
        label: the model as it was asked for, in normal form, such as `knn[k=3]`, or what the user
            calls it; unique in a run.
        name: the model's name.
        options: every option with its value, defaults included.
        deterministic: the seed changes nothing.
        plugin: the plugin that offers the model: its entry point's name, or its file.
        distribution: the installed distribution the plugin belongs to; None for a file.
        version: that distribution's version.
        source_hash: SHA-256 of the plugin's source files; None where they cannot be found.
        published: published accuracies of the model.
        alias_of: the model in normal form where the label is the user's own; None where the label
            is that form, and for a Python object.
    """

    label: str
    name: str
    options: dict[str, JsonValue]
    deterministic: bool
    plugin: Text
    distribution: Text | None
    version: Text | None
    source_hash: str | None = None
    published: PublishedResult | None
    alias_of: str | None = None

    def is_called(self, model: str) -> bool:
        """Tell whether this row is of a model, given by name, by label or in normal form."""
        return model in {self.name, self.label, self.alias_of}


class DatasetInfo(Stored):
    """Which data a run used.

    Attributes:
        name: the data set's name.
        source: where the arrays came from.
        fingerprint: SHA-256 of the arrays' content (`digitbench.datasets.fingerprint`).
        canonical: whether they are the published ones; None if that cannot be told.
        train_size, validation_size, test_size: numbers of images; the first excludes the second.
        quick: whether they are a small part of it, for a smoke run, without meaningful results.
        groups: what the groups of images are called, such as `writer`; None if not known.
        validation_rule: which validation images these are, such as `writers:5000`, if they are
            those of whole groups; None for the last ones.
    """

    name: str
    source: Text
    fingerprint: str
    canonical: bool | None
    train_size: int = Field(ge=0)
    validation_size: int = Field(ge=0)
    test_size: int = Field(ge=1)
    quick: bool = False
    groups: str | None = None
    validation_rule: str | None = None


class Resampling(Stored):
    """How each trial's training images are drawn from those of the run.

    Attributes:
        method: `bootstrap` draws with replacement, `subsample` without.
        fraction: how many are drawn, as a fraction of those there are.
        groups: what is drawn as a whole, such as `writers`; None if images are drawn one by one.
        group_counts: how many groups each stratum has; as many times the fraction are drawn from
            each.
    """

    method: ResamplingMethod
    fraction: float = Field(1.0, gt=0, le=1)
    groups: str | None = None
    group_counts: tuple[Annotated[int, Field(ge=2)], ...] = ()

    @model_validator(mode="after")
    def _counted_if_drawn(self) -> Self:
        if (self.groups is None) != (not self.group_counts):
            raise ValueError("groups that are drawn must be counted")
        return self

    def size(self, there: int) -> int:
        """Return how many images, or groups of a stratum, are drawn from so many."""
        return round(self.fraction * there)

    @property
    def overlap(self) -> float:
        """What share of their training images two trials have in common, as the statistics need it.

        Subsamples of a fraction f overlap in f of their images. Bootstraps act like f = 1/2: the
        mean of all of them varies over fresh training sets as much as each does around it (Efron
        1979). The same holds of groups, only that they may be few: then the number drawn is not
        quite the fraction of k, and bootstraps of k groups scatter by (k - 1)/k of what fresh
        ones do, so that they act like f = k/(2k - 1). Of several strata the largest value is
        taken, which makes intervals wide rather than narrow.
        """
        if self.method == "bootstrap":
            return max((k / (2 * k - 1) for k in self.group_counts), default=0.5)
        return max((self.size(k) / k for k in self.group_counts), default=self.fraction)


class TrainingSample(Resampling):
    """The training images of one trial: how they are drawn, and the seed that decides which.

    Attributes:
        seed: of the drawing (`digitbench.seeds.training_seed`).
    """

    seed: int


class SequentialDesign(Stored):
    """How a run that goes on until a comparison is settled was laid out, before it began.

    Attributes:
        pair: labels of the two models that are compared; None for every pair of the run.
        looks: numbers of trials after which the figures are judged; the last is the most there
            will be.
        budget_seconds: wall time that the run may take; None for as long as it wants.
    """

    pair: tuple[str, str] | None
    looks: tuple[int, ...] = Field(min_length=1)
    budget_seconds: float | None = Field(None, gt=0)


class TrialSpec(Stored):
    """One trial: everything that decides its outcome, apart from the machine.

    Attributes:
        model: the label of the planned model.
        name: the model's name.
        options: every option with its value.
        trial: the trial's number, counted from 1.
        seed: its seed (`digitbench.seeds.trial_seed`).
        threads: CPU threads it may use.
        training: which of the training images it gets; None for all of them.
        keep: whether its trained classifier is wanted; set for the engine, and no part of what is
            stored.
    """

    model: str
    name: str
    options: dict[str, JsonValue]
    trial: int = Field(ge=1)
    seed: int
    threads: int = Field(ge=1)
    training: TrainingSample | None = None
    keep: Annotated[bool, Field(exclude=True, repr=False)] = False


class RunPlan(Stored):
    """What a run will do.

    Attributes:
        models: the rows, in the order asked for.
        dataset: the data.
        trials: trials of each model that is not run once (`runs_once`).
        base_seed: the seed all trial seeds are made from.
        threads: CPU threads per trial.
        engine: where the trials run.
        jobs: how many trials run at a time.
        timeout_seconds: how long a trial may take; None for as long as it wants.
        vary: what differs between the trials of a model.
        resampling: how each trial's training images are drawn; None if it gets all of them.
        sequential: how it was laid out, if it goes on until a comparison is settled; `trials`
            is then the number so far.
        plugin_files: the single-file plugins that were loaded, as absolute paths.
        data_dir: the data directory that was named, as an absolute path; None if none was.
        keep: of which trials the trained classifier is kept, where it can be.
        test_sets: the further images that each trained classifier predicts.
    """

    models: tuple[PlannedModel, ...]
    dataset: DatasetInfo
    trials: int = Field(ge=1, le=MOST_TRIALS)
    base_seed: int
    threads: int = Field(ge=1)
    engine: str
    jobs: int = Field(1, ge=1)
    timeout_seconds: float | None = Field(None, gt=0)
    vary: Vary = "seed"
    resampling: Resampling | None = None
    sequential: SequentialDesign | None = None
    plugin_files: tuple[str, ...] = ()
    data_dir: str | None = None
    keep: Keep = "none"
    test_sets: tuple[PlannedTestSet, ...] = ()

    @model_validator(mode="after")
    def _resampled_where_data_vary(self) -> Self:
        if (self.vary == "seed") != (self.resampling is None):
            raise ValueError("training images are resampled if, and only if, data are to vary")
        return self

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        labels = [model.label for model in self.models]
        if len(set(labels)) < len(labels):
            raise ValueError("two models have the same label")
        sets = [test_set.label for test_set in self.test_sets]
        if len(set(sets)) < len(sets):
            raise ValueError("two test sets have the same label")
        return self

    @property
    def training_size(self) -> int:
        """How many images each trial is trained on; about so many where groups are drawn."""
        images = self.dataset.train_size
        return images if self.resampling is None else self.resampling.size(images)

    @property
    def further_images(self) -> int:
        """How many images of further test sets each trial predicts."""
        return sum(test_set.size for test_set in self.test_sets)

    def runs_once(self, model: PlannedModel) -> bool:
        """Tell whether nothing that varies changes a model, so that one trial says it all."""
        return model.deterministic and self.vary == "seed"

    def trials_of(self, model: PlannedModel) -> int:
        """Return how many trials a model gets."""
        return 1 if self.runs_once(model) else self.trials

    def keeps(self, spec: TrialSpec) -> bool:
        """Tell whether the trained classifier of a trial is to be kept."""
        return self.keep == "all" or (self.keep == "first" and spec.trial == 1)

    @property
    def trial_count(self) -> int:
        """How many trials there are to be."""
        return sum(self.trials_of(model) for model in self.models)

    def trial_specs(self) -> tuple[TrialSpec, ...]:
        """Return the trials in interleaved order: trial 1 of every model, then trial 2 ...

        Slow drifts of the machine (heat, other users) then fall on all models alike. The trials of
        a model differ in their numbers and seeds, and share all else.
        """
        compact = Compact(TrialSpec)
        firsts = [(self._first_trial(model), self.trials_of(model)) for model in self.models]
        return tuple(
            compact.copy(first, **chance)
            for trial in range(1, self.trials + 1)
            for chance in [self._chance(trial)]
            for first, trials in firsts
            if trial <= trials
        )

    def _first_trial(self, model: PlannedModel) -> TrialSpec:
        return TrialSpec(
            model=model.label,
            name=model.name,
            options=model.options,
            threads=self.threads,
            **self._chance(1),
        )

    def _chance(self, trial: int) -> dict[str, Any]:
        """Return what differs between the trials of a model, by field of `TrialSpec`."""
        seed = trial_seed(self.base_seed, 1 if self.vary == "data" else trial)
        return {"trial": trial, "seed": seed, "training": self._training_sample(trial)}

    def _training_sample(self, trial: int) -> TrainingSample | None:
        if self.resampling is None:
            return None
        seed = training_seed(self.base_seed, trial)
        return TrainingSample(seed=seed, **self.resampling.model_dump())
