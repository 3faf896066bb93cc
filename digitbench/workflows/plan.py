"""Turns a request into a plan and the images it runs on."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from digitbench.analysis.sequential import looks
from digitbench.datasets.load import LoadedDataset
from digitbench.datasets.validation import ValidationRule, hold_out, test_shares
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.processors import available_cpus, threads_each
from digitbench.runner.machine import free_memory_bytes
from digitbench.runner.model_requests import ALL_MODELS, parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.sampling import resampling
from digitbench.types import (
    DatasetInfo,
    PlannedModel,
    RunPlan,
    SequentialDesign,
    TrialData,
)
from digitbench.workflows.request import RunRequest

_BYTES_OF_A_TRIAL = 1 << 30
"""What a worker may take: with TensorFlow and MNIST it is some 0.8 GiB."""

_MIX_TOLERANCE = 0.05
"""How much larger a stratum's share may be than in the test set before it is worth a warning."""


def jobs_of(request: RunRequest, models: Sequence[PlannedModel], trials: int) -> int:
    """Return how many trials are to run at a time.

    For `auto` as many as processors, trials and memory allow. A trial with half of the threads
    takes less than twice as long, because fewer threads wait for each other.

    Args:
        request: what was asked for.
        models: its models.
        trials: how many there are to be of each that the seed changes.
    """
    if request.jobs != "auto":
        return request.jobs
    once = request.vary == "seed"
    there = sum(1 if once and model.deterministic else trials for model in models)
    room = free_memory_bytes() // _BYTES_OF_A_TRIAL
    return max(1, min(available_cpus() // (request.threads or 1), there, room))


def make_plan(
    request: RunRequest,
    models: tuple[PlannedModel, ...],
    loaded: LoadedDataset,
    sequential: SequentialDesign | None = None,
    trials: int | None = None,
) -> tuple[RunPlan, TrialData]:
    """Return the plan of a run and its images.

    Args:
        request: what was asked for.
        models: its models.
        loaded: its data set.
        sequential: its design, if it goes on until a comparison is settled.
        trials: how many there are to be of each model; by default as many as asked for.

    Raises:
        UsageError: there are too few training images to hold so many out, or to draw from.
    """
    dataset, rule = loaded.dataset, ValidationRule.parse(request.validation)
    trials = request.trials if trials is None else trials
    jobs = jobs_of(request, models, trials)
    train, validation = hold_out(dataset, rule)
    plan = RunPlan(
        models=models,
        dataset=_dataset_info(loaded, len(train), rule, quick=request.quick),
        trials=trials,
        base_seed=request.seed,
        threads=request.threads or threads_each(jobs),
        engine=request.engine,
        jobs=jobs,
        timeout_seconds=request.timeout_seconds,
        vary=request.vary,
        resampling=resampling(dataset, train, request.vary, request.resample, request.fraction),
        sequential=sequential,
        plugin_files=tuple(str(file.absolute()) for file in request.plugin_files),
        data_dir=None if request.data_dir is None else str(request.data_dir.absolute()),
        keep=request.keep or ("none" if request.quick else "first"),
    )
    return plan, TrialData(train, validation, dataset.test)


def sequential_design(
    request: RunRequest, models: Sequence[PlannedModel], host: PluginHost
) -> SequentialDesign | None:
    """Return the design that was asked for; None if the number of trials is fixed.

    Args:
        request: what was asked for.
        models: the run's.
        host: the plugins, for the names of the two models to compare.

    Raises:
        UsageError: there are not two models to compare, or they are not among the run's.
    """
    if request.until_decided is None:
        return None
    if len(models) == 1:
        raise UsageError(
            f"--until-decided compares models, and there is only {models[0].label}: name two or "
            "more with --models"
        )
    return SequentialDesign(
        pair=_pair(request.until_decided, models, host),
        looks=looks(request.max_trials),
        budget_seconds=request.budget_seconds,
    )


def mixing(data: TrialData) -> str | None:
    """Say in what validation images, held out one by one, are easier to get right than others.

    Args:
        data: the images of a run.

    Returns:
        One line; None if there are none, or nothing is known against them.
    """
    known = data.train.groups
    if data.validation is None or known is None or data.validation.groups is None:
        return None
    size, groups, faults = len(data.validation), data.validation.groups, []
    shared = int(np.isin(groups.numbers, known.numbers).sum())
    if shared:
        faults.append(f"{shared:,} are of {groups.plural} that are trained on too")
    shares = np.bincount(groups.strata, minlength=len(groups.stratum_names)) / size
    due = test_shares(known, data.test.groups)
    most = int(np.argmax(shares - due))
    if shares[most] - due[most] > _MIX_TOLERANCE:
        here, there = (f"{100 * share:.0f} %" for share in (shares[most], due[most]))
        faults.append(f"{here} are of {groups.stratum_names[most]}, {there} in the test set")
    if not faults:
        return None
    return (
        f"of the {size:,} validation images {', and '.join(faults)}, so they can look easier than "
        f"new ones: --validation {groups.plural}:{size} holds out whole {groups.plural}"
    )


def _dataset_info(
    loaded: LoadedDataset, train_size: int, rule: ValidationRule, *, quick: bool
) -> DatasetInfo:
    dataset = loaded.dataset
    train, test = dataset.train.groups, dataset.test.groups
    held_out = None
    if rule.groups is not None and train is not None:
        held_out = str(replace(rule, groups=train.plural))
    return DatasetInfo(
        name=dataset.name,
        source=dataset.source,
        fingerprint=loaded.fingerprint,
        canonical=loaded.canonical,
        train_size=train_size,
        validation_size=len(dataset.train) - train_size,
        test_size=len(dataset.test),
        quick=quick,
        groups=None if test is None else test.name,
        validation_rule=held_out,
    )


def _pair(text: str, models: Sequence[PlannedModel], host: PluginHost) -> tuple[str, str] | None:
    """Return the labels that the two models to compare have in the run; None for all pairs."""
    if text == ALL_MODELS:
        return None
    labels = [model.label for model in models]
    for first, second in permutations(labels, 2):
        if text == f"{first},{second}":  # labels of Python's, which may have commas themselves
            return first, second
    named = parse_models(text, "--until-decided")
    if len(named) != 2:  # noqa: PLR2004
        raise UsageError(
            f"--until-decided takes two models, such as cnn,svm: not '{text}'; models to run "
            "stand before it"
        )
    first, second = (
        request.called
        if request.called in labels
        else _label_in_run(resolve_models([request], host)[0], models)
        for request in named
    )
    if first == second:
        raise UsageError(f"--until-decided names one model twice: {first}; name two")
    return first, second


def _label_in_run(named: PlannedModel, models: Sequence[PlannedModel]) -> str:
    for model in models:
        if (model.name, model.options) == (named.name, named.options):
            return model.label
    raise UsageError(
        f"{named.label}, which --until-decided names, is not run: add it to --models, which has "
        f"{', '.join(model.label for model in models)}"
    )
