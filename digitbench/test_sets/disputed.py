"""`disputed`: accuracy on MNIST without the test labels that are disputed, or with better ones.

People were asked about the labels of 100 test images, of which a model had said that they are wrong
(Northcutt, Athalye and Mueller 2021). All conditions are of the run's own test images, so that no
image is predicted again.
"""

import numpy as np

from digitbench.datasets.fingerprint import fingerprint_of
from digitbench.errors import DatasetError
from digitbench.test_sets.votes import mnist_votes
from digitbench.types import Dataset, Labels, Split, TestCondition, TestSet, TestSetContext
from digitbench.types.test_sets import Positions

MNIST_TEST_FINGERPRINT = "b2ea82c42b466f1b2ef93da83aca22031ecba14ebd244f275748436c77e77ca0"
"""`digitbench.datasets.fingerprint.fingerprint_of` the test images of the published MNIST."""

SOURCE = "votes of five people on each of 100 labels (Northcutt, Athalye and Mueller 2021)"


def load_disputed(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Make the conditions of a run on MNIST.

    - `without`: the test images but for those people were asked about;
    - `voted`: all test images, with the labels that most people voted for;
    - `only`: those people were asked about, with their published labels;
    - `only_voted`: the same with the labels that most people voted for.

    Raises:
        DatasetError: the run's test images are not those of the published MNIST.
    """
    test = dataset.test
    if fingerprint_of({"test": test}) != MNIST_TEST_FINGERPRINT:
        raise DatasetError(
            f"the votes are about the test images of the published mnist, not of {dataset.name} as "
            "it is here; leave out the test set disputed, or run on the whole mnist"
        )
    votes = mnist_votes()
    every = np.arange(len(test), dtype=np.uint32)
    voted = test.labels.copy()
    voted[votes.positions] = votes.voted
    return TestSet(
        (
            _condition("without", test, np.delete(every, votes.positions), test.labels),
            _condition("voted", test, every, voted),
            _condition("only", test, votes.positions, test.labels),
            _condition("only_voted", test, votes.positions, voted),
        ),
        SOURCE,
    )


def _condition(name: str, test: Split, positions: Positions, labels: Labels) -> TestCondition:
    chosen = positions.astype(np.intp)
    return TestCondition(
        labels[chosen],
        name=name,
        groups=None if test.groups is None else test.groups.part(chosen),
        positions=positions,
    )
