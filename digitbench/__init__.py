"""digitbench compares digit classifiers: repeated trials, honest tables, plugins for the models.

The names below are the public ones: what a plugin may import. They are loaded when first used,
so that `digitbench --help` does not wait for numpy and pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from digitbench.deskew import deskewed
    from digitbench.errors import (
        ContractError,
        DatasetError,
        DatasetUnavailableError,
        DigitbenchError,
        EngineError,
        ExportError,
        StoreError,
        UsageError,
    )
    from digitbench.estimators import (
        TrialArguments,
        constructor_defaults,
        required_arguments,
        trial_arguments,
    )
    from digitbench.frameworks import load_tensorflow
    from digitbench.runner.engines.pool import WorkerPool
    from digitbench.runner.engines.recipe import RunConfig
    from digitbench.runner.trial import run_trial
    from digitbench.store import read_results
    from digitbench.types import (
        AnyValue,
        BuildContext,
        Classifier,
        DataContext,
        Dataset,
        DatasetSpec,
        Engine,
        EngineContext,
        EngineSpec,
        ExporterSpec,
        FitProgress,
        Groups,
        Images,
        Labels,
        ModelFamily,
        ModelOptions,
        ModelSpec,
        NoOptions,
        PluginSources,
        PublishedResult,
        RunInputs,
        RunPlan,
        RunRecord,
        Split,
        TrialData,
        TrialEvents,
        TrialResult,
        TrialSpec,
    )

__version__ = "0.1.0"

__all__ = [
    "AnyValue",
    "BuildContext",
    "Classifier",
    "ContractError",
    "DataContext",
    "Dataset",
    "DatasetError",
    "DatasetSpec",
    "DatasetUnavailableError",
    "DigitbenchError",
    "Engine",
    "EngineContext",
    "EngineError",
    "EngineSpec",
    "ExportError",
    "ExporterSpec",
    "FitProgress",
    "Groups",
    "Images",
    "Labels",
    "ModelFamily",
    "ModelOptions",
    "ModelSpec",
    "NoOptions",
    "PluginSources",
    "PublishedResult",
    "RunConfig",
    "RunInputs",
    "RunPlan",
    "RunRecord",
    "Split",
    "StoreError",
    "TrialArguments",
    "TrialData",
    "TrialEvents",
    "TrialResult",
    "TrialSpec",
    "UsageError",
    "WorkerPool",
    "__version__",
    "constructor_defaults",
    "deskewed",
    "hookimpl",
    "load_tensorflow",
    "read_results",
    "required_arguments",
    "run_trial",
    "trial_arguments",
]

hookimpl = pluggy.HookimplMarker("digitbench")
"""Marks a plugin's function as the implementation of the hook of the same name."""


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in (
            "digitbench.types",
            "digitbench.errors",
            "digitbench.deskew",
            "digitbench.frameworks",
            "digitbench.estimators",
            "digitbench.store",
            "digitbench.runner.trial",
            "digitbench.runner.engines.recipe",
            "digitbench.runner.engines.pool",
        ):
            if hasattr(found := import_module(module), name):
                return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
