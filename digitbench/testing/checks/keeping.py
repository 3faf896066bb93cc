"""What a trained classifier saves is enough to predict the same in another process."""

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DigitbenchError, one_line
from digitbench.kept import saved_files
from digitbench.testing.fresh import predict_kept_in_fresh_process
from digitbench.testing.model_under_test import SEED, ModelUnderTest
from digitbench.testing.results import CheckFailure, CheckSkipped, check

_ADVICE = (
    "Save all that predict needs into the directory, with digitbench.save_arrays, and make the "
    "classifier from that directory alone in load."
)


@check("repeated_prediction")
def keeping(examination: ModelUnderTest) -> None:
    """A classifier that is saved and loaded in another process predicts exactly the same."""
    spec, classifier = examination.spec, examination.classifier
    save = getattr(classifier, "save", None)
    if spec.load is None and save is None:
        raise CheckSkipped("the model has no `load` and its classifier no `save`")
    if spec.load is None or not callable(save):
        raise CheckFailure(
            "both `load` of the ModelSpec and `save` of its classifier, or neither",
            "`save` alone" if spec.load is None else "`load` alone",
            "Write the other one, or leave both out.",
        )
    try:
        names, files = saved_files(save).keys(), saved_files(save)
    except DigitbenchError as error:
        raise CheckFailure("files that can be kept", one_line(error), _ADVICE) from error
    if names != files.keys():
        raise CheckFailure(
            "the same files when the classifier is saved twice",
            f"{', '.join(sorted(names))}, and then {', '.join(sorted(files))}",
            "Let nothing but what was learnt decide which files are saved.",
        )
    images = examination.data.test.images
    found = predict_kept_in_fresh_process(files, spec, examination.options, SEED, images)
    if isinstance(found, str):
        raise CheckFailure("predictions of the loaded classifier", found, _ADVICE)
    _compare("predictions", examination.predict(classifier, images), found.get("predictions"))
    _compare("probabilities", examination.probabilities(images), found.get("probabilities"))


def _compare(what: str, before: object, after: NDArray[np.generic] | None) -> None:
    """Compare what a classifier gives with what it gives once it is loaded."""
    if before is None and after is None:
        return
    if before is None or after is None:
        raise CheckFailure(
            f"{what} of the loaded classifier if, and only if, the saved one gives them",
            "none" if after is None else "some",
            _ADVICE,
        )
    expected = np.asarray(before)
    differing = np.count_nonzero(expected != after) if expected.shape == after.shape else after.size
    if differing:
        raise CheckFailure(
            f"the very same {expected.size} {what} of the loaded classifier",
            f"{differing} others",
            _ADVICE,
        )
