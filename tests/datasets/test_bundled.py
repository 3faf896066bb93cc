from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from digitbench.datasets.bundled import DIGITS_FINGERPRINT, DigitsLoader, enlarge, is_test
from digitbench.datasets.fingerprint import fingerprint
from digitbench.types import DataContext


def test_values_become_the_nearest_of_256() -> None:
    small = np.arange(17, dtype=np.uint8).repeat(64).reshape(17, 8, 8)
    values = [int(image[10, 10]) for image in enlarge(small)]
    assert values == [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]
    assert values == [round(value * 255 / 16) for value in range(17)]


def test_pixels_become_squares_within_a_margin() -> None:
    small = np.random.default_rng(0).integers(0, 17, (4, 8, 8)).astype(np.uint8)
    large = enlarge(small)
    assert large.shape == (4, 28, 28)
    assert large.dtype == np.uint8
    expected = np.kron(np.rint(small * (255 / 16)), np.ones((1, 3, 3)))
    np.testing.assert_array_equal(large[:, 2:26, 2:26], expected)
    frame = large.copy()
    frame[:, 2:26, 2:26] = 0
    assert not frame.any()


def test_every_fifth_image_of_a_class_is_a_test_image() -> None:
    labels = np.array([0, 1] * 7 + [2] * 4, np.uint8)
    assert np.flatnonzero(is_test(labels)).tolist() == [8, 9]


def test_the_data_set_is_canonical_and_stratified(context: DataContext) -> None:
    dataset = DigitsLoader("digits")(context)
    assert fingerprint(dataset.train, dataset.test) == DIGITS_FINGERPRINT
    assert (len(dataset.train), len(dataset.test)) == (1442, 355)
    test_counts = np.bincount(dataset.test.labels, minlength=10)
    train_counts = np.bincount(dataset.train.labels, minlength=10)
    np.testing.assert_array_equal(test_counts, (test_counts + train_counts) // 5)
    assert dataset.name == "digits"
    assert "scikit-learn" in dataset.source


def test_a_named_directory_changes_nothing(context: DataContext) -> None:
    elsewhere = replace(context, data_dir=context.cache_dir / "absent")
    assert len(DigitsLoader("digits")(elsewhere).test) == 355


@pytest.mark.slow
@pytest.mark.parametrize("cached", [False, True])
def test_scikit_learn_is_imported_only_to_make_it(context: DataContext, cached: bool) -> None:
    if cached:
        DigitsLoader("digits")(context)
    code = (
        "import sys; from pathlib import Path\n"
        "from digitbench.datasets.bundled import DigitsLoader\n"
        "from digitbench.types import DataContext\n"
        f"DigitsLoader('digits')(DataContext(Path({str(context.cache_dir)!r})))\n"
        "print('sklearn' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert printed.strip() == str(not cached)
