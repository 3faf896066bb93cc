"""The classifier itself; it knows nothing of plugins."""

from typing import Literal

import numpy as np
from digitbench import Images, Labels, Split
from numpy.typing import NDArray

NUM_CLASSES = 10
NUM_PIXELS = 28 * 28


class CentroidClassifier:
    """Predicts the digit whose mean training image is nearest.

    Attributes:
        n_parameters: pixels of the means of the digits that were seen; None before `fit`.
        size_bytes: the means in float32 and the digits they are of; None before `fit`.
        picklable: the claim that a fitted classifier can be pickled.
    """

    picklable = True

    def __init__(self, metric: Literal["euclidean", "cosine"], temperature: float) -> None:
        self._metric = metric
        self._temperature = temperature
        self.n_parameters: int | None = None
        self.size_bytes: int | None = None

    def fit(self, train: Split, validation: Split | None) -> None:
        """Average the images of each digit; validation images are not used."""
        inputs = self._inputs(train.images)
        self._digits: Labels = np.unique(train.labels)
        means = np.stack([inputs[train.labels == digit].mean(axis=0) for digit in self._digits])
        self._means = _unit_length(means) if self._metric == "cosine" else means
        self.n_parameters = self._means.size
        self.size_bytes = self._means.nbytes + self._digits.nbytes

    def predict(self, images: Images) -> Labels:
        """Return the digits of the nearest means, uint8 `(n,)`."""
        digits: Labels = self._digits[self._nearness(images).argmax(axis=1)]
        return digits

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        """Return probabilities, float32 `(n, 10)`; zero for digits never seen.

        For `euclidean` they are those of a Gaussian around each mean with the temperature as
        its variance; for `cosine` the softmax of the cosines over the temperature.
        """
        logits = self._nearness(images) / self._temperature
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = np.zeros((len(images), NUM_CLASSES), np.float32)
        probabilities[:, self._digits] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities

    def _nearness(self, images: Images) -> NDArray[np.float32]:
        """Return how near each mean is, float32 `(n, digits seen)`.

        For `euclidean`: -|x - m|^2 / 2 without |x|^2 / 2, which is the same for every mean.
        """
        products: NDArray[np.float32] = self._inputs(images) @ self._means.T
        if self._metric == "euclidean":
            products -= np.square(self._means).sum(axis=1) / 2
        return products

    def _inputs(self, images: Images) -> NDArray[np.float32]:
        """Return a scaled copy of the images, float32 `(n, 784)`."""
        pixels = np.divide(images.reshape(-1, NUM_PIXELS), 255, dtype=np.float32)
        return _unit_length(pixels) if self._metric == "cosine" else pixels


def _unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale vectors to length 1; a blank image stays as it is."""
    lengths: NDArray[np.float32] = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    lengths[lengths == 0] = 1
    return vectors / lengths
