"""Metrics that plugins compute of a trial's predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbench.types.data import Labels


@dataclass(frozen=True, eq=False)
class MetricInputs:
    """What a metric of one trial is computed from; the arrays are read-only.

    Attributes:
        predictions: uint8 `(n_images,)`.
        probabilities: float32 `(n_images, n_classes)`; None if the classifier gives none.
        labels: the right digits, uint8 `(n_images,)`.
        n_classes: how many classes there are.
    """

    predictions: Labels
    probabilities: NDArray[np.float32] | None
    labels: Labels
    n_classes: int


@dataclass(frozen=True)
class MetricSpec:
    """A metric that a plugin computes of each trial of a stored run.

    Attributes:
        key: lower-case letters, digits and underscores; names it in JSON, CSV and
            `digitbench choose --limit`.
        heading: of its column, a few words.
        summary: what it is, in one line.
        compute: gives the value of a trial, a finite number; None where there is none, such as
            without probabilities. A metric that raises or gives anything else is left out, with
            one warning.
        unit: `fraction` (from 0 to 1, shown as percent), `seconds`, `bytes`, `count`, or another
            word that is shown beside the heading; empty for a plain number.
        less_is_better: whether a smaller value is better.
    """

    key: str
    heading: str
    summary: str
    compute: Callable[[MetricInputs], float | None]
    unit: str = ""
    less_is_better: bool = True

    @property
    def name(self) -> str:
        """The key: what no two metrics may have in common."""
        return self.key
