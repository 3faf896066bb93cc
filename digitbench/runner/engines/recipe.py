"""How worker processes, here or on other machines, find the models and images of a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digitbench import __version__
from digitbench.code_hash import model_source_hash
from digitbench.datasets.load import LoadedDataset, default_cache_dir, load_dataset
from digitbench.datasets.quick import quick_part
from digitbench.datasets.test_sets import fingerprint_of
from digitbench.datasets.validation import ValidationRule, hold_out
from digitbench.errors import DigitbenchError, EngineError, one_line
from digitbench.plugins import PluginHost
from digitbench.runner.resolve import find_dataset
from digitbench.runner.set_requests import requests_of_sets
from digitbench.runner.wanted_sets import load_wanted, resolve_test_sets
from digitbench.types import (
    DataContext,
    EngineContext,
    PlannedModel,
    PlannedTestSet,
    PluginSources,
    RunInputs,
    RunPlan,
    TestSet,
    TrialData,
)
from digitbench.types.models import PYTHON_FAMILY


@dataclass(frozen=True)
class Recipe:
    """What another machine must find for its results to belong to the run.

    Attributes:
        version: of digitbench.
        models: the run's models, with the versions and sources of their plugins.
        dataset: the data set's name.
        fingerprint: the data set's fingerprint.
        validation: which training images to hold out, as `--validation` takes it.
        data_dir: where the data set's files are, if the user says so.
        offline: never touch the network.
        quick: take a small part of the data set.
        test_sets: the run's further test sets, without those that could not be loaded.
    """

    version: str
    models: tuple[PlannedModel, ...]
    dataset: str
    fingerprint: str
    validation: int | str
    data_dir: Path | None = None
    offline: bool = False
    quick: bool = False
    test_sets: tuple[PlannedTestSet, ...] = ()

    @classmethod
    def of(cls, plan: RunPlan, data_dir: Path | None, *, offline: bool) -> Self:
        """Return the recipe of a plan."""
        return cls(
            version=__version__,
            models=plan.models,
            dataset=plan.dataset.name,
            fingerprint=plan.dataset.fingerprint,
            validation=plan.dataset.validation_rule or plan.dataset.validation_size,
            data_dir=None if data_dir is None else data_dir.absolute(),
            offline=offline,
            quick=plan.dataset.quick,
            test_sets=tuple(row for row in plan.test_sets if row.error is None),
        )

    def open(self, host: PluginHost) -> TrialData:
        """Check the versions, load the images and check these too.

        Args:
            host: the plugins that were found here.

        Raises:
            EngineError: digitbench, a plugin, the data or a test set differ; the message says how.
            DigitbenchError: the data cannot be had, or are bad.
        """
        if self.version != __version__:
            raise EngineError(f"it has digitbench {__version__} and the run {self.version}")
        for model in self.models:
            _check(model, host)
        context = DataContext(default_cache_dir(), self.data_dir, self.offline)
        loaded = load_dataset(find_dataset(self.dataset, host), context)
        if self.quick:
            loaded = quick_part(loaded)
        if loaded.fingerprint != self.fingerprint:
            raise EngineError(
                f"its data set {self.dataset} has the fingerprint {loaded.fingerprint} where the "
                f"run's has {self.fingerprint}"
            )
        rule = ValidationRule.parse(self.validation)
        train, validation = hold_out(loaded.dataset, rule)
        test_sets = {
            row.label: _test_set(row, loaded, context, host, quick=self.quick)
            for row in self.test_sets
        }
        return TrialData(train, validation, loaded.dataset.test, test_sets)


@dataclass(frozen=True)
class RunConfig:
    """What the worker processes of a run have to know.

    Made by `local` for those of this machine. Made by `remote` it can be pickled and used on other
    machines, whose workers then find the models and images there, and refuse the run if theirs
    differ.

    Attributes:
        data: the images, or how to find them.
        plugins: where to find the models.
        threads: CPU threads per trial.
        timeout_seconds: how long a trial may take, from before `build` to its result; None for no
            limit.
    """

    data: TrialData | Recipe
    plugins: PluginSources
    threads: int
    timeout_seconds: float | None

    @property
    def test_sets(self) -> tuple[str, ...]:
        """The labels of the test sets that every trial predicts."""
        if isinstance(self.data, Recipe):
            return tuple(row.label for row in self.data.test_sets)
        return tuple(self.data.test_sets)

    @classmethod
    def local(cls, inputs: RunInputs, context: EngineContext) -> Self:
        """Return the configuration for workers on this machine."""
        return cls(inputs.data, context.plugins, inputs.plan.threads, context.timeout_seconds)

    @classmethod
    def remote(cls, inputs: RunInputs, context: EngineContext) -> Self:
        """Return the configuration for workers on other machines."""
        recipe = Recipe.of(inputs.plan, context.data_dir, offline=context.offline)
        return cls(recipe, context.plugins, inputs.plan.threads, context.timeout_seconds)


def _test_set(
    planned: PlannedTestSet,
    loaded: LoadedDataset,
    context: DataContext,
    host: PluginHost,
    *,
    quick: bool,
) -> TestSet:
    """Make a test set here and compare it with the planned one.

    Raises:
        EngineError: it cannot be made, or is not the same.
    """
    try:
        (wanted,) = resolve_test_sets(requests_of_sets([planned]), host)
        found = load_wanted(wanted, loaded, context, quick=quick)
    except DigitbenchError as error:
        raise EngineError(f"it cannot have test set {planned.label}: {one_line(error)}") from error
    here = fingerprint_of(found)
    if here != planned.fingerprint:
        raise EngineError(
            f"its test set {planned.label} has the fingerprint {here} where the run's has "
            f"{planned.fingerprint}"
        )
    return found


def _check(planned: PlannedModel, host: PluginHost) -> None:
    """Compare a model found here with the planned one.

    Raises:
        EngineError: it is missing, or is not the same.
    """
    if planned.name.startswith(f"{PYTHON_FAMILY}:"):
        return  # it comes with the run
    offer = host.model(planned.name)
    if offer is None:
        reasons = "; ".join(str(failure) for failure in host.failures)
        raise EngineError(f"it has no model {planned.name}" + (f" ({reasons})" if reasons else ""))
    here = (offer.plugin.distribution, offer.plugin.version)
    if here != (planned.distribution, planned.version):
        raise EngineError(
            f"its model {planned.name} is from {_package(*here)} and the run's from "
            f"{_package(planned.distribution, planned.version)}"
        )
    if planned.source_hash not in {None, model_source_hash(offer.spec)}:
        raise EngineError(f"its source of the model {planned.name} is not that of the run")


def _package(distribution: str | None, version: str | None) -> str:
    return f"{distribution} {version}" if distribution else "a single file"
