"""Every built-in model, saved and loaded again: the same labels and the same probabilities."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import builtin_models
from builtin_models import MODELS, spec_of
from digitbench import BuildContext, KeptModelError, save_arrays
from digitbench.types import available_cpus

Saved = Callable[[str, Path], Any]


def output(classifier: Any, digits: Any) -> list[NDArray[Any]]:
    """Return all that a classifier says of the test images."""
    images = digits.test.images
    given = [np.asarray(classifier.predict(images))]
    return given + (
        [classifier.predict_proba(images)] if hasattr(classifier, "predict_proba") else []
    )


@pytest.fixture
def saved(fitted_to_few: Callable[[str], Any]) -> Saved:
    """Return a function that saves a model which has seen a few digits."""

    def save(label: str, directory: Path) -> Any:
        classifier = fitted_to_few(label)
        directory.mkdir()
        classifier.save(directory)
        return classifier

    return save


@pytest.mark.parametrize("label", MODELS)
def test_a_loaded_model_says_the_same_to_the_last_bit(
    label: str, saved: Saved, digits: Any, tmp_path: Path
) -> None:
    before = output(saved(label, tmp_path / "kept"), digits)
    spec = spec_of(label)
    assert spec.load is not None
    context = BuildContext(seed=4, threads=available_cpus())
    loaded = spec.load(tmp_path / "kept", spec.options(**MODELS[label]), context)
    for mine, theirs in zip(output(loaded, digits), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype


IN_A_NEW_PROCESS = """
import sys
from pathlib import Path
import numpy as np
from digitbench import BuildContext
from digitbench.types import available_cpus
from builtin_models import MODELS, spec_of
place = Path(sys.argv[1])
images = np.load(place / "images.npy")
for number, label in enumerate(MODELS):
    spec = spec_of(label)
    context = BuildContext(9, available_cpus())
    loaded = spec.load(place / str(number), spec.options(**MODELS[label]), context)
    given = {"labels": loaded.predict(images)}
    if hasattr(loaded, "predict_proba"):
        given["probabilities"] = loaded.predict_proba(images)
    np.savez(place / f"{number}.npz", **given)
"""


@pytest.mark.slow
def test_a_new_process_says_the_same_to_the_last_bit(
    saved: Saved, digits: Any, tmp_path: Path
) -> None:
    np.save(tmp_path / "images.npy", digits.test.images)
    before = [
        output(saved(label, tmp_path / str(number)), digits) for number, label in enumerate(MODELS)
    ]
    subprocess.run(
        [sys.executable, "-c", IN_A_NEW_PROCESS, tmp_path],
        env=os.environ | {"PYTHONPATH": str(Path(builtin_models.__file__).parent)},
        check=True,
    )
    for number, theirs in enumerate(before):
        with np.load(tmp_path / f"{number}.npz") as given:
            assert len(given) == len(theirs)
            for mine, array in zip(given.values(), theirs, strict=True):
                np.testing.assert_array_equal(mine, array)


@pytest.mark.parametrize(
    ("label", "file", "arrays", "message"),
    [
        ("softmax", "weights", {"weights": np.zeros((784, 10))}, "holds the arrays"),
        ("cnn", "weights", {"C1": np.zeros((5, 5, 1, 16), np.float32)}, "holds the arrays"),
        (
            "knn",
            "images",
            {"images": np.zeros((4, 28, 28), np.uint8), "labels": np.full(4, 10, np.uint8)},
            "do not go together",
        ),
        (
            "knn[backend=sklearn]",
            "images",
            {"images": np.zeros((2, 28, 28), np.uint8), "labels": np.zeros(2, np.uint8)},
            "do not go together",
        ),
        ("svm[probability=true]", "calibration", {"slopes": np.ones(10)}, "holds the arrays"),
    ],
)
def test_wrong_arrays_are_refused_in_one_line(
    label: str,
    file: str,
    arrays: dict[str, NDArray[Any]],
    message: str,
    saved: Saved,
    tmp_path: Path,
) -> None:
    saved(label, tmp_path / "kept")
    save_arrays(tmp_path / "kept" / f"{file}.safetensors", arrays)
    spec = spec_of(label)
    assert spec.load is not None
    with pytest.raises(KeptModelError, match=message) as refused:
        spec.load(
            tmp_path / "kept",
            spec.options(**MODELS[label]),
            BuildContext(1, threads=available_cpus()),
        )
    assert len(str(refused.value).splitlines()) == 1


def test_options_cannot_make_a_network_larger_than_its_file(saved: Saved, tmp_path: Path) -> None:
    saved("cnn", tmp_path / "kept")
    spec: Any = spec_of("cnn")
    vast = spec.options(filters="90000/90000/90000")  # 450 GB
    with pytest.raises(
        KeptModelError, match=r"'C1' is float32 .* where float32 \(5, 5, 1, 90000\)"
    ):
        spec.load(tmp_path / "kept", vast, BuildContext(1, threads=available_cpus()))
