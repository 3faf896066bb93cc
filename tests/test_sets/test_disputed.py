"""`disputed`: four views of MNIST's test images; other images are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.fingerprint import fingerprint_of
from digitbench.datasets.load import LoadedDataset, load_dataset
from digitbench.datasets.loaders import PublishedLoader
from digitbench.datasets.published import MNIST
from digitbench.datasets.quick import quick_part
from digitbench.errors import DatasetError
from digitbench.test_sets import disputed
from digitbench.test_sets.disputed import load_disputed
from digitbench.test_sets.votes import mnist_votes
from digitbench.types import (
    DataContext,
    Dataset,
    DatasetSpec,
    Groups,
    Split,
    TestCondition,
    TestSetContext,
)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A data set that is taken for the published one, with its labels where they are disputed."""
    votes = mnist_votes()
    labels = (np.arange(10_000) % 10).astype(np.uint8)
    labels[votes.positions] = votes.given
    images = np.broadcast_to(np.uint8(0), (10_000, 28, 28))
    numbers = (np.arange(10_000) // 50).astype(np.int32)
    test = Split(images, labels, Groups("writer", numbers, np.zeros_like(numbers)))
    monkeypatch.setattr(disputed, "MNIST_TEST_FINGERPRINT", fingerprint_of({"test": test}))
    return Dataset("mnist", test, test, "here")


def conditions(context: TestSetContext, dataset: Dataset) -> dict[str, TestCondition]:
    return {condition.key: condition for condition in load_disputed(context, dataset).conditions}


def test_the_conditions_are_test_images_of_the_run(
    context: TestSetContext, stand_in: Dataset
) -> None:
    found = conditions(context, stand_in)
    sizes = {name: len(condition) for name, condition in found.items()}
    assert sizes == {"without": 9_900, "voted": 10_000, "only": 100, "only_voted": 100}
    for condition in found.values():
        assert condition.images is None
        assert condition.positions is not None
        chosen = condition.positions.astype(np.intp)
        assert stand_in.test.groups is not None
        assert condition.groups is not None
        np.testing.assert_array_equal(
            condition.groups.numbers, stand_in.test.groups.numbers[chosen]
        )
    asked = set(mnist_votes().positions.tolist())
    for name, expected in (("without", set(range(10_000)) - asked), ("only", asked)):
        positions = found[name].positions
        assert positions is not None
        assert set(positions.tolist()) == expected


def test_only_eleven_labels_change(context: TestSetContext, stand_in: Dataset) -> None:
    found = conditions(context, stand_in)
    given = stand_in.test.labels
    changed = np.flatnonzero(found["voted"].labels != given)
    votes = mnist_votes()
    more = votes.for_suggested > votes.for_given
    assert changed.tolist() == votes.positions[more].tolist()
    assert len(changed) == 11
    assert found["voted"].labels[changed].tolist() == votes.suggested[more].tolist()
    assert found["only"].labels.tolist() == votes.given.tolist()
    assert found["only_voted"].labels.tolist() == votes.voted.tolist()
    assert (found["without"].labels == np.delete(given, votes.positions)).all()
    assert given[947] == votes.given[votes.positions == 947] == 8
    assert found["voted"].labels[947] == 9


def test_without_groups_it_has_none(context: TestSetContext, stand_in: Dataset) -> None:
    bare = replace(stand_in, test=replace(stand_in.test, groups=None))
    assert {condition.groups for condition in conditions(context, bare).values()} == {None}


@pytest.mark.parametrize("change", ["other data", "another label", "another order"])
def test_other_test_images_are_refused(
    context: TestSetContext, dataset: Dataset, stand_in: Dataset, change: str
) -> None:
    labels = stand_in.test.labels.copy()
    labels[5] = 9
    bad = {
        "other data": dataset,
        "another label": replace(stand_in, test=replace(stand_in.test, labels=labels)),
        "another order": replace(stand_in, test=stand_in.test.part(slice(None, None, -1))),
    }[change]
    with pytest.raises(DatasetError, match=r"published mnist, not of (tiny|mnist) as it is here"):
        load_disputed(context, bad)


@pytest.fixture
def mnist(mnist_dir: Path, tmp_path: Path) -> LoadedDataset:
    spec = DatasetSpec("mnist", "MNIST", PublishedLoader(MNIST))
    return load_dataset(spec, DataContext(tmp_path, mnist_dir, offline=True))


@pytest.mark.mnist
def test_the_published_labels_are_those_people_saw(
    mnist: LoadedDataset, context: TestSetContext
) -> None:
    found = conditions(context, mnist.dataset)
    assert found["only"].labels.tolist() == mnist_votes().given.tolist()
    assert all(condition.groups is not None for condition in found.values())
    with pytest.raises(DatasetError, match="run on the whole mnist"):
        load_disputed(context, quick_part(mnist).dataset)
