"""A sound plugin in one file: the nearest class mean, with one option."""

import numpy as np
from pydantic import Field

from digitbench import BuildContext, FitProgress, ModelOptions, ModelSpec, Split, hookimpl


class CentroidOptions(ModelOptions):
    """Options of `centroid`."""

    sharpness: float = Field(1.0, gt=0, description="Scale of the logits")
    noise: float = Field(0.0, ge=0, description="Std of noise added to the means, seeded")


class Centroid:
    """Predicts the class whose mean training image is nearest."""

    n_parameters = 10 * 784
    size_bytes = 10 * 784 * 8
    details = {"backend": "numpy"}

    def __init__(self, options: CentroidOptions, context: BuildContext) -> None:
        self.options = options
        self.context = context
        self.history: list[dict[str, float]] = []

    def fit(self, train: Split, validation: Split | None) -> None:
        rng = np.random.default_rng(self.context.seed)
        flat = train.images.reshape(len(train), -1) / 255.0
        means = np.stack([flat[train.labels == digit].mean(axis=0) for digit in range(10)])
        self.means = means + rng.normal(0, self.options.noise, means.shape)
        self.history.append({"loss": 0.5})
        self.context.report(FitProgress(1, 1, "epoch", {"loss": 0.5}))

    def predict_proba(self, images):
        flat = images.reshape(len(images), -1) / 255.0
        distances = ((flat[:, None, :] - self.means) ** 2).sum(axis=2)
        logits = -self.options.sharpness * (distances - distances.min(axis=1, keepdims=True))
        exponentials = np.exp(logits)
        return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)

    def predict(self, images):
        return self.predict_proba(images).argmax(axis=1)


@hookimpl
def digitbench_models():
    return [
        ModelSpec(
            name="centroid",
            summary="Nearest class mean",
            build=Centroid,
            options=CentroidOptions,
            deterministic=lambda options: options.noise == 0,
        )
    ]
