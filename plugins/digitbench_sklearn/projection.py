"""Short vectors in place of images: what they say of a distance is never too much.

Images are projected on the leading principal components of the training images, and what that
leaves out is kept as one number, its length. By the triangle inequality the distance of two such
vectors is never more than that of the images. Levels add components: with each, the bounds come
closer to the distances.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from digitbench_sklearn.comparison import Pixels

CUTS = (48, 128, 256)
"""How many components there are up to and with each level."""

Lengths = NDArray[np.float64]

SAMPLE = 10_000


class Projection:
    """The projection of images on the principal components of some of them."""

    def __init__(self, pixels: Pixels) -> None:
        """Find the components of a sample of the images.

        A sample serves: how well the components fit decides how much is pruned, not what is found.
        Call it with one thread: that is faster than two, and much faster where others work beside
        it.

        Args:
            pixels: uint8 `(n, pixels)`.
        """
        sample = pixels[:: max(1, len(pixels) // SAMPLE)].astype(np.float32)
        mean = sample.mean(axis=0)
        sample -= mean
        scatter = (sample.T @ sample).astype(np.float64)
        self._mean = mean.astype(np.float64)
        # To find all components by this method is faster than to find the leading ones by another.
        basis = eigh(scatter, driver="evd")[1][:, ::-1]
        self._bases = [
            np.ascontiguousarray(basis[:, first:last]) for first, last in pairwise((0, *CUTS))
        ]

    def vectors(self, pixels: Pixels, level: int, left_out: Lengths | None = None) -> Lengths:
        """Project images on the components that a level adds.

        Let `a` and `b` be the vectors of two images, the last number of one of them negated.
        What the level adds to the bound of their squared distance is `-2 a·b`, never less than 0.
        To begin with, the bound is the square of the difference of their distances to the mean.

        Args:
            pixels: uint8 `(n, pixels)`.
            level: 0 for the leading components.
            left_out: the lengths of what the level before leaves out, `(n,)`; None for level 0,
                before which that is the distance to the mean.

        Returns:
            Float64 `(n, components of the level + 2)`: the components, the length of what is still
            left out, and that of what was left out before.
        """
        centred = pixels - self._mean
        before = np.linalg.norm(centred, axis=1) if left_out is None else left_out
        along = centred @ self._bases[level]
        beside = np.sqrt(np.maximum(before**2 - np.vecdot(along, along), 0))
        return np.column_stack([along, beside, before])
