"""The network behind the contract of a classifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from digitbench import (
    BuildContext,
    FitProgress,
    Images,
    Labels,
    Split,
    load_arrays,
    save_arrays,
)
from digitbench_cnn import CnnOptions
from digitbench_cnn.network import Network, array_shapes
from digitbench_cnn.prediction import Prediction, likeliest
from digitbench_cnn.training import Training

WEIGHTS_FILE = "weights.safetensors"


def kept_arrays(directory: Path, options: CnnOptions) -> dict[str, NDArray[np.float32]]:
    """Read what a network with these options saved.

    Before one is made: the options of a stranger's may ask for more than there is memory.

    Raises:
        KeptModelError: the file is damaged, or holds a network of another size.
    """
    shapes = array_shapes(options.filters)
    due = {name: ("float32", shape) for name, shape in shapes.items()}
    return load_arrays(directory / WEIGHTS_FILE, due)


class CnnClassifier:
    """The improved CNN of Liu & Fu, trained with a modern recipe.

    Attributes:
        network: the network, trained after `fit`.
        n_parameters: all weights, and the means and variances batch normalisation keeps.
        size_bytes: the same in float32, whatever the training computes in.
        history: for each epoch the mean loss, and the accuracy on the validation images, if
            there are any, with the weights as they then are (not averaged); and the seconds since
            `fit` began.
        details: the device, and the epochs and steps of the training.
    """

    def __init__(self, options: CnnOptions, context: BuildContext) -> None:
        self._options = options
        self._context = context
        weights_seed, _ = _seeds(context)
        self.network = Network(options.filters, weights_seed)
        self._prediction = Prediction(self.network, options)
        self.n_parameters: int = self.network.n_parameters
        self.size_bytes: int = self.network.size_bytes
        self.history: Sequence[Mapping[str, float]] = ()
        self.details: Mapping[str, str | int | float | bool] = {}

    def fit(self, train: Split, validation: Split | None) -> None:
        """Train the network anew; validation images are only watched, they change nothing."""
        began = perf_counter()
        weights_seed, training_seed = _seeds(self._context)
        self.network.restart(weights_seed)
        training = Training(self.network, train, self._options, training_seed)
        epochs = training.schedule.epochs
        history = []
        for epoch in range(1, epochs + 1):
            figures = {"loss": training.run_epoch()}
            if validation:
                training.settle(average=False)
                right = self.predict(validation.images) == validation.labels
                figures["validation_accuracy"] = float(np.mean(right))
            history.append(figures | {"seconds": perf_counter() - began})
            self._context.report(FitProgress(epoch, epochs, "epoch", figures))
        training.settle(average=self._options.average)
        training.calibrate()
        self.history = history
        self.details = {
            "device": training.device,
            "epochs": epochs,
            "steps": training.schedule.total_steps,
            "precision": training.computing_type.name,
        }

    def save(self, directory: Path) -> None:
        """Write the network into a directory: what it predicts with, in float32."""
        save_arrays(directory / WEIGHTS_FILE, self.network.arrays())

    def restore(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Become the classifier whose arrays `kept_arrays` returned."""
        self.network.assign(arrays)

    def predict(self, images: Images) -> Labels:
        """Return the likeliest digits, uint8 `(n,)`."""
        return self._prediction.digits(images)

    def predict_both(self, images: Images) -> tuple[Labels, NDArray[np.float32]]:
        """Return the likeliest digits, uint8 `(n,)`, and the probabilities, float32 `(n, 10)`."""
        probabilities = self.predict_proba(images)
        return likeliest(probabilities), probabilities

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return the probability of each digit, float32 `(n, 10)`."""
        return self._prediction.probabilities(images)


def _seeds(context: BuildContext) -> Sequence[np.random.SeedSequence]:
    """Return what decides the first weights, and what decides the training."""
    return np.random.SeedSequence(context.seed).spawn(2)
