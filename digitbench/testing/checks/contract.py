"""What a classifier gives: shapes, types and ranges, and nothing spoilt on the way."""

import numpy as np

from digitbench.errors import ContractError, DigitbenchError, one_line
from digitbench.foreign import foreign_code
from digitbench.runner.classifier_output import check_probabilities, reported_members
from digitbench.testing.model_under_test import ModelUnderTest
from digitbench.testing.results import CheckFailure, CheckSkipped, check, no_error
from digitbench.types import NUM_CLASSES, Split


@check()
def fits_and_predicts(examination: ModelUnderTest) -> None:
    """It can be built and fitted, and predicts.

    Why: Nothing else can be asked of a model that cannot.
    """
    with no_error(
        "when it is built, fitted to images and asked for predictions",
        "Try the model on digitbench.testing.tiny_digits().",
    ):
        _ = examination.predictions


@check("fits_and_predicts")
def shapes_and_dtypes(examination: ModelUnderTest) -> None:
    """`predict` gives an integer for each image, `predict_proba` ten probabilities.

    Why: A column of labels, or a label as a float, is compared wrongly without any error.
    Tolerates: Integers of any size, floats of any precision; rows of probabilities that sum to 1
        within 0.001, because float32 and bfloat16 round.
    """
    test = examination.data.test
    predictions = examination.predictions
    if predictions.shape != (len(test),) or not np.issubdtype(predictions.dtype, np.integer):
        raise CheckFailure(
            f"predict to return integers of shape ({len(test)},) for {len(test)} images",
            f"{predictions.dtype} of shape {predictions.shape}",
            "Return one digit for each image, such as scores.argmax(axis=1).",
        )
    probabilities = examination.probabilities(test.images)
    try:
        if probabilities is not None:
            check_probabilities(probabilities, len(test))
    except ContractError as error:
        raise CheckFailure(
            f"predict_proba to return floats of shape ({len(test)}, {NUM_CLASSES}), 0 or more, "
            "with rows that sum to 1",
            str(error),
            "Return what a softmax gives, or leave predict_proba out.",
        ) from error


@check("shapes_and_dtypes")
def both_at_once(examination: ModelUnderTest) -> None:
    """`predict_both` gives what `predict` and `predict_proba` give.

    Why: A trial asks for both with one call, and later users of the model with the others.
    Tolerates: A classifier without it.
    """
    predict_both = getattr(examination.classifier, "predict_both", None)
    if predict_both is None:
        raise CheckSkipped("the classifier has no method `predict_both`")
    images = examination.data.test.images
    given = predict_both(images.copy())
    due = examination.predictions, examination.probabilities(images)
    for name, found, wanted in zip(("predict", "predict_proba"), given, due, strict=True):
        if not np.array_equal(found, wanted):
            raise CheckFailure(
                f"predict_both to return what {name} returns",
                "other values",
                "Compute both from the same numbers, or leave predict_both out.",
            )


@check("shapes_and_dtypes")
def labels_in_range(examination: ModelUnderTest) -> None:
    """Every prediction is a digit from 0 to 9.

    Why: There are ten digits; a mark for "unknown" counts as one more.
    """
    predictions = examination.predictions
    strange = np.unique(predictions[(predictions < 0) | (predictions >= NUM_CLASSES)])
    if len(strange):
        raise CheckFailure(
            "digits from 0 to 9",
            f"predictions of {', '.join(map(str, strange[:5]))}",
            "Return the digits themselves, not one-based classes or a mark for unknown ones.",
        )


@check("fits_and_predicts")
def optional_members(examination: ModelUnderTest) -> None:
    """`n_parameters`, `size_bytes`, `history` and `details` are of the promised types.

    Why: What a classifier says of itself is stored with the result.
    Tolerates: A member that is missing or None.
    """
    expected = (
        "n_parameters and size_bytes to be None or integers, 0 or more; history a sequence of "
        "mappings from names to numbers; details a mapping from names to plain values"
    )
    advice = "Set the member after fit to the promised type, or leave it out."
    try:
        with foreign_code():
            reported_members(examination.classifier)
    except DigitbenchError as error:
        raise CheckFailure(expected, one_line(error), advice) from error


@check("shapes_and_dtypes")
def inputs_untouched(examination: ModelUnderTest) -> None:
    """The images and labels it is given are left as they are.

    Why: All trials share the images; a model that scales them in place spoils them for the next.
    """
    train, test = examination.data.train, examination.data.test
    copy = Split(train.images.copy(), train.labels.copy())
    images = test.images.copy()
    images.flags.writeable = False
    advice = "Work on a copy: images / 255 makes one, images /= 255 writes to what all share."
    classifier = examination.build()
    with no_error("with images that are read-only, as those of a run are", advice):
        classifier.fit(copy, None)
        for method in ("predict", "predict_proba"):
            if hasattr(classifier, method):
                getattr(classifier, method)(images)
    for name, given, original in (
        ("training images", copy.images, train.images),
        ("training labels", copy.labels, train.labels),
        ("images to predict", images, test.images),
    ):
        changed = int(np.count_nonzero(given != original))
        if changed:
            raise CheckFailure(f"the {name} unchanged", f"{changed} values changed", advice)
