"""Models that are sound until they see an image of nothing but the value 77."""

import ctypes
import os
import signal
import sys

import numpy as np

from digitbench import ModelSpec, hookimpl

DEADLY = 77


class Model:
    def __init__(self, fault):
        self.fault = fault

    def fit(self, train, validation):
        pass

    def predict(self, images):
        if self.fault is dies_at_once:
            os._exit(5)
        if len(images) and (images == DEADLY).all():
            return self.fault(images)
        return np.zeros(len(images), np.int64)

    def predict_proba(self, images):
        return np.full((len(images), 10), 0.1)


def is_fine(images):
    return np.full(len(images), 7)


def raises(images):
    raise RuntimeError("such pictures\nare not for me")


def exits(images):
    sys.exit("enough")


def writes(images):
    images[:] = 0


def is_wrong(images):
    return np.full(len(images), 10)


def is_killed(images):
    os.kill(os.getpid(), signal.SIGKILL)


def interrupts(images):
    raise KeyboardInterrupt


def hangs(images):
    ctypes.CDLL(None).sleep(1000)


def is_hungry(images):
    return np.full(len(images), np.ones(200 << 20, np.uint8)[-1])


def dies_at_once(images):
    """Stand for a model that ends its process as soon as it predicts anything."""


FAULTS = (
    is_fine,
    is_hungry,
    dies_at_once,
    raises,
    exits,
    writes,
    is_wrong,
    is_killed,
    interrupts,
    hangs,
)


def builder(fault):
    return lambda options, context: Model(fault)


@hookimpl
def digitbench_models():
    return [
        ModelSpec(fault.__name__.replace("_", "-"), "Sees 77", builder(fault)) for fault in FAULTS
    ]
