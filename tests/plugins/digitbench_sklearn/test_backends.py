import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from threadpoolctl import threadpool_info

from digitbench import Split, UsageError, deskewed
from digitbench_sklearn import backends

needs_sklearnex = pytest.mark.skipif(
    not backends.sklearnex_is_installed(), reason="needs scikit-learn-intelex"
)


def flat(images: Any) -> Any:
    return images.reshape(-1, 784) / np.float32(255)


def own_estimator(name: str) -> Any:
    if name == "svm":
        return SVC(C=5.0, gamma=0.02)
    return KNeighborsClassifier(3, algorithm="brute")


@pytest.mark.parametrize("name", ["svm", "knn"])
def test_backend_sklearn_predicts_what_scikit_learn_predicts(
    make: Callable[..., Any], digits: Any, name: str
) -> None:
    ours = make(name, backend="sklearn")
    ours.fit(digits.train, None)
    theirs = own_estimator(name).fit(flat(digits.train.images), digits.train.labels)
    np.testing.assert_array_equal(
        ours.predict(digits.test.images), theirs.predict(flat(digits.test.images))
    )
    assert ours.details["backend"] == "sklearn"


@needs_sklearnex
@pytest.mark.parametrize("name", ["svm", "knn"])
def test_sklearnex_really_computes_and_agrees(
    make: Callable[..., Any], digits: Any, name: str
) -> None:
    ours = make(name, backend="sklearnex")
    ours.fit(digits.train, None)
    theirs = own_estimator(name).fit(flat(digits.train.images), digits.train.labels)
    agreement = np.mean(
        ours.predict(digits.test.images) == theirs.predict(flat(digits.test.images))
    )
    assert ours.details["backend"] == "sklearnex"
    assert agreement > 0.99


@needs_sklearnex
def test_a_silent_fallback_is_reported_as_scikit_learn() -> None:
    random = np.random.default_rng(0)
    estimator = backends.make_estimator(
        "neighbors", "KNeighborsClassifier", "sklearnex", 1, metric="canberra", algorithm="brute"
    )
    with backends.computing(1) as computation:
        estimator.fit(random.random((50, 5), np.float32), np.arange(50) % 2)
    assert type(estimator).__module__.startswith("sklearnex")
    assert computation.backend == "sklearn"


@needs_sklearnex
def test_watching_a_computation_prints_nothing_and_leaves_the_log_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    logger = logging.getLogger("sklearnex")
    before = (logger.level, list(logger.filters))
    estimator = backends.make_estimator("svm", "SVC", "sklearnex", 1)
    with backends.computing(1) as computation:
        estimator.fit(np.arange(20, dtype=np.float32).reshape(10, 2), np.arange(10) % 2)
    assert computation.backend == "sklearnex"
    assert (logger.level, list(logger.filters)) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@needs_sklearnex
def test_scikit_learn_is_not_patched() -> None:
    code = (
        "import sys\n"
        "from digitbench_sklearn.backends import make_estimator\n"
        "make_estimator('svm', 'SVC', 'sklearnex', 1)\n"
        "import sklearn.svm\n"
        "print(sklearn.svm.SVC.__module__)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "sklearn.svm._classes"


def test_without_sklearnex_it_cannot_be_asked_for(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "sklearnex_is_installed", lambda: False)
    with pytest.raises(UsageError, match="scikit-learn-intelex, which is not installed") as caught:
        make("knn", backend="sklearnex")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("installed", [False, pytest.param(True, marks=needs_sklearnex)])
def test_what_the_own_solver_gives_up_is_left_to_a_library(
    make: Callable[..., Any], digits: Any, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr(backends, "sklearnex_is_installed", lambda: installed)
    few = Split(digits.train.images[:200], digits.train.labels[:200])
    hard = {"C": 1e-3}
    classifier = make("svm", **hard)
    classifier.fit(few, None)
    assert classifier.details["backend"] == ("sklearnex" if installed else "sklearn")
    theirs = make("svm", backend="sklearn", **hard)
    theirs.fit(few, None)
    np.testing.assert_array_equal(
        classifier.predict(digits.test.images), theirs.predict(digits.test.images)
    )


def test_thread_limits_end_with_their_block() -> None:
    before = [library["num_threads"] for library in threadpool_info()]
    with backends.computing(1):
        assert {library["num_threads"] for library in threadpool_info()} == {1}
    assert [library["num_threads"] for library in threadpool_info()] == before


def test_pixels_are_a_scaled_copy() -> None:
    images = np.full((2, 28, 28), 255, np.uint8)
    scaled = backends.pixels(images)
    assert scaled.dtype == np.float32
    assert scaled.shape == (2, 784)
    assert scaled.min() == scaled.max() == 1
    assert images.min() == 255


@pytest.mark.parametrize("name", ["svm", "knn"])
@pytest.mark.parametrize("backend", ["auto", "sklearn"])
def test_deskewing_inside_is_deskewing_before(
    make: Callable[..., Any], digits: Any, name: str, backend: str
) -> None:
    few = Split(digits.train.images[:300], digits.train.labels[:300])
    same = {"gamma": 0.03} if name == "svm" else {}
    inside = make(name, backend=backend, deskew=True, **same)
    inside.fit(few, None)
    before = make(name, backend=backend, **same)
    before.fit(Split(deskewed(few.images), few.labels), None)
    predictions = inside.predict(digits.test.images)
    np.testing.assert_array_equal(predictions, before.predict(deskewed(digits.test.images)))
    assert not np.array_equal(predictions, before.predict(digits.test.images))


def test_unseen_digits_get_no_probability() -> None:
    spread = backends.by_digit(np.array([[0.25, 0.75]]), np.array([3, 8]))
    np.testing.assert_array_equal(spread, [[0, 0, 0, 0.25, 0, 0, 0, 0, 0.75, 0]])
