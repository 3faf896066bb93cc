"""Softmax regression (Liu & Fu, section 3, formula 1), as the model `softmax`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, PositiveInt, model_validator

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
    from digitbench_softmax.classifier import SoftmaxClassifier

Recipe = Literal["converged", "paper"]

RECIPE_OF_OPTION: dict[str, Recipe] = {
    "l2": "converged",
    "learning_rate": "paper",
    "batch_size": "paper",
    "iterations": "paper",
}


class SoftmaxOptions(ModelOptions):
    """How the weights are found; some options belong to one recipe alone."""

    recipe: Recipe = Field(
        "converged",
        description="converged: the minimum of the penalised loss, found with L-BFGS; "
        "paper: plain mini-batch gradient descent, as in the paper's results",
    )
    deskew: bool = Field(
        False,
        description="first set each digit upright and in the middle, by the moments of its ink",
    )
    l2: float = Field(
        1e-4, ge=0, description="weight of the L2 penalty on the weights (recipe=converged)"
    )
    learning_rate: float = Field(0.3, gt=0, description="size of a step (recipe=paper)")
    batch_size: PositiveInt = Field(100, description="images in a step (recipe=paper)")
    iterations: PositiveInt = Field(2000, description="number of steps (recipe=paper)")

    @model_validator(mode="after")
    def _refuse_idle_options(self) -> Self:
        """Refuse a value that the chosen recipe would ignore."""
        for name, recipe in RECIPE_OF_OPTION.items():
            changed = getattr(self, name) != type(self).model_fields[name].default
            if changed and recipe != self.recipe:
                raise ValueError(f"{name} belongs to recipe={recipe}, not to recipe={self.recipe}")
        return self


def is_deterministic(options: SoftmaxOptions) -> bool:
    """Tell whether the seed changes nothing: the converged weights depend on the data alone."""
    return options.recipe == "converged"


def build(options: SoftmaxOptions, context: BuildContext) -> Classifier:
    """Make an unfitted softmax regression."""
    return _unfitted(options, context)


def load(directory: Path, options: SoftmaxOptions, context: BuildContext) -> Classifier:
    """Make a softmax regression that was kept."""
    classifier = _unfitted(options, context)
    classifier.restore(directory)
    return classifier


def _unfitted(options: SoftmaxOptions, context: BuildContext) -> "SoftmaxClassifier":
    load_tensorflow(context.threads)
    from digitbench_softmax.classifier import SoftmaxClassifier

    return SoftmaxClassifier(options, context)


def export_onnx(classifier: "SoftmaxClassifier", file: Path) -> None:
    """Write a fitted softmax regression as a graph of ONNX."""
    from digitbench_softmax.exports import write_onnx

    write_onnx(classifier, file)


def export_savedmodel(classifier: "SoftmaxClassifier", directory: Path) -> None:
    """Write a fitted softmax regression as a SavedModel of TensorFlow."""
    from digitbench_softmax.exports import write_savedmodel

    write_savedmodel(classifier, directory)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `softmax`."""
    return [
        ModelSpec(
            name="softmax",
            summary="Softmax regression on the pixels (TensorFlow)",
            build=build,
            load=load,
            exports={"onnx": export_onnx, "savedmodel": export_savedmodel},
            options=SoftmaxOptions,
            deterministic=is_deterministic,
            published=PublishedResult(
                dataset="mnist",
                accuracies=(0.9182, 0.9213, 0.9195, 0.9216, 0.9196),
                source="Liu & Fu, Table 2 of section 3 (softmax)",
            ),
        )
    ]
