"""Models that each fail one conformance check, after which they are named, and no other."""

import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from pydantic import ConfigDict, Field

from digitbench import ModelOptions, ModelSpec, NoOptions, hookimpl, load_arrays, save_arrays
from digitbench.testing import tiny_digits


class Sound:
    """The nearest class mean, without a fault."""

    def __init__(self, options, context):
        self.context = context

    def fit(self, train, validation):
        inputs = self.inputs(train.images)
        self.digits = np.unique(train.labels)
        self.means = np.stack([inputs[train.labels == digit].mean(axis=0) for digit in self.digits])

    def inputs(self, images):
        return images.reshape(-1, 784) / 255

    def scores(self, images):
        return self.inputs(images) @ self.means.T - np.square(self.means).sum(axis=1) / 2

    def predict(self, images):
        return self.digits[self.scores(images).argmax(axis=1)]

    def predict_proba(self, images):
        scores = self.scores(images)
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = np.zeros((len(images), 10))
        probabilities[:, self.digits] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities

    def doubtful(self, images):
        """Mark the images whose two best digits are close."""
        best = np.sort(self.scores(images), axis=1)
        return best[:, -1] - best[:, -2] < 1


class RaisesInFit(Sound):
    def fit(self, train, validation):
        raise RuntimeError("out of luck")


class GivesFloats(Sound):
    def predict(self, images):
        return super().predict(images).astype(float)


class HasTwoOpinions(Sound):
    def predict_both(self, images):
        probabilities = self.predict_proba(images)
        return 9 - probabilities.argmax(axis=1), probabilities


class MarksDoubtWithTen(Sound):
    def predict(self, images):
        return np.where(self.doubtful(images), 10, super().predict(images))


class CountsInWords(Sound):
    n_parameters = "many"


class ScalesInPlace(Sound):
    def fit(self, train, validation):
        images = train.images
        np.minimum(images, 250, out=images)
        super().fit(train, validation)


class DropsPixelsWhenItPredicts(Sound):
    random = np.random.default_rng(0)

    def inputs(self, images):
        inputs = super().inputs(images)
        return inputs * (self.random.random(inputs.shape) < 0.3)


class SqueezesTheBatch(Sound):
    def predict(self, images):
        return super().predict(images).squeeze()


class CannotReshapeNothing(Sound):
    def inputs(self, images):
        return images.reshape(len(images), -1) / 255


class FollowsItsNeighbour(Sound):
    def predict(self, images):
        predictions = super().predict(images)
        for index in np.flatnonzero(self.doubtful(images)):
            predictions[index] = predictions[index - 1]
        return predictions


class CentresTheBatch(Sound):
    def inputs(self, images):
        inputs = super().inputs(images)
        return inputs - inputs.mean(axis=0) if len(images) else inputs


class DividesByTheSpread(Sound):
    def inputs(self, images):
        inputs = super().inputs(images)
        with np.errstate(all="ignore"):
            return inputs / inputs.std(axis=1, keepdims=True)

    def scores(self, images):
        with np.errstate(all="ignore"):
            return super().scores(images)


class FollowsWhatItSees(Sound):
    def predict(self, images):
        predictions = super().predict(images)
        if len(images) > 2 * 178:
            for digit in self.digits:
                self.means[digit] += self.inputs(images[predictions == digit]).sum(axis=0)
        return predictions


class ForgetsItsSeed(Sound):
    def seed(self):
        return None

    def fit(self, train, validation):
        super().fit(train, validation)
        self.means += np.random.default_rng(self.seed()).normal(0, 0.1, self.means.shape)


class UsesItsSeed(ForgetsItsSeed):
    def seed(self):
        return self.context.seed


class AddsToWhatItKnows(Sound):
    def __init__(self, options, context):
        self.sums = np.zeros((10, 784))
        self.counts = np.zeros(10)

    def fit(self, train, validation):
        np.add.at(self.sums, train.labels, self.inputs(train.images))
        self.counts += np.bincount(train.labels, minlength=10)
        self.digits = np.flatnonzero(self.counts)
        self.means = self.sums[self.digits] / self.counts[self.digits, None]


class KeepsALambda(Sound):
    picklable = True

    def __init__(self, options, context):
        self.scale = lambda images: images / 255


class SavesRoundedMeans(Sound):
    def save(self, directory):
        means = self.means.astype(np.float16)
        save_arrays(directory / "means", {"means": means, "digits": self.digits})


def load(directory, options, context):
    classifier = Sound(options, context)
    vars(classifier).update(load_arrays(directory / "means"))
    return classifier


class NeverLearns(Sound):
    def predict(self, images):
        return np.zeros(len(images), np.uint8)


class KnowsTheDigits(Sound):
    def fit(self, train, validation):
        super().fit(tiny_digits().train, validation)


class KnowsNoughtAndOne(Sound):
    def fit(self, train, validation):
        super().fit(train, validation)
        self.known = Sound(None, self.context)
        self.known.fit(tiny_digits().train, None)

    def predict(self, images):
        known = self.known.predict(images)
        return np.where(known < 2, known, super().predict(images))


class GivesColumnsForSeenDigits(Sound):
    def predict_proba(self, images):
        return super().predict_proba(images)[:, self.digits]


class ReadsWhereItIsRun(Sound):
    def fit(self, train, validation):
        Path("settings.ini").read_text(encoding="utf-8")
        super().fit(train, validation)


class LeavesACheckpoint(Sound):
    def fit(self, train, validation):
        super().fit(train, validation)
        np.save("checkpoint.npy", self.means)


class StartsFourThreads(Sound):
    def __init__(self, options, context):
        self.executor = ThreadPoolExecutor(4)

    def fit(self, train, validation):
        pixels = train.images.tobytes()
        list(self.executor.map(zlib.compress, [pixels] * 8))
        super().fit(train, validation)


class HasNoDefault(ModelOptions):
    k: int = Field(None, description="What there is no default for")


class SaysNothing(ModelOptions):
    k: int = 1


class TakesAnything(ModelOptions):
    model_config = ConfigDict(extra="ignore")


FAULTS = {
    "fits_and_predicts": RaisesInFit,
    "shapes_and_dtypes": GivesFloats,
    "both_at_once": HasTwoOpinions,
    "labels_in_range": MarksDoubtWithTen,
    "optional_members": CountsInWords,
    "inputs_untouched": ScalesInPlace,
    "repeated_prediction": DropsPixelsWhenItPredicts,
    "one_image": SqueezesTheBatch,
    "empty_batch": CannotReshapeNothing,
    "image_order": FollowsItsNeighbour,
    "batch_size": CentresTheBatch,
    "constant_images": DividesByTheSpread,
    "other_images": FollowsWhatItSees,
    "same_seed": ForgetsItsSeed,
    "deterministic_claim": UsesItsSeed,
    "refit_forgets": AddsToWhatItKnows,
    "pickling": KeepsALambda,
    "keeping": SavesRoundedMeans,
    "learns": NeverLearns,
    "wrong_labels": KnowsTheDigits,
    "permuted_labels": KnowsNoughtAndOne,
    "missing_digits": GivesColumnsForSeenDigits,
    "fresh_process": ReadsWhereItIsRun,
    "files_written": LeavesACheckpoint,
    "thread_count": StartsFourThreads,
}
OPTIONS = {
    "option_defaults": HasNoDefault,
    "option_descriptions": SaysNothing,
    "option_values": TakesAnything,
}
DETERMINISTIC = {"deterministic_claim", "sound"}


def model(name, build, options=NoOptions):
    return ModelSpec(
        name=name,
        summary=build.__name__,
        build=build,
        options=options,
        deterministic=name in DETERMINISTIC,
        load=load if name == "keeping" else None,
    )


@hookimpl
def digitbench_models():
    faulty = [model(name, build) for name, build in FAULTS.items()]
    careless = [model(name, Sound, options) for name, options in OPTIONS.items()]
    return [model("sound", Sound), *faulty, *careless]
