"""Turns a request into a plan and the images it runs on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digitbench.datasets.load import LoadedDataset, hold_out
from digitbench.errors import UsageError
from digitbench.runner.engines.choice import DEFAULT_ENGINE
from digitbench.runner.recall import data_dir_of, plugin_files_of
from digitbench.runner.selection import ALL_MODELS
from digitbench.runner.trial import TrialData
from digitbench.types import (
    DatasetInfo,
    PlannedModel,
    Resampling,
    ResamplingMethod,
    RunPlan,
    SequentialDesign,
    Vary,
    available_cpus,
)

SUBSAMPLE_FRACTION = 0.5


@dataclass(frozen=True)
class RunRequest:
    """What a user asks for.

    Attributes:
        models: as `--models` takes it.
        trials: of each model that is not run once.
        dataset: name of the data set; None for the default one.
        data_dir: where its files are, if the user says so.
        validation: training images to hold out, from the end.
        seed: base of every trial's seed.
        engine: where the trials run, by name.
        jobs: how many trials run at a time.
        threads: CPU threads per trial; None for an equal share of the processors available.
        timeout_seconds: how long a trial may take.
        vary: what differs between the trials of a model.
        resample: how each trial's training images are drawn; None for the default way.
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
    validation: int = 0
    seed: int = 0
    engine: str = DEFAULT_ENGINE
    jobs: int = 1
    threads: int | None = None
    timeout_seconds: float | None = None
    vary: Vary = "seed"
    resample: ResamplingMethod | None = None
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
        "validation": plan.dataset.validation_size,
        "seed": plan.base_seed,
        "engine": plan.engine,
        "jobs": plan.jobs,
        "threads": plan.threads,
        "timeout_seconds": plan.timeout_seconds,
        "vary": plan.vary,
        "resample": plan.resampling.method if plan.resampling else None,
        "fraction": _fraction(plan.resampling),
        **_sequential(plan.sequential),
        "quick": plan.dataset.quick,
        "plugin_files": plugin_files_of(plan, request.plugin_files).present,
        "data_dir": data_dir_of(plan, request.data_dir),
    }
    return replace(request, **{k: v for k, v in asked.items() if k not in changed})


def resampling(request: RunRequest) -> Resampling | None:
    """Return how each trial's training images are to be drawn; None if it gets all of them.

    Raises:
        UsageError: what is asked for does not go together.
    """
    if request.vary == "seed":
        if request.resample is not None:
            raise UsageError("--resample draws training images anew: add --vary data or both")
        if request.fraction is not None:
            raise UsageError("--fraction is for --vary data or both with --resample subsample")
        return None
    if request.resample != "subsample":
        if request.fraction is not None:
            raise UsageError("--fraction is for subsamples: add --resample subsample")
        return Resampling(method="bootstrap")
    fraction = SUBSAMPLE_FRACTION if request.fraction is None else request.fraction
    if not 0 < fraction < 1:
        raise UsageError(f"--fraction {fraction:g} is not between 0 and 1: name a part, as 0.5")
    return Resampling(method="subsample", fraction=fraction)


def _sequential(design: SequentialDesign | None) -> dict[str, Any]:
    """Return what a request says of a design."""
    if design is None:
        return {"until_decided": None, "looks": (), "budget_seconds": None}
    return {
        "until_decided": ALL_MODELS if design.pair is None else ",".join(design.pair),
        "looks": design.looks,
        "budget_seconds": design.budget_seconds,
    }


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
    dataset = loaded.dataset
    train, validation = hold_out(dataset.train, request.validation)
    plan = RunPlan(
        models=models,
        dataset=DatasetInfo(
            name=dataset.name,
            source=dataset.source,
            fingerprint=loaded.fingerprint,
            canonical=loaded.canonical,
            train_size=len(train),
            validation_size=request.validation,
            test_size=len(dataset.test),
            quick=request.quick,
        ),
        trials=request.trials,
        base_seed=request.seed,
        threads=request.threads or max(1, available_cpus() // request.jobs),
        engine=request.engine,
        jobs=request.jobs,
        timeout_seconds=request.timeout_seconds,
        vary=request.vary,
        resampling=resampling(request),
        sequential=sequential,
        plugin_files=tuple(str(file.absolute()) for file in request.plugin_files),
        data_dir=None if request.data_dir is None else str(request.data_dir.absolute()),
    )
    if plan.training_size == 0:
        raise UsageError(f"--fraction {request.fraction:g} of {len(train):,} images is none")
    return plan, TrialData(train, validation, dataset.test)
