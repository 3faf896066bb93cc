"""The nearest class mean, as the model `centroid` of digitbench."""

from collections.abc import Iterable
from typing import Literal

from digitbench import BuildContext, Classifier, ModelOptions, ModelSpec, hookimpl
from pydantic import Field, PositiveFloat


class CentroidOptions(ModelOptions):
    """How near is measured."""

    metric: Literal["euclidean", "cosine"] = Field(
        "euclidean", description="euclidean: straight distance; cosine: angle, whatever the ink"
    )
    temperature: PositiveFloat = Field(
        1.0, description="spread of the probabilities; changes no prediction"
    )


def build(options: CentroidOptions, context: BuildContext) -> Classifier:
    """Make an unfitted classifier."""
    from digitbench_centroid.classifier import CentroidClassifier

    return CentroidClassifier(options.metric, options.temperature)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `centroid`."""
    return [
        ModelSpec(
            name="centroid",
            summary="Nearest class mean on the pixels (NumPy)",
            build=build,
            options=CentroidOptions,
            deterministic=True,
        )
    ]
