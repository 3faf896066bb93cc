from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from digitbench import load_tensorflow
from digitbench.types import available_cpus


@pytest.fixture(scope="module")
def tf() -> Any:
    return load_tensorflow(available_cpus())


@pytest.fixture(scope="module")
def augmentation(tf: Any) -> Any:
    del tf  # loaded first, with its threads bound
    from digitbench_cnn import augmentation

    return augmentation


@pytest.fixture(scope="module")
def images() -> Any:
    """Images that are black but for a square of noise that no shift of two pixels cuts."""
    made = np.zeros((200, 28, 28), np.uint8)
    made[:, 8:20, 8:20] = np.random.default_rng(0).integers(0, 256, (200, 12, 12), np.uint8)
    return made


@pytest.mark.parametrize("most", [0, 1, 2])
def test_each_image_is_moved_by_its_own_whole_pixels(
    augmentation: Any, images: Any, most: int
) -> None:
    before = images.copy()
    shifts = augmentation.random_shifts(len(images), most, np.random.default_rng(1))
    moved = augmentation.shifted(images, most, shifts)
    for image, result, shift in zip(images, moved, shifts.T, strict=True):
        np.testing.assert_array_equal(np.roll(image, shift, (0, 1)), result)
    assert {tuple(shift) for shift in shifts.T} == set(
        product(range(-most, most + 1), range(-most, most + 1))
    )
    assert moved.dtype == np.uint8
    np.testing.assert_array_equal(images, before)


def test_what_leaves_the_image_is_lost_and_what_comes_in_is_black(augmentation: Any) -> None:
    full = np.full((500, 28, 28), 7, np.uint8)
    shifts = augmentation.random_shifts(500, 8, np.random.default_rng(1))
    moved = augmentation.shifted(full, 8, shifts)
    areas = (moved == 7).sum((1, 2))
    assert set(np.unique(moved)) == {0, 7}
    assert areas.min() == 20 * 20
    assert areas.max() == 28 * 28


def test_without_moves_a_distortion_changes_nothing(
    tf: Any, augmentation: Any, images: Any
) -> None:
    still = augmentation.bent(tf.constant(images), tf.zeros((200, 2, 28, 28)))
    np.testing.assert_allclose(still, images, atol=0.01)


def test_a_distortion_reads_between_pixels_and_black_outside(tf: Any, augmentation: Any) -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 10, 10], image[0, 10, 11], image[0, 27, 27] = 100, 200, 50
    moves = np.zeros((1, 2, 28, 28), np.float32)
    moves[0, 0, 9, 10], moves[0, 1, 9, 10] = 1, 0.25  # reads (10, 10.25)
    moves[0, :, 0, 0] = 1e6
    moves[0, :, 0, 1] = -1e6
    moves[0, 0, 27, 27] = 0.5
    result = augmentation.bent(tf.constant(image), tf.constant(moves)).numpy()[0]
    assert result[9, 10] == pytest.approx(125, abs=0.01)
    assert result[0, 0] == result[0, 1] == 0
    assert result[27, 27] == pytest.approx(25, abs=0.01)


def test_a_distortion_interpolates_as_scipy_does(tf: Any, augmentation: Any) -> None:
    random = np.random.default_rng(4)
    images = random.integers(0, 256, (3, 28, 28), np.uint8)
    moves = random.normal(0, 3, (3, 2, 28, 28)).astype(np.float32)
    result = augmentation.bent(tf.constant(images), tf.constant(moves)).numpy()
    for image, move, bent in zip(images, moves, result, strict=True):
        expected = map_coordinates(
            image.astype(np.float64), np.indices((28, 28)) + move, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(bent, expected, atol=0.01)


def test_no_image_bleeds_into_another(tf: Any, augmentation: Any) -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[1] = 255
    moves = np.random.default_rng(0).normal(0, 20, (3, 2, 28, 28)).astype(np.float32)
    result = augmentation.bent(tf.constant(images), tf.constant(moves)).numpy()
    assert result[1].max() > 200
    assert np.all(result[[0, 2]] == 0)


def test_moves_are_smooth_differ_between_images_and_grow_with_strength(
    tf: Any, augmentation: Any
) -> None:
    moves = augmentation.random_moves(500, 1.0, (1, 2)).numpy()
    assert moves.shape == (500, 2, 28, 28)
    assert np.abs(np.diff(moves, axis=2)).max() < 1.5
    assert np.unique(moves[:, 0, 0, 0]).size == 500
    assert 0.5 < moves.std() < 3
    np.testing.assert_allclose(augmentation.random_moves(500, 2.0, (1, 2)), 2 * moves, rtol=1e-4)
    assert not np.array_equal(augmentation.random_moves(500, 1.0, (1, 3)), moves)
    # Neither a shift nor a rotation in any one direction is preferred.
    assert np.abs(moves.mean(0)).max() < 6 * moves.std() / np.sqrt(500)


@pytest.mark.parametrize("side", [20, 24])
def test_the_middle_is_bent_as_it_is_within_the_whole_image(
    tf: Any, augmentation: Any, side: int
) -> None:
    images = np.random.default_rng(4).integers(0, 256, (5, 28, 28), np.uint8)
    whole, part = (augmentation.random_moves(5, 1.0, (1, 2), size) for size in (28, side))
    np.testing.assert_allclose(part, augmentation.middle(whole, side), atol=1e-4)
    bent = augmentation.bent(tf.constant(images), part).numpy()
    assert bent.shape == (5, side, side)
    within = augmentation.middle(augmentation.bent(tf.constant(images), whole).numpy(), side)
    np.testing.assert_allclose(bent, within, atol=0.1)
