"""Random numbers follow from an image and a key."""

from hashlib import shake_128

import numpy as np

from digitbench.test_sets.imaging.draws import WORDS, Draws, below, changed
from digitbench.types import Images


def test_an_image_has_its_numbers_in_whatever_company(images: Images) -> None:
    whole = Draws(images, "key").words("use", 28, 28)
    turned = Draws(images[::-1], "key").words("use", 28, 28)
    alone = Draws(images[7:8], "key").words("use", 28, 28)
    np.testing.assert_array_equal(turned[::-1], whole)
    np.testing.assert_array_equal(alone[0], whole[7])


def test_other_images_keys_and_uses_have_other_numbers(images: Images) -> None:
    drawn = [
        Draws(image[None], key).words(use, 100).tobytes()
        for image in images
        for key in ("one", "two")
        for use in ("one", "two")
    ]
    assert len(set(drawn)) == len(drawn) == 80


def test_numbers_are_those_of_the_published_function(images: Images) -> None:
    (words,) = Draws(images[:1], "key").words("use", 3)
    expected = shake_128(b"digitbench/key/use\n" + images[0].tobytes()).digest(6)
    assert words.dtype == np.uint16
    assert words.tolist() == [int.from_bytes(expected[i : i + 2], "little") for i in (0, 2, 4)]


def test_every_value_is_as_likely_as_any_other() -> None:
    words = Draws(np.zeros((0, 28, 28), np.uint8), "key").shared_words("use", WORDS)
    counts = np.bincount(words >> 8, minlength=256)
    assert counts.min() > 180  # 256 expected, with a standard deviation of 16
    assert counts.max() < 340


def test_choices_are_alike_in_frequency() -> None:
    different = np.arange(1000, dtype=np.uint32).view(np.uint8).reshape(-1, 4)
    pictures = np.zeros((1000, 28, 28), np.uint8)
    pictures[:, 0, :4] = different
    chosen = Draws(pictures, "key").choices("use", 5)
    assert np.bincount(chosen, minlength=5).min() > 150
    assert chosen.max() == 4


def test_below_reaches_the_first_and_the_last_number() -> None:
    words = np.array([0, WORDS - 1], np.uint16)
    assert below(words, 27).tolist() == [0, 26]


def test_no_images_have_no_numbers() -> None:
    draws = Draws(np.zeros((0, 28, 28), np.uint8), "key")
    assert draws.words("use", 3, 4).shape == (0, 3, 4)
    assert draws.choices("use", 5).shape == (0,)


def test_many_images_are_changed_some_at_once(images: Images) -> None:
    sizes = []

    def change(block: Images, draws: Draws) -> Images:
        sizes.append(len(block))
        return block ^ draws.words("use", 28, 28).astype(np.uint8)

    many = np.resize(images, (4_500, 28, 28))
    new = changed(many, "key", change)
    assert max(sizes) == 2_000
    assert sum(sizes) == 4_500
    np.testing.assert_array_equal(new[-20:], changed(many[-20:], "key", change))
