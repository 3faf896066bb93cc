"""The changed images: how many are shown of either kind, and what is said of each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchlib.simulated import SETTINGS, simulated_models
from digitbench.report.changed_images import answer, shared_out

COUNTS = st.integers(0, 50)


@pytest.mark.parametrize(
    ("most", "first", "second", "shares"),
    [
        (12, 100, 100, (6, 6)),
        (12, 2, 100, (2, 10)),
        (12, 100, 2, (10, 2)),
        (12, 3, 4, (3, 4)),
        (1, 5, 5, (1, 0)),
        (5, 9, 9, (3, 2)),
        (0, 9, 9, (0, 0)),
    ],
)
def test_places_are_shared(most: int, first: int, second: int, shares: tuple[int, int]) -> None:
    assert shared_out(most, first, second) == shares


@given(most=COUNTS, first=COUNTS, second=COUNTS)
def test_no_place_is_wasted_and_none_given_twice(most: int, first: int, second: int) -> None:
    ours, theirs = shared_out(most, first, second)
    assert 0 <= ours <= first
    assert 0 <= theirs <= second
    assert ours + theirs == min(most, first + second)


def test_the_answers_of_a_model_add_up_to_its_trials_with_the_usual_one_first() -> None:
    rng = np.random.default_rng(0)
    (model,) = simulated_models(rng, SETTINGS[1], [0.9], [5], images=300)
    unstable = next(i for i in range(300) if len(set(model.predictions[:, i].tolist())) > 1)
    parts = answer(model, unstable).split(") ")
    counts = [int(part.partition("(")[2].partition("/")[0]) for part in parts]
    assert sum(counts) == 5
    assert counts == sorted(counts, reverse=True)
    assert answer(model, unstable).count("/5)") == len(parts)
