"""digitbench compares digit classifiers: repeated trials, honest tables, plugins for the models.

    >>> import digitbench
    >>> digitbench.run("softmax,cnn", trials=5)

The names below are the public ones: for notebooks and programs (`run`, `load_run` and so on), and
for plugins. They are loaded when first used, so that `digitbench --help` does not wait for numpy
and pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from digitbench.analysis.set_metrics import ModelSetMetrics, SetMetrics, set_metrics
    from digitbench.api.checking import GateResult, check
    from digitbench.api.comparison import Comparison
    from digitbench.api.model import Model, PredictedDigit, load_model
    from digitbench.api.run import Run
    from digitbench.api.running import plan, run
    from digitbench.api.stored import list_runs, load_dataset, load_run, models
    from digitbench.datasets.fingerprint import fingerprint
    from digitbench.deskew import deskewed
    from digitbench.errors import (
        ContractError,
        DatasetError,
        DatasetUnavailableError,
        DigitbenchError,
        EngineError,
        ExportError,
        KeptModelError,
        PictureError,
        StoreError,
        UsageError,
    )
    from digitbench.estimator_files import load_estimator, save_estimator
    from digitbench.estimators import (
        TrialArguments,
        constructor_defaults,
        required_arguments,
        trial_arguments,
    )
    from digitbench.frameworks import load_tensorflow
    from digitbench.onnx_deskew import add_deskewing
    from digitbench.onnx_estimator import write_wrapped_onnx
    from digitbench.onnx_graph import OnnxGraph
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
        MetricInputs,
        MetricSpec,
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
        TestCondition,
        TestSet,
        TestSetContext,
        TestSetSpec,
        TrialData,
        TrialEvents,
        TrialPhase,
        TrialResult,
        TrialSpec,
    )
    from digitbench.weights import load_arrays, save_arrays
    from digitbench.wrapped_estimator import load_wrapped, wrap_estimator

__version__ = "0.1.0"

__all__ = [
    "AnyValue",
    "BuildContext",
    "Classifier",
    "Comparison",
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
    "GateResult",
    "Groups",
    "Images",
    "KeptModelError",
    "Labels",
    "MetricInputs",
    "MetricSpec",
    "Model",
    "ModelFamily",
    "ModelOptions",
    "ModelSetMetrics",
    "ModelSpec",
    "NoOptions",
    "OnnxGraph",
    "PictureError",
    "PluginSources",
    "PredictedDigit",
    "PublishedResult",
    "Run",
    "RunConfig",
    "RunInputs",
    "RunPlan",
    "RunRecord",
    "SetMetrics",
    "Split",
    "StoreError",
    "TestCondition",
    "TestSet",
    "TestSetContext",
    "TestSetSpec",
    "TrialArguments",
    "TrialData",
    "TrialEvents",
    "TrialPhase",
    "TrialResult",
    "TrialSpec",
    "UsageError",
    "WorkerPool",
    "__version__",
    "add_deskewing",
    "check",
    "constructor_defaults",
    "deskewed",
    "fingerprint",
    "hookimpl",
    "list_runs",
    "load_arrays",
    "load_dataset",
    "load_estimator",
    "load_model",
    "load_run",
    "load_tensorflow",
    "load_wrapped",
    "models",
    "plan",
    "read_results",
    "required_arguments",
    "run",
    "run_trial",
    "save_arrays",
    "save_estimator",
    "set_metrics",
    "trial_arguments",
    "wrap_estimator",
    "write_wrapped_onnx",
]

hookimpl = pluggy.HookimplMarker("digitbench")
"""Marks a plugin's function as the implementation of the hook of the same name."""


_API = {
    "checking": ("GateResult", "check"),
    "comparison": ("Comparison",),
    "model": ("Model", "PredictedDigit", "load_model"),
    "run": ("Run",),
    "running": ("plan", "run"),
    "stored": ("list_runs", "load_dataset", "load_run", "models"),
}
"""The modules of `digitbench.api` that have the names for notebooks and programs."""


def __getattr__(name: str) -> Any:
    for module, names in _API.items():
        if name in names:
            return getattr(import_module(f"digitbench.api.{module}"), name)
    if name in __all__:
        for module in (
            "digitbench.types",
            "digitbench.errors",
            "digitbench.deskew",
            "digitbench.frameworks",
            "digitbench.onnx_graph",
            "digitbench.onnx_deskew",
            "digitbench.onnx_estimator",
            "digitbench.estimator_files",
            "digitbench.estimators",
            "digitbench.weights",
            "digitbench.wrapped_estimator",
            "digitbench.store",
            "digitbench.runner.trial",
            "digitbench.runner.engines.recipe",
            "digitbench.runner.engines.pool",
            "digitbench.datasets.fingerprint",
            "digitbench.analysis.set_metrics",
        ):
            if hasattr(found := import_module(module), name):
                return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
