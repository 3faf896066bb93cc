"""Models in formats that other programs read: run there, they give the same digits."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builtin_models import fitted, spec_of
from digitbench import BuildContext, OnnxGraph, Split, UsageError, add_deskewing, deskewed

needs_onnx = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed"
)
LABELS = (
    "softmax[deskew=true]",
    "cnn",
    "cnn[recipe=robust]",
    "svm",
    "svm[probability=true]",
    "knn",
    "knn[deskew=true]",
    "sklearn:ensemble.ExtraTreesClassifier",
    "sklearn:linear_model.RidgeClassifier",
    "estimator:sklearn.svm.SVC",
)


def run_onnx(file: Path, images: NDArray[np.uint8]) -> Mapping[str, NDArray[Any]]:
    import onnxruntime

    session = onnxruntime.InferenceSession(file)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"images": images}), strict=True))


def assert_same(given: Mapping[str, NDArray[Any]], classifier: Any, images: Any) -> None:
    np.testing.assert_array_equal(given["label"], classifier.predict(images))
    assert given["label"].dtype == np.int64
    assert ("probabilities" in given) == hasattr(classifier, "predict_proba")
    if "probabilities" in given:
        assert given["probabilities"].dtype == np.float32
        expected = classifier.predict_proba(images)
        np.testing.assert_allclose(given["probabilities"], expected, rtol=0, atol=1e-5)


@needs_onnx
@pytest.mark.parametrize("label", LABELS)
def test_a_runtime_of_onnx_gives_the_same_digits(
    label: str, fitted_to_few: Callable[[str], Any], digits: Any, tmp_path: Path
) -> None:
    classifier = fitted_to_few(label)
    spec_of(label).exports["onnx"](classifier, tmp_path / "model.onnx")
    # Copies among them: of training images, at no distance.
    images = np.concatenate([digits.test.images, digits.train.images[:20]])
    assert_same(run_onnx(tmp_path / "model.onnx", images), classifier, images)


@needs_onnx
@pytest.mark.parametrize("label", ["svm[probability=true]", "knn", "softmax", "svm"])
@pytest.mark.parametrize("seen", [(3, 8), (1, 5, 9)])
def test_digits_never_seen_are_never_said(
    label: str, seen: tuple[int, ...], digits: Any, tmp_path: Path
) -> None:
    of = np.isin(digits.train.labels, seen)
    classifier = fitted(label, Split(digits.train.images[of][:200], digits.train.labels[of][:200]))
    spec_of(label).exports["onnx"](classifier, tmp_path / "model.onnx")
    images = digits.test.images
    assert_same(run_onnx(tmp_path / "model.onnx", images), classifier, images)


@needs_onnx
def test_deskewing_in_a_graph_is_deskewing_to_the_byte(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (200, 28, 28)).astype(np.uint8)
    images[:80] = np.where(rng.random((80, 28, 28)) < 0.01, images[:80], 0)
    images[0] = 0
    images[1] = np.where(np.arange(28)[:, None] == 5, images[1], 0)  # ink in one row alone
    images[2, 1:] = images[2, :, 1:] = 0  # and in a corner
    graph = OnnxGraph()
    graph.write(
        tmp_path / "model.onnx", graph.cast(graph.reshape(add_deskewing(graph), -1), "int64")
    )
    given = run_onnx(tmp_path / "model.onnx", images)["label"]
    np.testing.assert_array_equal(given.reshape(images.shape), deskewed(images))


ELSEWHERE = """
import sys
from pathlib import Path
import numpy as np
from onnxruntime import InferenceSession
images = np.load(sys.argv[1] + "/images.npy")
for file in Path(sys.argv[1]).glob("*.onnx"):
    session = InferenceSession(file)
    names = [output.name for output in session.get_outputs()]
    given = session.run(names, {"images": images})
    np.savez(file.with_suffix(".npz"), **dict(zip(names, given)))
assert "digitbench" not in sys.modules
"""


@pytest.mark.slow
@needs_onnx
def test_another_process_gives_the_same_digits(digits: Any, tmp_path: Path) -> None:
    images = digits.test.images
    np.save(tmp_path / "images.npy", images)
    classifiers = {}
    for number, label in enumerate(LABELS):
        classifiers[number] = fitted(label, digits.train)
        spec_of(label).exports["onnx"](classifiers[number], tmp_path / f"{number}.onnx")
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(tmp_path)], check=True, env=os.environ)
    for number, classifier in classifiers.items():
        with np.load(tmp_path / f"{number}.npz") as given:
            assert_same(given, classifier, images)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["cnn", "softmax"])
def test_tensorflow_gives_the_same_digits(
    label: str, fitted_to_few: Callable[[str], Any], digits: Any, tmp_path: Path
) -> None:
    import tensorflow as tf

    classifier = fitted_to_few(label)
    spec_of(label).exports["savedmodel"](classifier, tmp_path / "model")
    serve = tf.saved_model.load(str(tmp_path / "model")).signatures["serving_default"]
    given = {name: value.numpy() for name, value in serve(images=digits.test.images).items()}
    assert_same(given, classifier, digits.test.images)


@pytest.mark.parametrize(
    ("label", "to", "reason"),
    [
        ("softmax[deskew=true]", "savedmodel", "cannot be written as savedmodel: use onnx"),
        ("knn[backend=sklearn]", "onnx", "backend=exact alone"),
    ],
)
def test_what_cannot_be_written_is_refused(
    label: str, to: str, reason: str, fitted_to_few: Callable[[str], Any], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=reason):
        spec_of(label).exports[to](fitted_to_few(label), tmp_path / "model")


@needs_onnx
def test_of_digits_with_equal_votes_the_first_is_said(digits: Any, tmp_path: Path) -> None:
    spec: Any = spec_of("sklearn:ensemble.ExtraTreesClassifier")
    classifier: Any = spec.build(spec.options(n_estimators=30), BuildContext(1, 1))
    classifier.fit(Split(digits.train.images[:60], digits.train.labels[:60]), None)
    spec.exports["onnx"](classifier, tmp_path / "model.onnx")
    images = np.random.default_rng(2).integers(0, 256, (1000, 28, 28)).astype(np.uint8)
    votes = np.sort(classifier.predict_proba(images), axis=1)
    assert np.count_nonzero(votes[:, -1] == votes[:, -2]) > 100
    assert_same(run_onnx(tmp_path / "model.onnx", images), classifier, images)


@needs_onnx
def test_an_estimator_without_a_converter_is_refused_in_one_line(
    digits: Any, tmp_path: Path
) -> None:
    label = "sklearn:dummy.DummyClassifier"
    spec = spec_of(label)
    classifier = spec.build(spec.options(), BuildContext(1, 1))
    classifier.fit(digits.train, None)
    with pytest.raises(UsageError, match="skl2onnx cannot convert DummyClassifier") as refused:
        spec.exports["onnx"](classifier, tmp_path / "model.onnx")
    assert len(str(refused.value).splitlines()) == 1
