"""Models that break the contract, each in its own way."""

import sys

import numpy as np

from digitbench import ModelSpec, hookimpl


class Base:
    def fit(self, train, validation):
        pass

    def predict(self, images):
        return np.zeros(len(images), np.int64)


class RaisesInFit(Base):
    def fit(self, train, validation):
        raise RuntimeError("out of luck\nsecond line")


class Exits(Base):
    def fit(self, train, validation):
        sys.exit("a library that exits")


class RunsOutOfMemory(Base):
    def predict(self, images):
        raise MemoryError


class WrongShape(Base):
    def predict(self, images):
        return np.zeros((len(images), 10), np.int64)


class WrongLabels(Base):
    def predict(self, images):
        return np.full(len(images), 10)


class FloatLabels(Base):
    def predict(self, images):
        return np.zeros(len(images))


class NanProbabilities(Base):
    def predict_proba(self, images):
        return np.full((len(images), 10), np.nan, np.float32)


class UnnormalisedProbabilities(Base):
    def predict_proba(self, images):
        return np.ones((len(images), 10), np.float32)


class WritesToItsInput(Base):
    def fit(self, train, validation):
        train.images[0] = 0


class ScalesInPlace(Base):
    def fit(self, train, validation):
        images = train.images
        images //= 2


class BadDetails(Base):
    details = {"backend": object()}


class BadParameterCount(Base):
    n_parameters = "many"


def raises_in_build(options, context):
    raise ImportError("no module named 'nowhere'")


FAULTS = {
    "raises-in-build": raises_in_build,
    "raises-in-fit": RaisesInFit,
    "exits": Exits,
    "runs-out-of-memory": RunsOutOfMemory,
    "wrong-shape": WrongShape,
    "wrong-labels": WrongLabels,
    "float-labels": FloatLabels,
    "nan-probabilities": NanProbabilities,
    "unnormalised-probabilities": UnnormalisedProbabilities,
    "writes-to-its-input": WritesToItsInput,
    "scales-in-place": ScalesInPlace,
    "bad-details": BadDetails,
    "bad-parameter-count": BadParameterCount,
}


def builder(fault):
    return fault if fault is raises_in_build else lambda options, context: fault()


@hookimpl
def digitbench_models():
    return [
        ModelSpec(name=name, summary=f"Faulty: {name}", build=builder(fault))
        for name, fault in FAULTS.items()
    ]
