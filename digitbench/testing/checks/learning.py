"""It learns from the labels it is given, all it knows, and nothing else."""

from digitbench.runner.classifier_output import check_predictions, check_probabilities
from digitbench.testing.data import mislabelled, permuted, without
from digitbench.testing.model_under_test import LEARNT, ModelUnderTest
from digitbench.testing.results import CheckFailure, check, no_error
from digitbench.types import Split

_CHANCE = 0.25
"""Accuracy that is still chance, 0.1, for a model that lumps images together."""

_PERMUTATION_TOLERANCE = 0.1
"""Accuracy that may come and go with the names of the digits: about as much as with the seed, for
a model that has hardly learnt. A model that is not random loses none but by ties."""

_MISSING = (3, 8)


@check("labels_in_range")
def learns(examination: ModelUnderTest) -> None:
    """It does better than chance on digits it has not seen.

    Why: Swapped axes and lost labels give a model that runs and knows nothing.
    Tolerates: Any accuracy of at least 0.5, where chance gives 0.1.
    """
    lessons = examination.lessons
    if lessons.accuracy < LEARNT:
        raise CheckFailure(
            f"an accuracy of at least {LEARNT} after {len(lessons.train):,} real digits, where "
            "chance gives 0.1",
            f"{lessons.accuracy:.2f}",
            "If the options leave the model too few steps, check it with others; else look at "
            "how images are scaled and labels are encoded.",
        )


@check("learns")
def wrong_labels(examination: ModelUnderTest) -> None:
    """With training labels that are all wrong it does no better than chance.

    Why: A model that is right after training on labels that are all wrong knows the answers from
        elsewhere.
    Tolerates: An accuracy of up to 0.25: images that a model takes for one kind are right or wrong
        together.
    """
    classifier = examination.fitted(mislabelled(examination.lessons.train))
    accuracy = examination.accuracy(classifier, examination.data.test)
    if accuracy > _CHANCE:
        raise CheckFailure(
            f"an accuracy near 0.1, at most {_CHANCE}, with wrong training labels",
            f"{accuracy:.2f}",
            "It knows digits that it was not given: use no other labels, images or trained "
            "weights of the data that models are compared on.",
        )


@check("wrong_labels")
def permuted_labels(examination: ModelUnderTest) -> None:
    """With the digits' names exchanged it learns the new names as well as the old.

    Why: Digits are names. Arithmetic with them, or a rule for one of them, breaks when each digit
        gets another's name.
    Tolerates: An accuracy up to 0.1 higher or lower: a seeded model that has hardly learnt is not
        the same after it.
    """
    lessons, test = examination.lessons, examination.data.test
    renamed = Split(lessons.train.images, permuted(lessons.train.labels))
    accuracy = examination.accuracy(
        examination.fitted(renamed), Split(test.images, permuted(test.labels))
    )
    if abs(accuracy - lessons.accuracy) > _PERMUTATION_TOLERANCE:
        raise CheckFailure(
            f"an accuracy within {_PERMUTATION_TOLERANCE} of {lessons.accuracy:.2f} when each "
            "digit has another's name",
            f"{accuracy:.2f}",
            "Treat labels as names: no arithmetic with them, no rules for single digits.",
        )


@check("learns")
def missing_digits(examination: ModelUnderTest) -> None:
    """Digits that no training image shows do no harm to the others.

    Why: A column of scores is not a digit if the training images lack some: here 3 and 8.
    Tolerates: An accuracy of at least 0.5 on the other digits.
    """
    train, test = examination.lessons.train, examination.data.test
    names = " and ".join(map(str, _MISSING))
    advice = (
        "Columns of scores are not digits if some are missing: with scikit-learn classes_ says "
        "which they are. predict_proba has ten columns all the same."
    )
    with no_error(f"when no training image shows {names}", advice):
        classifier = examination.fitted(without(train, _MISSING))
        check_predictions(examination.predict(classifier, test.images), len(test))
        probabilities = examination.probabilities(test.images, classifier)
        if probabilities is not None:
            check_probabilities(probabilities, len(test))
    accuracy = examination.accuracy(classifier, without(test, _MISSING))
    if accuracy < LEARNT:
        raise CheckFailure(
            f"an accuracy of at least {LEARNT} on the other digits when no training image shows "
            f"{names}",
            f"{accuracy:.2f}",
            advice,
        )
