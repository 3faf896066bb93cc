"""A model that takes a known amount of memory, in one of two ways, and gives it all back."""

from typing import Literal

import numpy as np
from pydantic import Field

from digitbench import ModelOptions, ModelSpec, hookimpl

MEBIBYTE = 1 << 20
SMALL_BYTES = 32 * 1024
PINNED = []
"""Small blocks that keep malloc from returning what lies below them by itself."""


class HungryOptions(ModelOptions):
    """Options of `hungry`."""

    mebibytes: int = Field(0, ge=0, description="Memory that fit holds at its peak")
    blocks: Literal["large", "small"] = Field(
        "large", description="large: from the system; small: from malloc, which keeps them"
    )
    child: bool = Field(False, description="let another process hold the memory")


class Hungry:
    """Predicts 0."""

    def __init__(self, options, context):
        self.options = options

    def fit(self, train, validation):
        if self.options.child:
            import subprocess
            import sys

            code = f"b'x' * {self.options.mebibytes * MEBIBYTE}"
            subprocess.run([sys.executable, "-c", code], check=True)
        elif self.options.blocks == "large":
            np.ones(self.options.mebibytes * MEBIBYTE, np.uint8)
        else:
            count = self.options.mebibytes * MEBIBYTE // SMALL_BYTES
            blocks = [bytes([1]) * SMALL_BYTES for _ in range(count)]
            PINNED.append(bytes([1]) * SMALL_BYTES)
            del blocks
        train.images.max()

    def predict(self, images):
        return np.zeros(len(images), np.uint8)


@hookimpl
def digitbench_models():
    return [ModelSpec("hungry", "Takes memory", build=Hungry, options=HungryOptions)]
