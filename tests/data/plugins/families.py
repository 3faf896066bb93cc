"""Families of models: a sound one, and what a family can do wrong."""

import numpy as np

from digitbench import ModelFamily, ModelSpec, UsageError, hookimpl


class Always:
    def __init__(self, digit):
        self.digit = digit

    def fit(self, train, validation):
        pass

    def predict(self, images):
        return np.full(len(images), self.digit)


def always(member):
    if member not in set("0123456789"):
        raise UsageError(f"there is no digit '{member}': write always:0 to always:9")
    return ModelSpec(
        f"always:{member}",
        f"Says {member}",
        build=lambda options, context: Always(int(member)),
        deterministic=True,
    )


def breaks(member):
    raise RuntimeError(f"no {member}\nand more")


def misnames(member):
    return always("1")


@hookimpl
def digitbench_model_families():
    return [
        ModelFamily("always", "One digit for all, such as always:7", always),
        ModelFamily("breaks", "Raises", breaks),
        ModelFamily("misnames", "Gives another model than was asked for", misnames),
        ModelFamily("Bad Name", "Has no name", always),
        "no record",
    ]
