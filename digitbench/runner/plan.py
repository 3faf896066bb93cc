"""Turns a request into a plan and the images it runs on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from digitbench.datasets.load import LoadedDataset
from digitbench.datasets.validation import ValidationRule, hold_out, test_shares
from digitbench.errors import UsageError
from digitbench.runner.engines.choice import DEFAULT_ENGINE
from digitbench.runner.recall import data_dir_of, plugin_files_of
from digitbench.runner.sampling import drawing_method, resampling
from digitbench.runner.selection import ALL_MODELS
from digitbench.types import (
    MOST_TRIALS,
    DatasetInfo,
    PlannedModel,
    Resampling,
    RunPlan,
    SequentialDesign,
    TrialData,
    Vary,
    available_cpus,
)

_MIX_TOLERANCE = 0.05
"""How much larger a stratum's share may be than in the test set before it is worth a warning."""


@dataclass(frozen=True)
class RunRequest:
    """What a user asks for.

    Attributes:
        models: as `--models` takes it.
        trials: of each model that is not run once.
        dataset: name of the data set; None for the default one.
        data_dir: where its files are, if the user says so.
        validation: which training images to hold out, as `--validation` takes it: so many from the
            end, or those of whole groups, such as `writers:5000`.
        seed: base of every trial's seed.
        engine: where the trials run, by name.
        jobs: how many trials run at a time.
        threads: CPU threads per trial; None for an equal share of the processors available.
        timeout_seconds: how long a trial may take.
        vary: what differs between the trials of a model.
        resample: how each trial's training images are drawn: `bootstrap`, `subsample`, or whole
            groups, by their name; None for the default way.
        fraction: how many of them a subsample has; None for the default.
        until_decided: the two models, as `models`, whose comparison is to be settled, or `all`
            for every pair; None for a fixed number of trials.
        looks: numbers of trials after which that is judged; `trials` is one of them.
        budget_seconds: wall time it may take; None for as long as it wants.
        scheduler: address of a cluster's scheduler, for the engine that has one.
        plugin_files: single-file plugins.
        runs_dir: where runs are kept.
        offline: never touch the network.
        quick: a smoke run: one trial on a small part of the data set, by default of the bundled
            one.
    """

    models: str = "all"
    trials: int = 5
    dataset: str | None = None
    data_dir: Path | None = None
    validation: int | str = 0
    seed: int = 0
    engine: str = DEFAULT_ENGINE
    jobs: int = 1
    threads: int | None = None
    timeout_seconds: float | None = None
    vary: Vary = "seed"
    resample: str | None = None
    fraction: float | None = None
    until_decided: str | None = None
    looks: tuple[int, ...] = ()
    budget_seconds: float | None = None
    scheduler: str | None = None
    plugin_files: tuple[Path, ...] = ()
    runs_dir: Path = Path("runs")
    offline: bool = False
    quick: bool = False


def quick_request(request: RunRequest) -> RunRequest:
    """Return the smoke run of the same models."""
    return replace(
        request, quick=True, trials=1, validation=0, vary="seed", resample=None, fraction=None
    )


def request_again(plan: RunPlan, request: RunRequest, changed: Collection[str]) -> RunRequest:
    """Ask for a plan again: the same, but for what the user says now.

    Args:
        plan: what was done.
        request: what the user says now, and where things are now.
        changed: which attributes of the request the user has given; the others come from the
            plan, if that has them.
    """
    if "vary" in changed and request.vary != plan.vary:  # what went with it goes with it
        changed = {*changed, "resample", "fraction"}
    elif "resample" in changed:
        changed = {*changed, "fraction"}
    asked: dict[str, Any] = {
        "models": ",".join(model.label for model in plan.models),
        "trials": plan.trials,
        "dataset": plan.dataset.name,
        "validation": plan.dataset.validation_rule or plan.dataset.validation_size,
        "seed": plan.base_seed,
        "engine": plan.engine,
        "jobs": plan.jobs,
        "threads": plan.threads,
        "timeout_seconds": plan.timeout_seconds,
        "vary": plan.vary,
        "resample": _resample(plan.resampling),
        "fraction": _fraction(plan.resampling),
        **_sequential(plan.sequential),
        "quick": plan.dataset.quick,
        "plugin_files": plugin_files_of(plan, request.plugin_files).present,
        "data_dir": data_dir_of(plan, request.data_dir),
    }
    return replace(request, **{k: v for k, v in asked.items() if k not in changed})


def check_request(request: RunRequest) -> None:
    """Refuse what cannot be, before anything is fetched or loaded for it.

    Raises:
        UsageError: options are wrong or do not go together.
    """
    ValidationRule.parse(request.validation)
    drawing_method(request.vary, request.resample, request.fraction)


def _sequential(design: SequentialDesign | None) -> dict[str, Any]:
    """Return what a request says of a design."""
    if design is None:
        return {"until_decided": None, "looks": (), "budget_seconds": None}
    return {
        "until_decided": ALL_MODELS if design.pair is None else ",".join(design.pair),
        "looks": design.looks,
        "budget_seconds": design.budget_seconds,
    }


def _resample(drawn: Resampling | None) -> str | None:
    """Return what `--resample` says."""
    return None if drawn is None else drawn.groups or drawn.method


def _fraction(drawn: Resampling | None) -> float | None:
    """Return what `--fraction` says."""
    return drawn.fraction if drawn is not None and drawn.method == "subsample" else None


def make_plan(
    request: RunRequest,
    models: tuple[PlannedModel, ...],
    loaded: LoadedDataset,
    sequential: SequentialDesign | None = None,
) -> tuple[RunPlan, TrialData]:
    """Return the plan of a run and its images.

    Args:
        request: what was asked for.
        models: its models.
        loaded: its data set.
        sequential: its design, if it goes on until a comparison is settled.

    Raises:
        UsageError: there are too few training images to hold so many out, or to draw from; or
            what is asked for does not go together.
    """
    if request.quick and request.trials != 1:
        raise UsageError("a smoke run (--quick) has one trial of each model: leave out --trials")
    if max(request.trials, *request.looks, 1) > MOST_TRIALS:
        raise UsageError(f"a model has at most {MOST_TRIALS:,} trials in a run: ask for fewer")
    if request.timeout_seconds is not None and not isfinite(request.timeout_seconds):
        raise UsageError("--timeout must be a finite number: leave it out for no limit")
    dataset, rule = loaded.dataset, ValidationRule.parse(request.validation)
    train, validation = hold_out(dataset, rule)
    plan = RunPlan(
        models=models,
        dataset=_dataset_info(loaded, len(train), rule, quick=request.quick),
        trials=request.trials,
        base_seed=request.seed,
        threads=request.threads or max(1, available_cpus() // request.jobs),
        engine=request.engine,
        jobs=request.jobs,
        timeout_seconds=request.timeout_seconds,
        vary=request.vary,
        resampling=resampling(dataset, train, request.vary, request.resample, request.fraction),
        sequential=sequential,
        plugin_files=tuple(str(file.absolute()) for file in request.plugin_files),
        data_dir=None if request.data_dir is None else str(request.data_dir.absolute()),
    )
    return plan, TrialData(train, validation, dataset.test)


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
