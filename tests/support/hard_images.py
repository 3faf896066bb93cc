"""Images in which a bound has a hard time."""

import numpy as np
from hypothesis import strategies as st

from digitbench import Images

KINDS = st.sampled_from(["noise", "black and white", "sparse", "copies", "grey", "black", "dots"])


def hard_images(random: np.random.Generator, kind: str, count: int) -> Images:
    """Draw images of a kind: noise, few values, copies, blots, nothing, or one pixel in each."""
    if kind == "noise":
        images = random.integers(0, 256, (count, 28, 28))
    elif kind == "black and white":
        images = 255 * random.integers(0, 2, (count, 28, 28))
    elif kind == "sparse":
        images = (random.random((count, 28, 28)) < 0.004) * random.integers(0, 3, (count, 1, 1))
    elif kind == "copies":
        images = random.integers(0, 256, (3, 28, 28))[random.integers(0, 3, count)]
    elif kind == "grey":
        images = np.broadcast_to(random.integers(0, 256, (count, 1, 1)), (count, 28, 28))
    else:
        images = np.zeros((count, 28, 28), np.uint8)
        if kind == "dots":
            images.reshape(count, -1)[np.arange(count), random.integers(0, 784, count)] = 255
    return images.astype(np.uint8)
