"""A plugin that can be loaded by the runner, but in no worker."""

import os
import time

import numpy as np

from digitbench import ModelSpec, hookimpl

if "DIGITBENCH_WORKER" in os.environ:
    if os.environ.get("DIES_BY") == "hanging":
        time.sleep(1000)
    os._exit(5)


class Model:
    def fit(self, train, validation):
        pass

    def predict(self, images):
        return np.zeros(len(images), np.int64)


@hookimpl
def digitbench_models():
    return [ModelSpec(name="shy", summary="s", build=lambda options, context: Model())]
