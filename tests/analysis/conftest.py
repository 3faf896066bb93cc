"""Runs and outcomes made of given predictions, so that every figure can be checked by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from numpy.typing import ArrayLike

from builders import made_record
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.types import RunRecord


def made_outcomes(label: str, predictions: ArrayLike, labels: ArrayLike, **more: Any) -> Outcomes:
    """Make the outcomes of a model in a run of its own; further arguments are `made_record`'s."""
    (found,) = outcomes(made_record({label: predictions}, labels, **more))
    return found


@pytest.fixture(scope="session")
def make_record() -> Callable[..., RunRecord]:
    """Return `made_record`."""
    return made_record


@pytest.fixture(scope="session")
def make_outcomes() -> Callable[..., Outcomes]:
    """Return `made_outcomes`."""
    return made_outcomes
