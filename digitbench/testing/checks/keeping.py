"""What a trained classifier saves is enough to predict the same in another process."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DigitbenchError, KeptModelError, one_line
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
    """A classifier that is saved and loaded in another process predicts exactly the same.

    Why: A model that is kept must give on another day the very predictions of its run.
    Tolerates: Nothing. Skipped where the model has no `load`, or says that it cannot be saved.
    """
    spec, classifier = examination.spec, examination.classifier
    save = getattr(classifier, "save", None)
    if spec.load is None:
        raise CheckSkipped("its ModelSpec has no `load`: the model is not kept")
    if not callable(save):
        raise CheckFailure(
            "a member `save` of the classifier, because its ModelSpec has `load`",
            "none",
            "Write it, or leave `load` out.",
        )
    files = _saved_twice(save)
    images = examination.data.test.images
    found = predict_kept_in_fresh_process(files, spec, examination.options, SEED, images)
    if isinstance(found, str):
        raise CheckFailure("predictions of the loaded classifier", found, _ADVICE)
    _compare("predictions", examination.predict(classifier, images), found.get("predictions"))
    _compare("probabilities", examination.probabilities(images), found.get("probabilities"))


def _saved_twice(save: Callable[[Path], object]) -> dict[str, bytes]:
    """Let a classifier save itself twice and return the files of the second time.

    Raises:
        CheckFailure: they cannot be kept, or are others than the first time.
        CheckSkipped: the classifier says so itself.
    """
    refusals: list[KeptModelError] = []

    def save_unless_refused(directory: Path) -> None:
        try:
            save(directory)
        except KeptModelError as error:
            refusals.append(error)
            raise

    try:
        names, files = saved_files(save_unless_refused).keys(), saved_files(save_unless_refused)
    except DigitbenchError as error:
        if refusals:
            raise CheckSkipped(f"the classifier says that it cannot be kept: {error}") from error
        raise CheckFailure("files that can be kept", one_line(error), _ADVICE) from error
    if names != files.keys():
        raise CheckFailure(
            "the same files when the classifier is saved twice",
            f"{', '.join(sorted(names))}, and then {', '.join(sorted(files))}",
            "Let nothing but what was learnt decide which files are saved.",
        )
    return files


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
