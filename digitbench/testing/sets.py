"""Checks of a test set: it loads, comes again the same, and leaves the data set as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from digitbench.datasets.load import default_cache_dir
from digitbench.datasets.test_sets import fingerprint_of, load_test_set
from digitbench.runner.resolve import parse_option_values
from digitbench.testing.data import tiny_digits, writeable
from digitbench.testing.kit import ConformanceError
from digitbench.testing.results import Check, CheckFailure, CheckResult, CheckSkipped, no_error
from digitbench.types import DataContext, Dataset, TestSet, TestSetContext, TestSetSpec

_SAME_LABELS = 0.5
"""Share of a condition's labels that are those of the test images that it was made from."""


@dataclass(frozen=True)
class SetUnderTest:
    """A test set that was loaded twice, each time for a copy of the data set that it might spoil.

    Attributes:
        dataset: the data set as it was.
        sets: the set, each time.
        given: the copies, after loading.
    """

    dataset: Dataset
    sets: tuple[TestSet, TestSet]
    given: tuple[Dataset, Dataset]


def check_test_set(
    spec: TestSetSpec,
    options: Mapping[str, object] | None = None,
    argument: str | None = None,
    *,
    dataset: Dataset | None = None,
    data: DataContext | None = None,
) -> list[CheckResult]:
    """Check that a test set of a plugin keeps its promises.

    Args:
        spec: the test set.
        options: options to check it with, by name; the others have their defaults.
        argument: what follows its name and a colon, such as a directory.
        dataset: the data set that it is made for; by default `tiny_digits`.
        data: what its loader may use; by default digitbench's cache and no network.

    Returns:
        The result of every check.

    Raises:
        ConformanceError: a check failed; the message says for each what was expected, what was
            found, and how to mend it.
    """
    given = parse_option_values(spec.name, spec.options, options or {}, "test set")
    context = TestSetContext(
        data or DataContext(default_cache_dir(), offline=True), given, argument
    )
    results = list(set_checks(spec.name, lambda made_for: spec.load(context, made_for), dataset))
    if any(result.failed for result in results):
        raise ConformanceError(spec.name, results)
    return results


def set_checks(
    label: str, load: Callable[[Dataset], TestSet], dataset: Dataset | None = None
) -> Iterator[CheckResult]:
    """Make all checks of a test set, one after the other; yields the result of each.

    Args:
        label: what it is called.
        load: makes it for a data set.
        dataset: the data set; by default `tiny_digits`.
    """
    start = perf_counter()
    made_for = dataset or tiny_digits()
    copies = tuple(
        Dataset(made_for.name, writeable(made_for.train), writeable(made_for.test), made_for.source)
        for _ in range(2)
    )
    loading = Check("loads", "It loads, and its conditions are sound", lambda _: None)
    try:
        with no_error("when it is loaded", "What a loader must return: `digitbench.TestSet`."):
            first, second = (load_test_set(label, partial(load, copy), copy) for copy in copies)
    except CheckFailure as failure:
        yield CheckResult(loading, perf_counter() - start, failure)
        skipped = CheckSkipped("it says nothing after loads failed", loading.name)
        yield from (CheckResult(check, 0.0, skipped) for check in SET_CHECKS)
        return
    yield CheckResult(loading, perf_counter() - start)
    subject = SetUnderTest(made_for, (first, second), (copies[0], copies[1]))
    for check in SET_CHECKS:
        start = perf_counter()
        ending = None
        try:
            check.look(subject)
        except (CheckFailure, CheckSkipped) as raised:
            ending = raised
        yield CheckResult(check, perf_counter() - start, ending)


def _same_again(subject: SetUnderTest) -> None:
    first, second = map(fingerprint_of, subject.sets)
    if first != second:
        raise CheckFailure(
            "the same images and labels when it is loaded twice",
            "others",
            "Make every random number from a fixed seed or an option, and sort what a directory "
            "lists: a run that is completed later must find the same set.",
        )


def _dataset_untouched(subject: SetUnderTest) -> None:
    for copy in subject.given:
        for name in ("train", "test"):
            before, after = getattr(subject.dataset, name), getattr(copy, name)
            for array in ("images", "labels"):
                if not np.array_equal(getattr(before, array), getattr(after, array)):
                    raise CheckFailure(
                        f"the {name} {array} of the data set as they were",
                        "others after it was loaded",
                        "Work on a copy: in a run these arrays are read-only, and the trials' own.",
                    )


def _pairs_keep_labels(subject: SetUnderTest) -> None:
    test = subject.dataset.test
    paired = [
        condition
        for condition in subject.sets[0].conditions
        if condition.images is not None and condition.positions is not None
    ]
    if not paired:
        raise CheckSkipped("no image was made from a test image, as far as its positions tell")
    for condition in paired:
        same = float(np.mean(test.labels[condition.positions] == condition.labels))
        if same < _SAME_LABELS:
            raise CheckFailure(
                "the labels of the test images that the images were made from",
                f"{same:.0%} such labels in {condition.key or 'its condition'}",
                "Let positions[i] be the place of the test image that image i was made from.",
            )


SET_CHECKS = (
    Check("same_again", "Loaded twice, it has the same images and labels", _same_again),
    Check("dataset_untouched", "Its loader leaves the data set as it was", _dataset_untouched),
    Check(
        "pairs_keep_labels",
        "An image made from a test image has that one's label",
        _pairs_keep_labels,
    ),
)
"""The checks of a test set that could be loaded, in their order."""
