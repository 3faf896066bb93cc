"""The improved convolutional network of Liu & Fu (section 4.2), as the model `cnn`."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PositiveInt

from digitbench import (
    BuildContext,
    Classifier,
    ModelOptions,
    ModelSpec,
    PublishedResult,
    hookimpl,
    load_tensorflow,
)


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


class CnnOptions(ModelOptions):
    """The network's size and how it is trained.

    The paper gives neither the numbers of filters nor the optimiser, learning rate and batch
    size: those are ours.
    """

    filters: Filters = Field(
        (16, 32, 32), description="filters of C1/C2/C3, written like 16/32/32 (C4 has ten)"
    )
    epochs: PositiveInt | None = Field(
        None,
        description="passes over the training images; by default 3, or more on small data sets: "
        "as many as 400 steps take",
    )
    batch_size: PositiveInt = Field(128, description="images in a training step")
    optimizer: Literal["muon", "adam"] = Field(
        "muon", description="muon: orthogonal steps for the kernels, Adam for the rest; or adam"
    )
    learning_rate: float = Field(
        0.02, gt=0, le=1, description="learning rate at its peak, after a fifth of the steps"
    )
    keep_prob: float = Field(
        0.7, gt=0, le=1, description="share of the nodes that dropout keeps before C4"
    )
    augment: int = Field(
        2, ge=0, le=8, description="most pixels a training image is shifted by; 0 for none"
    )
    average: bool = Field(
        True, description="predict with a running average of the weights over the last steps"
    )


def build(options: CnnOptions, context: BuildContext) -> Classifier:
    """Make an untrained network."""
    load_tensorflow(context.threads)
    from digitbench_cnn.classifier import CnnClassifier

    return CnnClassifier(options, context)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `cnn`."""
    return [
        ModelSpec(
            name="cnn",
            summary="Ten-layer convolutional network of Liu & Fu (Keras on TensorFlow)",
            build=build,
            options=CnnOptions,
            published=PublishedResult(
                dataset="mnist",
                accuracies=(0.9903, 0.9932, 0.9931, 0.9933, 0.9938),
                source="Liu & Fu, Table 2 of section 4.2 (improved CNN)",
            ),
        )
    ]
