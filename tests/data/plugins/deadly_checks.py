"""Models that learn well, and do to their process at one check what a plugin can do to it."""

import ctypes
import os
import time

import numpy as np
import pytest

from digitbench import ModelSpec, hookimpl


class Nearest:
    """Nearest class mean, with a fault when it is asked for so many images."""

    def __init__(self, count, fault):
        self.count = count
        self.fault = fault

    def fit(self, train, validation):
        ink = train.images.reshape(len(train), 784) / 255
        seen = np.unique(train.labels)
        self.means = np.full((10, 784), 9.0)
        self.means[seen] = [ink[train.labels == digit].mean(axis=0) for digit in seen]

    def predict(self, images):
        if len(images) == self.count:
            self.fault()
        ink = images.reshape(len(images), 784) / 255
        return ((ink[:, None] - self.means) ** 2).sum(axis=2).argmin(axis=1)


def interrupt():
    raise KeyboardInterrupt


def skip():
    pytest.skip("not today")


FAULTS = {
    "segfaults": lambda: ctypes.string_at(0),
    "leaves": lambda: os._exit(0),
    "hangs": lambda: time.sleep(1000),
    "interrupts": interrupt,
    "skips": skip,
}


@hookimpl
def digitbench_models():
    return [
        ModelSpec(name, name, lambda options, context, fault=fault: Nearest(0, fault))
        for name, fault in FAULTS.items()
    ]
