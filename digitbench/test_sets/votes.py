"""What people said of 100 test labels of MNIST: read from a file that comes with digitbench.

The file is made by `digitbench.test_sets.make_votes`; its origin and licence lie beside it.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import DatasetError
from digitbench.types import NUM_CLASSES, Labels
from digitbench.types.test_sets import Positions

VOTES_FILE = files("digitbench.test_sets") / "mnist_votes" / "votes.csv"
COLUMNS = ("position", "given", "suggested", "votes_given", "votes_suggested", "votes_neither")
"""Of the file; all are numbers."""

Counts = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Votes:
    """Images whose labels people were asked about, and what they said.

    Attributes:
        positions: which images, in the order of the published test set, uint32 `(n,)`, ascending.
        given: their published labels, uint8 `(n,)`.
        suggested: the labels that a model suggested, uint8 `(n,)`; some are the published ones.
        for_given: how many people voted for the published label, uint8 `(n,)`.
        for_suggested: how many for the suggested one, uint8 `(n,)`; the same people where both
            labels are the same.
        for_neither: how many for neither, uint8 `(n,)`.
    """

    positions: Positions
    given: Labels
    suggested: Labels
    for_given: Counts
    for_suggested: Counts
    for_neither: Counts

    @property
    def voted(self) -> Labels:
        """The labels with most votes, uint8 `(n,)`; where votes are equal, the published ones."""
        return np.where(self.for_suggested > self.for_given, self.suggested, self.given)


@cache
def mnist_votes() -> Votes:
    """Return the votes on MNIST's test labels."""
    return parse_votes(VOTES_FILE.read_text(encoding="ascii"))


def parse_votes(text: str) -> Votes:
    """Read the text of the file.

    Raises:
        DatasetError: it is not such a text.
    """
    try:
        header, *rows = csv.reader(text.splitlines())
        numbers = np.array(rows, np.int64)
        if tuple(header) != COLUMNS or numbers.shape[1:] != (len(COLUMNS),):
            raise ValueError(f"its columns must be {','.join(COLUMNS)}")
        if (np.diff(numbers[:, 0]) <= 0).any() or (numbers < 0).any():
            raise ValueError("its positions must ascend from 0")
        if (numbers[:, 1:3] >= NUM_CLASSES).any():
            raise ValueError("its labels must be 0 to 9")
    except ValueError as error:
        raise DatasetError(f"these are no votes on labels: {error}") from error
    positions, *columns = numbers.T
    return Votes(positions.astype(np.uint32), *(column.astype(np.uint8) for column in columns))
