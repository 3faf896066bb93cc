"""The models that come along, each with a fault that the variable FAULT names; none if it is unset.

They are called as they are with `tested-` before it, so that a baseline of the sound ones is one of
the faulty ones too: the plugin's source is the same.
"""

import os
from importlib.metadata import entry_points

import numpy as np

from digitbench import ModelSpec, Split, hookimpl

FOUR_IS_NINE = np.array([0, 1, 2, 3, 9, 5, 6, 7, 8, 4], np.uint8)


def half_the_data(train):
    return Split(train.images[: len(train) // 2], train.labels[: len(train) // 2])


def wrong_label_map(train):
    return Split(train.images, FOUR_IS_NINE[train.labels])


def off_by_one_scaling(images):
    """Add one in eight bits: the full ink of 255 becomes paper."""
    return images + np.uint8(1)


class Faulty:
    def __init__(self, classifier):
        self.classifier = classifier
        self.fault = os.environ.get("FAULT")

    def fit(self, train, validation):
        count = int(os.environ.get("TRAIN_IMAGES", len(train)))
        train = Split(train.images[:count], train.labels[:count])
        change = {"half the data": half_the_data, "wrong label map": wrong_label_map}
        self.classifier.fit(change.get(self.fault, lambda same: same)(train), validation)

    def predict(self, images):
        if self.fault == "off-by-one scaling":
            images = off_by_one_scaling(images)
        return self.classifier.predict(images)


def tested(spec):
    def build(options, context):
        if os.environ.get("FAULT") == "lost augmentation":
            options = options.model_copy(update={"augment": 0, "distort": 0.0})
        return Faulty(spec.build(options, context))

    return ModelSpec(
        name=f"tested-{spec.name}",
        summary=spec.summary,
        build=build,
        options=spec.options,
        deterministic=spec.deterministic,
    )


@hookimpl
def digitbench_models():
    names = ("softmax", "sklearn", "cnn")
    plugins = [entry.load() for entry in entry_points(group="digitbench") if entry.name in names]
    return [tested(spec) for plugin in plugins for spec in plugin.digitbench_models()]
