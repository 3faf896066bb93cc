"""Turns a request into a plan and the images it runs on."""

from dataclasses import dataclass
from pathlib import Path

from digitbench.datasets.load import LoadedDataset, hold_out
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
        threads: CPU threads per trial; None for every processor available.
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
    threads: int | None = None
    plugin_files: tuple[Path, ...] = ()
    runs_dir: Path = Path("runs")
    offline: bool = False


def make_plan(
    request: RunRequest, models: tuple[PlannedModel, ...], loaded: LoadedDataset, engine: str
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
        threads=request.threads or available_cpus(),
        engine=engine,
    )
    return plan, TrialData(train, validation, dataset.test)
