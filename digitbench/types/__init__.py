"""The frozen records that flow between the layers of digitbench.

Two kinds live here. Records that hold arrays or callables (`Split`, `Dataset`, `ModelSpec`,
`DatasetSpec`, `EngineSpec`, the contexts) are plain frozen dataclasses. Records that are stored
(`RunPlan`, `TrialSpec`, `TrialResult`, `RunRecord` and their parts) are frozen pydantic models,
so that reading a run back validates it.
"""

from digitbench.types.data import (
    IMAGE_SHAPE,
    NUM_CLASSES,
    DataContext,
    Dataset,
    DatasetSpec,
    DownloadProgress,
    Images,
    Labels,
    Split,
    TrialData,
)
from digitbench.types.engines import (
    Engine,
    EngineContext,
    EngineSpec,
    PluginSources,
    Results,
    RunInputs,
    TrialEvents,
    TrialPhase,
)
from digitbench.types.groups import GroupNumbers, Groups
from digitbench.types.metrics import MetricInputs, MetricSpec
from digitbench.types.models import (
    BuildContext,
    Classifier,
    FitProgress,
    ModelFamily,
    ModelOptions,
    ModelSpec,
    NoOptions,
    PublishedResult,
    available_cpus,
    option_values,
)
from digitbench.types.plans import (
    MOST_TRIALS,
    DatasetInfo,
    PlannedModel,
    Resampling,
    ResamplingMethod,
    RunPlan,
    SequentialDesign,
    TrainingSample,
    TrialSpec,
    Vary,
)
from digitbench.types.results import (
    Environment,
    ExporterSpec,
    RunRecord,
    TrialResult,
)
from digitbench.types.values import AnyValue

__all__ = [
    "IMAGE_SHAPE",
    "MOST_TRIALS",
    "NUM_CLASSES",
    "AnyValue",
    "BuildContext",
    "Classifier",
    "DataContext",
    "Dataset",
    "DatasetInfo",
    "DatasetSpec",
    "DownloadProgress",
    "Engine",
    "EngineContext",
    "EngineSpec",
    "Environment",
    "ExporterSpec",
    "FitProgress",
    "GroupNumbers",
    "Groups",
    "Images",
    "Labels",
    "MetricInputs",
    "MetricSpec",
    "ModelFamily",
    "ModelOptions",
    "ModelSpec",
    "NoOptions",
    "PlannedModel",
    "PluginSources",
    "PublishedResult",
    "Resampling",
    "ResamplingMethod",
    "Results",
    "RunInputs",
    "RunPlan",
    "RunRecord",
    "SequentialDesign",
    "Split",
    "TrainingSample",
    "TrialData",
    "TrialEvents",
    "TrialPhase",
    "TrialResult",
    "TrialSpec",
    "Vary",
    "available_cpus",
    "option_values",
]
