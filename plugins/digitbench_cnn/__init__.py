"""The improved convolutional network of Liu & Fu (section 4.2), as the model `cnn`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, PositiveInt, model_validator

from digitbench import (
    BuildContext,
    Classifier,
    ModelOptions,
    ModelSpec,
    PublishedResult,
    hookimpl,
    load_tensorflow,
)

if TYPE_CHECKING:
    from digitbench_cnn.classifier import CnnClassifier


def _split_filters(value: Any) -> Any:
    """Split the command line's `16/32/32` into its numbers; leave anything else to pydantic."""
    return value.split("/") if isinstance(value, str) else value


def _join_filters(filters: tuple[int, int, int]) -> str:
    """Write the filters the way the command line takes them."""
    return "/".join(map(str, filters))


Filters = Annotated[
    tuple[PositiveInt, PositiveInt, PositiveInt],
    BeforeValidator(_split_filters),
    PlainSerializer(_join_filters),
]
"""Numbers of filters of C1, C2 and C3; C4 always has ten, one for each digit."""


Recipe = Literal["default", "quick", "paper", "best", "robust"]

RECIPES: dict[Recipe, dict[str, Any]] = {
    "default": {},
    "quick": {"iterations": 200, "batch_size": 96, "learning_rate": 0.07, "momentum": 0.75},
    "paper": {
        "iterations": 20_000,
        "batch_size": 50,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": "constant",
        "keep_prob": 0.5,
        "augment": 0,
        "distort": 0.0,
        "crop": 28,
        "label_smoothing": 0.0,
        "average": False,
    },
    "best": {
        "filters": (32, 64, 64),
        "epochs": 15,
        "learning_rate": 0.02,
        "distort": 0.8,
    },
    "robust": {"disturb": 0.125},
}
"""What a recipe changes; the values of the options themselves make the default recipe."""


class CnnOptions(ModelOptions):
    """The network's size and how it is trained.

    The paper gives neither the numbers of filters nor the optimiser, learning rate and batch
    size: those are ours. A recipe sets the options that are not given.
    """

    recipe: Recipe = Field(
        "default",
        description="default: the most accurate in half a minute on two cores; quick: 99 % on "
        "MNIST in a sixth of that time; paper: 20,000 plain iterations, as in the paper's results; "
        "best: wider, longer, stronger augmentation; robust: for bad images too",
    )
    filters: Filters = Field(
        (16, 32, 32), description="filters of C1/C2/C3, written like 16/32/32 (C4 has ten)"
    )
    epochs: PositiveInt | None = Field(
        None,
        description="passes over the training images; by default 3, or 5 if some are disturbed; "
        "more on small data sets: as many as 400 steps take",
    )
    iterations: PositiveInt | None = Field(None, description="training steps, instead of epochs")
    batch_size: PositiveInt = Field(128, description="images in a training step")
    optimizer: Literal["muon", "adam"] = Field(
        "muon", description="muon: orthogonal steps for the kernels, Adam for the rest; or adam"
    )
    learning_rate: float = Field(0.035, gt=0, le=1, description="learning rate, at its peak")
    momentum: float = Field(
        0.9, ge=0, lt=1, description="share of past gradients that a step keeps (Adam's first beta)"
    )
    schedule: Literal["one-cycle", "constant"] = Field(
        "one-cycle",
        description="one-cycle: the learning rate rises for a fifth of the steps, then falls to 0",
    )
    keep_prob: float = Field(
        1.0, gt=0, le=1, description="share of the nodes that dropout keeps before C4; 1 for all"
    )
    augment: int = Field(
        2, ge=0, le=8, description="most pixels a training image is shifted by; 0 for none"
    )
    distort: float = Field(
        0.5, ge=0, le=4, description="strength of smooth random distortions; 0 for none"
    )
    disturb: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of the training images that are made worse: blurred, noisy, on uneven "
        "grounds, covered in part, crossed by lines; 0 for none",
    )
    crop: int = Field(
        24,
        ge=20,
        le=28,
        multiple_of=4,
        description="side of the middle of the images that early training steps see, in pixels; "
        "28 for whole images throughout",
    )
    crop_share: float = Field(
        0.8, ge=0, le=1, description="share of the training steps that see the middle alone"
    )
    label_smoothing: float = Field(
        0.1, ge=0, lt=1, description="share of each label that is spread over all ten digits"
    )
    average: bool = Field(
        True, description="predict with a running average of the weights over the last steps"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="numbers that training steps compute in; auto: bfloat16 where the processor "
        "has it, else float32",
    )

    @model_validator(mode="after")
    def _follow_recipe(self) -> Self:
        """Set what is not given as the recipe has it."""
        given = self.model_fields_set
        if self.epochs and self.iterations:
            raise ValueError("give epochs or iterations, not both")
        if self.epochs or self.iterations:
            given = given | {"epochs", "iterations"}
        # Not by assignment, which is refused and would count these options as given.
        self.__dict__.update(
            {name: value for name, value in RECIPES[self.recipe].items() if name not in given}
        )
        return self


def build(options: CnnOptions, context: BuildContext) -> Classifier:
    """Make an untrained network."""
    return _unfitted(options, context)


def load(directory: Path, options: CnnOptions, context: BuildContext) -> Classifier:
    """Make a trained network that was kept."""
    load_tensorflow(context.threads)
    from digitbench_cnn.classifier import kept_arrays

    arrays = kept_arrays(directory, options)
    classifier = _unfitted(options, context)
    classifier.restore(arrays)
    return classifier


def _unfitted(options: CnnOptions, context: BuildContext) -> "CnnClassifier":
    load_tensorflow(context.threads)
    from digitbench_cnn.classifier import CnnClassifier

    return CnnClassifier(options, context)


def export_onnx(classifier: "CnnClassifier", file: Path) -> None:
    """Write a trained network as a graph of ONNX."""
    from digitbench_cnn.exports import write_onnx

    write_onnx(classifier.network, file)


def export_savedmodel(classifier: "CnnClassifier", directory: Path) -> None:
    """Write a trained network as a SavedModel of TensorFlow."""
    from digitbench_cnn.exports import write_savedmodel

    write_savedmodel(classifier.network, directory)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `cnn`."""
    return [
        ModelSpec(
            name="cnn",
            summary="Ten-layer convolutional network of Liu & Fu (TensorFlow)",
            build=build,
            load=load,
            exports={"onnx": export_onnx, "savedmodel": export_savedmodel},
            options=CnnOptions,
            quick_options={"epochs": 8},
            published=PublishedResult(
                dataset="mnist",
                accuracies=(0.9903, 0.9932, 0.9931, 0.9933, 0.9938),
                source="Liu & Fu, Table 2 of section 4.2 (improved CNN)",
            ),
        )
    ]
