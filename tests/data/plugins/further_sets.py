"""Test sets of the tests' own: sound ones, and ones that go wrong in every way."""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from pydantic import Field

from digitbench import (
    DatasetUnavailableError,
    Groups,
    ModelOptions,
    TestCondition,
    TestSet,
    TestSetSpec,
    hookimpl,
)


class DimOptions(ModelOptions):
    """Options of `dim`."""

    steps: int = Field(2, ge=1, le=9, description="how many severities")
    by: float = Field(1.5, gt=1, description="how much darker each is")


class GreyOptions(ModelOptions):
    """Options of `grey`."""

    value: int = Field(77, ge=0, le=255, description="how dark every pixel is")


def grey(context, dataset):
    """Make images of one value, which the models of `deadly_sets` know."""
    images = _images(12) + np.uint8(context.options.value)
    return TestSet((TestCondition(_labels(12), images),), "grey")


def negative(context, dataset):
    """Make the test images negative; positions pair them."""
    test = dataset.test
    return TestSet(
        (
            TestCondition(
                labels=test.labels,
                images=255 - test.images,
                positions=np.arange(len(test), dtype=np.uint32),
            ),
        ),
        source="the test images, black on white",
    )


def dim(context, dataset):
    """Make the test images darker, step by step."""
    test, options = dataset.test, context.options
    return TestSet(
        tuple(
            TestCondition(
                labels=test.labels,
                images=(test.images / options.by**step).astype(np.uint8),
                name="dim",
                severity=step,
                positions=np.arange(len(test), dtype=np.uint32),
            )
            for step in range(1, options.steps + 1)
        ),
        source="the test images, darker",
    )


def relabelled(context, dataset):
    """Take every second test image as it is, with another label, and all of them upside down."""
    test = dataset.test
    chosen = np.arange(0, len(test), 2, dtype=np.uint32)
    return TestSet(
        (
            TestCondition(labels=(test.labels[chosen] + 1) % 10, name="voted", positions=chosen),
            TestCondition(labels=test.labels, images=test.images[:, ::-1], name="flipped"),
        ),
        source="the test images",
    )


def named(context, dataset):
    """Repeat the test images as often as the argument says; all are of one writer."""
    test, times = dataset.test, int(context.argument)
    count = times * len(test)
    zeros = np.zeros(count, np.int32)
    return TestSet(
        (
            TestCondition(
                labels=np.tile(test.labels, times),
                images=np.tile(test.images, (times, 1, 1)),
                groups=Groups("writer", zeros, zeros),
            ),
        ),
        source=f"the test images {times} times",
    )


def gone(context, dataset):
    """Map the images from a file that is removed at once."""
    test = dataset.test
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "images.npy")
        np.save(file, test.images)
        images = np.load(file, mmap_mode="r")
    return TestSet((TestCondition(test.labels, images),), "a file that is gone")


def masked(context, dataset):
    """Give an array of a subclass, every other pixel of a larger one."""
    test = dataset.test
    large = np.repeat(test.images, 2, axis=2)
    return TestSet((TestCondition(test.labels, np.ma.masked_array(large)[:, :, ::2]),), "masked")


def place(context, dataset):
    """Have the test images, whatever is in the directory."""
    test = dataset.test
    return TestSet((TestCondition(test.labels, test.images),), source=context.argument)


def _images(count, shape=(28, 28)):
    return np.zeros((count, *shape), np.uint8)


def _labels(count, label=0):
    return np.full(count, label, np.uint8)


def wrong_shape(context, dataset):
    return TestSet((TestCondition(_labels(5), _images(5, (32, 32))),), "")


def wrong_labels(context, dataset):
    return TestSet((TestCondition(_labels(5, 10), _images(5)),), "")


def huge(context, dataset):
    """Claim ten million images, of which no memory is taken yet."""
    count = 10_000_000
    return TestSet((TestCondition(_labels(count), _images(count)),), "")


def raises(context, dataset):
    raise ZeroDivisionError("no camera")


def exits(context, dataset):
    sys.exit("goodbye")


def hungry(context, dataset):
    """Take more memory than there is."""
    return np.ones((1 << 50,), np.uint8)


def unavailable(context, dataset):
    raise DatasetUnavailableError("its files are not here: give --data-dir")


def no_set(context, dataset):
    return {"images": _images(5)}


def bad_name(context, dataset):
    return TestSet((TestCondition(_labels(5), _images(5), name="Shot Noise"),), "")


def far_positions(context, dataset):
    far = np.full(5, len(dataset.test), np.uint32)
    return TestSet((TestCondition(_labels(5), positions=far),), "")


def changes(context, dataset):
    """Give other images whenever it is asked."""
    noise = np.frombuffer(os.urandom(5 * 784), np.uint8).reshape(5, 28, 28)
    return TestSet((TestCondition(_labels(5), noise),), str(time.monotonic()))


BAD = (
    *(wrong_shape, wrong_labels, huge, raises, exits, hungry, unavailable, no_set, bad_name),
    *(far_positions, changes),
)


@hookimpl
def digitbench_test_sets():
    return [
        TestSetSpec("grey", "Images of one value", grey, GreyOptions),
        TestSetSpec("negative", "The test images, black on white", negative),
        TestSetSpec("dim", "The test images, darker", dim, DimOptions),
        TestSetSpec("relabelled", "Some test images with other labels", relabelled),
        TestSetSpec("named", "The test images several times", named, argument="TIMES"),
        TestSetSpec("place", "The test images, from a directory", place, argument="DIR"),
        TestSetSpec("gone", "The test images, from a file that is gone", gone),
        TestSetSpec("masked", "The test images, every other pixel", masked),
        TestSetSpec("clothes", "Of other classes", negative, classes=tuple("abcdefghij")),
        *(TestSetSpec(load.__name__, "A test set that goes wrong", load) for load in BAD),
    ]
