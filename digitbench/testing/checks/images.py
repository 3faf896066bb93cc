"""Predictions belong to images: not to a moment, an order, a batch, or their neighbours in it."""

import numpy as np

from digitbench.runner.classifier_output import check_predictions, check_probabilities
from digitbench.testing.data import other_looks, with_constant_images
from digitbench.testing.model_under_test import FLIPS, LEARNT, ModelUnderTest
from digitbench.testing.results import CheckFailure, check, no_error
from digitbench.types import IMAGE_SHAPE, Classifier, Images

_SINGLE_IMAGES = 10
_BATCH = 33
_LOST = 0.15
"""Accuracy that a few constant images in the training may cost; four in a hundred labels."""


@check("labels_in_range")
def repeated_prediction(examination: ModelUnderTest) -> None:
    """Predicting again gives the same.

    Why: Dropout that is left on in `predict` makes the accuracy a matter of luck.
    Tolerates: 2 % other predictions.
    """
    test = examination.data.test
    again = examination.predict(examination.classifier, test.images)
    differing = int(np.count_nonzero(again != examination.predictions))
    if differing > FLIPS * len(test):
        raise CheckFailure(
            f"the same predictions when the {len(test)} images are predicted again",
            f"{differing} others",
            "Switch off in predict what is random in training, such as dropout.",
        )


@check("labels_in_range")
def one_image(examination: ModelUnderTest) -> None:
    """A batch of one image is predicted.

    Why: digitbench measures the latency on single images, which `squeeze()` turns into none.
    """
    images = examination.data.test.images[:1]
    _check_batch(
        examination, examination.classifier, images, "Let no squeeze() drop the first axis."
    )


@check("labels_in_range")
def empty_batch(examination: ModelUnderTest) -> None:
    """A batch of no images gets no predictions, and no error.

    Why: What splits images into batches may leave an empty one.
    """
    images = np.empty((0, *IMAGE_SHAPE), np.uint8)
    _check_batch(
        examination,
        examination.classifier,
        images,
        "Return np.empty(0, np.uint8), and probabilities of shape (0, 10), if there are no images.",
    )


@check("repeated_prediction")
def image_order(examination: ModelUnderTest) -> None:
    """Predictions follow the images when these are put in another order.

    Why: A test set has no order that a model may use.
    Tolerates: 2 % other predictions.
    """
    test = examination.data.test
    order = np.random.default_rng(0).permutation(len(test))
    shuffled = examination.predict(examination.classifier, test.images[order])
    differing = int(np.count_nonzero(shuffled != examination.predictions[order]))
    if differing > FLIPS * len(test):
        raise CheckFailure(
            f"the same predictions for {len(test)} images in another order",
            f"{differing} others",
            "Predict each image by itself, and return the predictions in the images' order.",
        )


@check("image_order", "one_image")
def batch_size(examination: ModelUnderTest) -> None:
    """Predictions are the same for images alone and in batches of any size.

    Why: Figures of the batch, as batch normalisation uses in training, make a prediction depend on
        its neighbours.
    Tolerates: 2 % other predictions: a product of matrices of another size rounds differently, and
        an image between two digits may tip over. One in some thousands does.
    """
    test = examination.data.test
    ends = [*range(1, _SINGLE_IMAGES + 1), *range(_SINGLE_IMAGES + _BATCH, len(test), _BATCH)]
    parts = np.split(test.images, ends)
    predictions = np.concatenate([examination.predict(examination.classifier, p) for p in parts])
    differing = int(np.count_nonzero(predictions != examination.predictions))
    if differing > FLIPS * len(test):
        raise CheckFailure(
            f"the same predictions for {len(test)} images in batches of 1 and {_BATCH}",
            f"{differing} others",
            "Scale and normalise with figures of the training images, not of the batch: batch "
            "normalisation must be in inference mode.",
        )


@check("labels_in_range")
def constant_images(examination: ModelUnderTest) -> None:
    """Images of one grey value are predicted, and do no harm among the training images.

    Why: A blank image has no spread to divide by, and one NaN spoils all weights. Blank images are
        predicted, and put among the training images.
    Tolerates: An accuracy up to 0.15 lower, with one training image in 25 blank or all ink.
    """
    values = np.array([0, 1, 128, 255], np.uint8)
    constant = np.broadcast_to(values[:, None, None], (len(values), *IMAGE_SHAPE))
    advice = "Guard divisions by an image's own spread, ink or length against zero."
    _check_batch(examination, examination.classifier, constant, advice)
    lessons = examination.lessons
    with no_error("when blank images are among the training images", advice):
        classifier = examination.fitted(with_constant_images(lessons.train))
    _check_batch(examination, classifier, constant, advice)
    accuracy = examination.accuracy(classifier, examination.data.test)
    if lessons.accuracy >= LEARNT and accuracy < lessons.accuracy - _LOST:
        raise CheckFailure(
            f"an accuracy near {lessons.accuracy:.2f} with 1 in 25 training images of one value",
            f"{accuracy:.2f}",
            advice,
        )


@check("batch_size", "constant_images")
def other_images(examination: ModelUnderTest) -> None:
    """Images that look otherwise, more of them than before, are predicted and change nothing.

    Why: A run may predict further test sets with one trained classifier. What keeps figures of the
        images it has predicted, or buffers of their size, predicts the next ones otherwise.
    Tolerates: 2 % other predictions of the test images afterwards.
    """
    test = examination.data.test
    advice = "Let predict leave the classifier as fit has made it, for any number of images."
    for images in other_looks(examination.data.train.images):
        _check_batch(examination, examination.classifier, images, advice)
    again = examination.predict(examination.classifier, test.images)
    differing = int(np.count_nonzero(again != examination.predictions))
    if differing > FLIPS * len(test):
        examination.fit_anew()
        raise CheckFailure(
            f"the same predictions of {len(test)} images after others were predicted",
            f"{differing} others",
            advice,
        )


def _check_batch(
    examination: ModelUnderTest, classifier: Classifier, images: Images, advice: str
) -> None:
    """Check that valid digits and probabilities come for some images."""
    count = len(images)
    with no_error(f"and valid predictions for {count} such images", advice):
        check_predictions(examination.predict(classifier, images), count)
        probabilities = examination.probabilities(images, classifier)
        if probabilities is not None:
            check_probabilities(probabilities, count)
