"""The fifteen corruptions: what each does, and that it is the same everywhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.test_sets.corruptions.table import CORRUPTIONS, SEVERITIES, Corruption
from digitbench.types import Dataset, Images

FINGERPRINTS = {
    "shot_noise": "1ca9c661292714f9",
    "impulse_noise": "a78254e90cdf981a",
    "glass_blur": "3a0ba9b9eda40427",
    "motion_blur": "bdf89cd4542af660",
    "shear": "533e533afaaad1dd",
    "scale": "eff7cc6474dc0618",
    "rotate": "43f6c8916cc0f4b6",
    "brightness": "ea84dbcb0ca61c87",
    "translate": "21a19e83453d69a0",
    "stripe": "66568c71b36929b1",
    "fog": "95df4202736a4227",
    "spatter": "e24a54e96af22e7a",
    "dotted_line": "7c149af601a1e4f3",
    "zigzag": "43195965d2703bb7",
    "canny_edges": "5e6c4f97cf4c7d20",
}

OF_MNIST_C = {
    "shot_noise": 5,
    "impulse_noise": 4,
    "glass_blur": 1,
    "motion_blur": 1,
    "shear": 2,
    "scale": 3,
    "rotate": 2,
    "brightness": 5,
    "translate": 3,
    "stripe": 3,
    "fog": 5,
    "spatter": 4,
    "dotted_line": 3,
    "zigzag": 3,
    "canny_edges": 3,
}

each_corruption = pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.name)


class Classifier(Protocol):
    """Tells digits."""

    def predict(self, images: NDArray[np.float32]) -> NDArray[np.integer]:
        """Predict `(n, 785)` pixels, the last of them 1."""


@dataclass(frozen=True)
class Linear:
    """A linear classifier, fitted by least squares with a penalty."""

    weights: NDArray[np.float32]

    def predict(self, images: NDArray[np.float32]) -> NDArray[np.integer]:
        return np.asarray((images @ self.weights).argmax(axis=1))


@dataclass(frozen=True)
class Nearest:
    """The nearest neighbour."""

    images: NDArray[np.float32]
    half_squares: NDArray[np.float32]
    labels: NDArray[np.uint8]

    def predict(self, images: NDArray[np.float32]) -> NDArray[np.integer]:
        return np.asarray(self.labels[(images @ self.images.T - self.half_squares).argmax(axis=1)])


def _flat(images: Images) -> NDArray[np.float32]:
    flat = images.reshape(len(images), -1) / np.float32(255)
    return np.pad(flat, ((0, 0), (0, 1)), constant_values=1)


@pytest.fixture(scope="module")
def classifiers(digits: Dataset) -> tuple[Classifier, Classifier]:
    flat, labels = _flat(digits.train.images[::3]), digits.train.labels[::3]
    squares = flat.T @ flat + 10 * np.eye(flat.shape[1], dtype=np.float32)
    weights = np.asarray(np.linalg.solve(squares, flat.T @ np.eye(10)[labels]), np.float32)
    return Linear(weights), Nearest(flat, (flat**2).sum(axis=1) / 2, labels)


@pytest.fixture(scope="module")
def corrupted(digits: Dataset) -> dict[str, list[Images]]:
    """The first 60 test images with each corruption, at each severity."""
    return {
        corruption.name: [
            corruption.applied(digits.test.images[:60], severity, 0) for severity in SEVERITIES
        ]
        for corruption in CORRUPTIONS
    }


def test_they_are_those_of_mnist_c_with_its_severities() -> None:
    assert {corruption.name: corruption.published for corruption in CORRUPTIONS} == OF_MNIST_C


@each_corruption
def test_pixels_are_the_same_on_every_machine(corruption: Corruption, images: Images) -> None:
    """If this fails on purpose, raise VERSION of the loader: caches hold the old pixels."""
    digest = hashlib.sha256()
    for severity in SEVERITIES:
        digest.update(corruption.applied(images, severity, 0).tobytes())
    assert digest.hexdigest()[:16] == FINGERPRINTS[corruption.name]


@each_corruption
def test_an_image_changes_as_it_would_alone(corruption: Corruption, images: Images) -> None:
    for severity in (1, 5):
        whole = corruption.applied(images, severity, 3)
        assert whole.dtype == np.uint8
        assert whole.shape == images.shape
        np.testing.assert_array_equal(corruption.applied(images[11:12], severity, 3), whole[11:12])
        np.testing.assert_array_equal(corruption.applied(images[::-1], severity, 3)[::-1], whole)


@each_corruption
def test_severity_raises_the_distance(
    corruption: Corruption, corrupted: dict[str, list[Images]], digits: Dataset
) -> None:
    clean = digits.test.images[:60].astype(float)
    distances = [np.mean((images - clean) ** 2) for images in corrupted[corruption.name]]
    assert distances == sorted(distances)
    assert distances[0] > 0


@pytest.mark.parametrize("number", [0, 1], ids=["linear", "nearest"])
def test_severity_raises_the_error(
    number: int,
    classifiers: tuple[Classifier, Classifier],
    corrupted: dict[str, list[Images]],
    digits: Dataset,
) -> None:
    test = digits.test.part(slice(0, 60))
    all_images = np.stack(
        [test.images, *(images for five in corrupted.values() for images in five)]
    )
    predicted = classifiers[number].predict(_flat(all_images.reshape(-1, 28, 28)))
    clean, *others = (predicted.reshape(-1, 60) != test.labels).mean(axis=1)
    errors = np.reshape(others, (len(CORRUPTIONS), len(SEVERITIES)))
    means = errors.mean(axis=0).tolist()
    assert means == sorted(means)
    assert means[0] > clean
    assert (errors[:, -1] > errors[:, 0]).sum() >= 11


@each_corruption
def test_blank_and_full_images(corruption: Corruption) -> None:
    extremes = np.zeros((2, 28, 28), np.uint8)
    extremes[1] = 255
    for severity in SEVERITIES:
        blank, full = corruption.applied(extremes, severity, 0)
        assert blank.shape == full.shape == (28, 28)
        if corruption.name in {"shear", "scale", "rotate", "translate", "shot_noise", "fog"}:
            assert not blank.any()
        if corruption.name in {"glass_blur", "motion_blur", "brightness", "dotted_line", "zigzag"}:
            assert (full == 255).all()


@each_corruption
def test_no_image_stays_none(corruption: Corruption) -> None:
    assert corruption.applied(np.zeros((0, 28, 28), np.uint8), 3, 0).shape == (0, 28, 28)


@each_corruption
def test_what_is_given_is_not_altered(corruption: Corruption, images: Images) -> None:
    given = images.copy()
    given.flags.writeable = False
    corruption.applied(given, 5, 0)
    np.testing.assert_array_equal(given, images)


@each_corruption
def test_seeds_change_what_is_drawn(corruption: Corruption, images: Images) -> None:
    same = np.array_equal(corruption.applied(images, 4, 0), corruption.applied(images, 4, 1))
    assert same == (corruption.name in {"scale", "brightness", "stripe", "canny_edges"})


@pytest.mark.slow
def test_all_of_them_are_quick(digits: Dataset) -> None:
    """15 corruptions of 10,000 images: 2.5 s where this was written; five times that is allowed."""
    import time

    many = np.resize(digits.test.images, (10_000, 28, 28))
    started = time.process_time()
    for corruption in CORRUPTIONS:
        corruption.applied(many, corruption.published, 0)
    assert time.process_time() - started < 15
