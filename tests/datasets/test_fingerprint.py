from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from digitbench.datasets.fingerprint import fingerprint
from digitbench.types import Split

MakeSplit = Callable[[int, int], Split]


def test_it_is_the_hash_of_names_dtypes_shapes_and_bytes() -> None:
    train = Split(np.ones((2, 28, 28), np.uint8), np.array([1, 2], np.uint8))
    test = Split(np.zeros((1, 28, 28), np.uint8), np.array([3], np.uint8))
    digest = hashlib.sha256(
        b"train.images uint8 (2, 28, 28)\n" + bytes([1] * 1568) + b"train.labels uint8 (2,)\n\1\2"
        b"test.images uint8 (1, 28, 28)\n" + bytes(784) + b"test.labels uint8 (1,)\n\3"
    )
    assert fingerprint(train, test) == digest.hexdigest()


def test_every_pixel_and_label_and_their_order_count(make_split: MakeSplit) -> None:
    train, test = make_split(12, 0), make_split(10, 1)
    images, labels = train.images.copy(), train.labels.copy()
    images[-1, -1, -1] ^= 1
    labels[0] ^= 1
    backwards = Split(train.images[::-1], train.labels[::-1])
    found = {
        fingerprint(train, test),
        fingerprint(test, train),
        fingerprint(train, train),
        fingerprint(Split(images, train.labels), test),
        fingerprint(Split(train.images, labels), test),
        fingerprint(backwards, test),
        fingerprint(Split(train.images[:-1], train.labels[:-1]), test),
    }
    assert len(found) == 7


def test_how_the_arrays_lie_in_memory_does_not_count(make_split: MakeSplit) -> None:
    train, test = make_split(20, 0), make_split(10, 1)
    spaced = Split(np.repeat(train.images, 2, axis=0)[::2], train.labels)
    fortran = Split(np.asfortranarray(train.images), train.labels)
    assert fingerprint(spaced, test) == fingerprint(train, test) == fingerprint(fortran, test)


def test_empty_splits_have_one_too(make_split: MakeSplit) -> None:
    empty, some = make_split(0, 0), make_split(1, 0)
    assert fingerprint(empty, some) != fingerprint(some, empty)
