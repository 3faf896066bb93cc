"""How worker processes, here or on other machines, find the models and images of a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digitbench import __version__
from digitbench.code_hash import model_source_hash
from digitbench.datasets.load import default_cache_dir, load_dataset
from digitbench.datasets.quick import quick_part
from digitbench.datasets.validation import ValidationRule, hold_out
from digitbench.errors import EngineError
from digitbench.plugins import PluginHost
from digitbench.runner.resolve import find_dataset
from digitbench.types import (
    DataContext,
    EngineContext,
    PlannedModel,
    PluginSources,
    RunInputs,
    RunPlan,
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
    """

    version: str
    models: tuple[PlannedModel, ...]
    dataset: str
    fingerprint: str
    validation: int | str
    data_dir: Path | None = None
    offline: bool = False
    quick: bool = False

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
        )

    def open(self, host: PluginHost) -> TrialData:
        """Check the versions, load the images and check these too.

        Args:
            host: the plugins that were found here.

        Raises:
            EngineError: digitbench, a plugin or the data differ; the message says how.
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
        return TrialData(train, validation, loaded.dataset.test)


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

    @classmethod
    def local(cls, inputs: RunInputs, context: EngineContext) -> Self:
        """Return the configuration for workers on this machine."""
        return cls(inputs.data, context.plugins, inputs.plan.threads, context.timeout_seconds)

    @classmethod
    def remote(cls, inputs: RunInputs, context: EngineContext) -> Self:
        """Return the configuration for workers on other machines."""
        recipe = Recipe.of(inputs.plan, context.data_dir, offline=context.offline)
        return cls(recipe, context.plugins, inputs.plan.threads, context.timeout_seconds)


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
