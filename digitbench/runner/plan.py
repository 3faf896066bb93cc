"""Turns a request into a plan and the images it runs on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digitbench.datasets.load import LoadedDataset, hold_out
from digitbench.runner.engines.choice import DEFAULT_ENGINE
from digitbench.runner.trial import TrialData
from digitbench.types import DatasetInfo, PlannedModel, RunPlan, available_cpus


@dataclass(frozen=True)
class RunRequest:
    """What a user asks for.

    Attributes:
        models: as `--models` takes it.
        trials: of each model that is not deterministic.
        dataset: name of the data set; None for the default one.
        data_dir: where its files are, if the user says so.
        validation: training images to hold out, from the end.
        seed: base of every trial's seed.
        engine: where the trials run, by name.
        jobs: how many trials run at a time.
        threads: CPU threads per trial; None for an equal share of the processors available.
        timeout_seconds: how long a trial may take.
        scheduler: address of a cluster's scheduler, for the engine that has one.
        plugin_files: single-file plugins.
        runs_dir: where runs are kept.
        offline: never touch the network.
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
    scheduler: str | None = None
    plugin_files: tuple[Path, ...] = ()
    runs_dir: Path = Path("runs")
    offline: bool = False


def request_again(plan: RunPlan, request: RunRequest, changed: Collection[str]) -> RunRequest:
    """Ask for a plan again: the same, but for what the user says now.

    Args:
        plan: what was done.
        request: what the user says now, and where things are now.
        changed: which attributes of the request the user has given; the others come from the
            plan, if that has them.
    """
    files = {Path(model.plugin) for model in plan.models if model.distribution is None}
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
        "plugin_files": tuple(
            dict.fromkeys((*request.plugin_files, *(f for f in sorted(files) if f.is_file())))
        ),
    }
    return replace(request, **{k: v for k, v in asked.items() if k not in changed})


def make_plan(
    request: RunRequest, models: tuple[PlannedModel, ...], loaded: LoadedDataset
) -> tuple[RunPlan, TrialData]:
    """Return the plan of a run and its images.

    Raises:
        UsageError: there are too few training images to hold so many out.
    """
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
        ),
        trials=request.trials,
        base_seed=request.seed,
        threads=request.threads or max(1, available_cpus() // request.jobs),
        engine=request.engine,
        jobs=request.jobs,
        timeout_seconds=request.timeout_seconds,
    )
    return plan, TrialData(train, validation, dataset.test)
