"""What is computed again comes out again: by seed, by claim, after another fit, after pickling."""

import pickle

import numpy as np

from digitbench.testing.data import mislabelled
from digitbench.testing.fresh import predict_in_fresh_process
from digitbench.testing.model_under_test import FLIPS, SEED, ModelUnderTest
from digitbench.testing.results import CheckFailure, CheckSkipped, check, no_error
from digitbench.types import Classifier

_OTHER_SEED = 2


@check("repeated_prediction")
def same_seed(examination: ModelUnderTest) -> None:
    """Two classifiers of one seed, fitted to the same images, predict the same.

    Why: A trial can be repeated only if all randomness comes from its seed.
    Tolerates: What is declared: `tolerance=0.01`, or `--tolerance 0.01`, lets 1 % of the
        predictions differ. By default none.
    """
    _compare(
        examination,
        examination.fitted(examination.data.train),
        "the same predictions from two fits with one seed",
        "Draw every random number from a generator made of context.seed in build or fit, and "
        "seed the framework with it too; if the rest is the hardware's, declare a tolerance.",
    )


@check("same_seed")
def deterministic_claim(examination: ModelUnderTest) -> None:
    """A model that claims to be deterministic predicts the same with another seed.

    Why: A model that claims to ignore its seed is run only once, and gets no spread.
    Tolerates: As `same_seed`. Skipped without the claim.
    """
    if not examination.spec.is_deterministic(examination.options):
        raise CheckSkipped("the model does not claim to be deterministic")
    _compare(
        examination,
        examination.fitted(examination.data.train, _OTHER_SEED),
        "the same predictions with another seed, because ModelSpec.deterministic says so",
        "Declare deterministic=False, or a function of the options; such a model runs only once.",
    )


@check("same_seed")
def refit_forgets(examination: ModelUnderTest) -> None:
    """A classifier that is fitted again forgets what it learnt before.

    Why: Weights made in `build` go on from the first fit in the second. The classifier is fitted to
        wrong labels, then to the right ones.
    Tolerates: As `same_seed`.
    """
    train = examination.data.train
    classifier = examination.fitted(mislabelled(train))
    examination.fit(classifier, train)
    _compare(
        examination,
        classifier,
        "a classifier that was fitted to wrong labels, and then to the right ones, to predict "
        "as one that saw the right ones alone",
        "Make weights, counts and random generators anew at the start of fit.",
    )


@check("repeated_prediction")
def pickling(examination: ModelUnderTest) -> None:
    """A classifier that claims to be picklable predicts the same in another process.

    Why: A classifier with a member `picklable` that is true claims to predict the same in another
        process.
    Tolerates: 2 % other predictions. Skipped without the claim.
    """
    classifier = examination.classifier
    if not getattr(classifier, "picklable", False):
        raise CheckSkipped("the classifier has no member `picklable` that is true")
    advice = "Keep in the classifier what can be pickled, or drop the claim `picklable`."
    with no_error("when the fitted classifier is pickled", advice):
        pickled = pickle.dumps(classifier)
    images = examination.data.test.images
    found = predict_in_fresh_process(pickled, examination.spec, examination.options, SEED, images)
    if isinstance(found, str):
        raise CheckFailure("predictions of the unpickled classifier", found, advice)
    differing = int(np.count_nonzero(found != examination.predictions))
    if differing > FLIPS * len(images):
        raise CheckFailure(
            f"the same {len(images)} predictions of the unpickled classifier",
            f"{differing} others",
            advice,
        )


def _compare(
    examination: ModelUnderTest, classifier: Classifier, expected: str, advice: str
) -> None:
    """Compare predictions of the test images with those of the examination's classifier."""
    predictions = examination.predict(classifier, examination.data.test.images)
    share = float(np.mean(predictions != examination.predictions))
    if share > examination.tolerance:
        allowed = f" (at most {examination.tolerance:.1%} others)" if examination.tolerance else ""
        raise CheckFailure(expected + allowed, f"{share:.1%} others", advice)
