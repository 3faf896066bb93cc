"""Test sets of one condition."""

from digitbench.types import Split, TestCondition, TestSet


def set_of_images(split: Split, source: str) -> TestSet:
    """Return images as a test set of one condition.

    Groups are left out if there is but one: nothing follows from it about others.

    Args:
        split: the images.
        source: where they came from, in words for people.

    Raises:
        DatasetError: there are none, or too many.
    """
    groups = split.groups if split.groups is not None and split.groups.count > 1 else None
    return TestSet((TestCondition(split.labels, split.images, groups=groups),), source)
