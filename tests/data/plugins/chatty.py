"""Prints on stdout when loaded and while it trains, which must not spoil `--json`."""

import numpy as np

from digitbench import ModelSpec, hookimpl

print("chatter at import")


class Chatty:
    def fit(self, train, validation):
        print("chatter from a model")

    def predict(self, images):
        return np.zeros(len(images), np.uint8)


@hookimpl
def digitbench_models():
    return [ModelSpec(name="chatty", summary="Prints", build=lambda o, c: Chatty())]
