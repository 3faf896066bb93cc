from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench import Split, load_tensorflow
from digitbench.types import available_cpus
from digitbench_cnn import CnnOptions

Pixels = NDArray[np.float32]

EACH = ("filtered", "faded", "covered", "crossed", "noisy")


@pytest.fixture(scope="module")
def tf() -> Any:
    return load_tensorflow(available_cpus())


@pytest.fixture(scope="module")
def disturbances(tf: Any) -> Any:
    del tf  # loaded first, with its threads bound
    from digitbench_cnn import disturbances

    return disturbances


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    """Black images, each with a bright square of its own grey, from 0 to 1."""
    made = np.zeros((300, 28, 28), np.float32)
    made[:, 8:20, 8:20] = np.random.default_rng(0).uniform(0.6, 1, (300, 1, 1))
    return made


@pytest.fixture(scope="module")
def changed_by(tf: Any, disturbances: Any, pixels: Pixels) -> Callable[[str], tuple[Pixels, Any]]:
    """Return a function: what a disturbance makes of the images, and which it changes."""

    def change(name: str) -> tuple[Pixels, Any]:
        draws = disturbances.Draws(len(pixels), (1, 2))
        made: Pixels = getattr(disturbances, name)(tf.constant(pixels), draws).numpy()
        return made, np.abs(made - pixels).max((1, 2)) > 1e-4

    return change


@pytest.mark.parametrize("side", [24, 28])
def test_images_stay_images_and_each_has_its_own_draw(
    tf: Any, disturbances: Any, pixels: Pixels, side: int
) -> None:
    made = disturbances.disturbed(tf.constant(255 * pixels[:, :side, :side]), (1, 2)).numpy()
    assert made.shape == (300, side, side)
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 255
    assert len(np.unique(made.reshape(300, -1), axis=0)) == 300


def test_the_seed_decides_all(tf: Any, disturbances: Any, pixels: Pixels) -> None:
    first, again, later, other = (
        disturbances.disturbed(tf.constant(255 * pixels), seed).numpy()
        for seed in ((1, 2), (1, 2), (1, 3), (9, 2))
    )
    np.testing.assert_array_equal(first, again)
    for different in (later, other):
        assert np.mean(np.abs(different - first).max((1, 2)) > 1) > 0.9


def test_no_number_is_drawn_twice(disturbances: Any) -> None:
    draws = disturbances.Draws(3, (1, 2))
    fields = [draws.uniform(5).numpy() for _ in range(2)]
    numbers = [draws.number(0, 1).numpy() for _ in range(4)]
    drawn = np.concatenate([np.ravel(part) for part in (*fields, *numbers)])
    assert len(np.unique(drawn)) == len(drawn) == 42


@pytest.mark.parametrize("name", EACH)
def test_each_disturbance_comes_to_a_share_of_the_images(changed_by: Any, name: str) -> None:
    _, changed = changed_by(name)
    assert 0.25 < changed.mean() < 0.75


def test_a_filter_blurs_or_shows_edges(changed_by: Any, pixels: Pixels) -> None:
    made, changed = changed_by("filtered")
    middles = (made[:, 12:16, 12:16] / pixels[:, 12:16, 12:16])[changed]
    flat = np.abs(middles - 1).max((1, 2)) < 1e-3
    dark = np.abs(middles).max((1, 2)) < 1e-3
    assert np.all(flat | dark)
    assert 0.1 < dark.mean() < 0.5
    assert made.min() >= 0  # edges are bright on both sides of a stroke


def test_strokes_remain_visible_on_grounds_of_any_grey(changed_by: Any) -> None:
    made, changed = changed_by("faded")
    inside, outside = made[changed, 10:18, 10:18].mean((1, 2)), made[changed, :6].mean((1, 2))
    assert 0.1 < np.mean(inside < outside) < 0.6  # inverted
    assert outside.max() > 0.7
    assert np.median(np.abs(inside - outside)) > 0.25


def test_a_rectangle_of_one_grey_covers_a_part(changed_by: Any, pixels: Pixels) -> None:
    made, changed = changed_by("covered")
    for image, before in zip(made[changed], pixels[changed], strict=True):
        inside = np.abs(image - before) > 1e-4
        assert np.ptp(image[inside]) < 1e-4
        assert np.ptp(np.nonzero(inside), axis=1).max() < 10


def test_lines_cross_the_whole_image(changed_by: Any, pixels: Pixels) -> None:
    made, changed = changed_by("crossed")
    differing = np.abs(made - pixels)[changed] > 0.01
    assert np.median(differing.any(1).sum(1)) > 14 or np.median(differing.any(2).sum(1)) > 14
    assert np.mean(differing) < 0.2


def test_noise_is_of_all_pixels_or_of_single_ones(changed_by: Any, pixels: Pixels) -> None:
    made, changed = changed_by("noisy")
    touched = (made != pixels)[changed].mean((1, 2))
    single = touched < 0.6
    assert 0.1 < single.mean() < 0.5
    assert np.all(touched[~single] > 0.95)
    means = made[changed][~single].mean((1, 2)) - pixels[changed][~single].mean((1, 2))
    assert np.abs(means).max() < 0.1


def test_the_rest_of_a_batch_is_as_without_disturbances(make_training: Any) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    plain, some, all_of_it = (
        make_training(disturb=share)._changed(images, 3, 24).numpy() for share in (0, 0.25, 1)
    )
    differs = [np.abs(made - plain).max((1, 2)) > 0.5 for made in (some, all_of_it)]
    assert not differs[0][5:].any()
    assert differs[0][:5].mean() >= 0.6
    assert differs[1].mean() > 0.8


def test_nothing_is_disturbed_unless_asked_for(
    make_training: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("digitbench_cnn.training.disturbed")
    images = np.zeros((4, 28, 28), np.uint8)
    make_training()._changed(images, 0, 28)
    with pytest.raises(NameError):
        make_training(disturb=0.5)._changed(images, 0, 28)


def test_distortions_are_drawn_as_without_disturbances(tf: Any, make_training: Any) -> None:
    from digitbench_cnn.augmentation import bent, random_moves

    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    *_, of_distortions = np.random.SeedSequence(1).spawn(3)
    seed = (int(of_distortions.generate_state(1)[0]), 3)
    expected = bent(tf.constant(images), random_moves(20, 0.5, seed, 24))
    np.testing.assert_array_equal(make_training()._changed(images, 3, 24), expected)


@pytest.fixture
def make_training(tf: Any) -> Callable[..., Any]:
    del tf
    from digitbench_cnn.network import Network
    from digitbench_cnn.training import Training

    def make(**options: Any) -> Any:
        chosen = CnnOptions(filters=(2, 2, 2), **options)
        network = Network(chosen.filters, np.random.SeedSequence(0))
        train = Split(np.zeros((20, 28, 28), np.uint8), np.zeros(20, np.uint8))
        return Training(network, train, chosen, np.random.SeedSequence(1))

    return make
