"""A model with published accuracies, whose trials can be slowed down or made to fail."""

import time
from pathlib import Path

import numpy as np
from pydantic import Field

from digitbench import ModelOptions, ModelSpec, PublishedResult, hookimpl


class ReplicaOptions(ModelOptions):
    """Options of `replica`."""

    noise: float = Field(0.0, ge=0, description="Std of noise added to the class means, seeded")
    seconds: float = Field(0.0, ge=0, description="How long a fit takes at least")
    fault: str = Field("", description="Fail as long as there is a file of this name")


class Replica:
    """Predicts the class whose mean training image is nearest, after some noise."""

    def __init__(self, options, context):
        self.options = options
        self.context = context

    def fit(self, train, validation):
        if self.options.fault and Path(self.options.fault).exists():
            raise RuntimeError("the fault is there")
        time.sleep(self.options.seconds)
        flat = train.images.reshape(len(train), -1) / 255.0
        means = np.stack([flat[train.labels == digit].mean(axis=0) for digit in range(10)])
        rng = np.random.default_rng(self.context.seed)
        self.means = means + rng.normal(0, self.options.noise, means.shape)

    def predict(self, images):
        flat = images.reshape(len(images), -1) / 255.0
        return (flat @ self.means.T - (self.means**2).sum(axis=1) / 2).argmax(axis=1)


@hookimpl
def digitbench_models():
    return [
        ModelSpec(
            name="replica",
            summary="Nearest class mean, as published",
            build=Replica,
            options=ReplicaOptions,
            deterministic=lambda options: options.noise == 0,
            published=PublishedResult(
                dataset="digits",
                accuracies=(0.86, 0.90, 0.88, 0.87, 0.91),
                source="A Paper, Table 1",
            ),
        )
    ]
