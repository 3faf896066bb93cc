"""The frozen records that flow between the layers of digitbench.

Two kinds live here. Records that hold arrays or callables (`Split`, `Dataset`, `ModelSpec`,
`DatasetSpec`, the contexts) are plain frozen dataclasses. Records that are stored
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
)
from digitbench.types.groups import GroupNumbers, Groups
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
    "Environment",
    "ExporterSpec",
    "FitProgress",
    "GroupNumbers",
    "Groups",
    "Images",
    "Labels",
    "ModelFamily",
    "ModelOptions",
    "ModelSpec",
    "NoOptions",
    "PlannedModel",
    "PublishedResult",
    "Resampling",
    "ResamplingMethod",
    "RunPlan",
    "RunRecord",
    "SequentialDesign",
    "Split",
    "TrainingSample",
    "TrialResult",
    "TrialSpec",
    "Vary",
    "available_cpus",
    "option_values",
]
