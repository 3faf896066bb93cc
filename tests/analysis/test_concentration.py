"""How far a few groups make the errors, beside what chance would give."""

import numpy as np
import pytest
from scipy import stats

from digitbench.analysis.groups import misread
from grouped import even, model_of


def test_errors_of_one_writer_are_concentrated() -> None:
    groups = even(20, 10)
    found = misread(model_of([[*range(10), *range(10, 14)]], groups)).concentration
    assert found.groups == 2
    assert found.share == 1
    assert found.without_errors == 18
    assert found.by_chance is not None
    assert found.by_chance < 0.4
    assert found.errors[:3] == (10, 4, 0)
    assert len(found.errors) == len(found.errors_by_chance) == 20
    assert sum(found.errors_by_chance) == pytest.approx(14)
    assert 1 < found.errors_by_chance[0] < 4


def test_the_errors_by_place_are_means_over_trials() -> None:
    found = misread(model_of([[0, 2, 5], [1]])).concentration
    assert found.errors == (1.5, 0.5, 0)


def test_what_chance_gives_is_exact_for_one_error_and_right_for_many() -> None:
    one = misread(model_of([[3]], even(20, 10))).concentration
    assert (one.share, one.by_chance) == (1, 1)
    assert one.without_errors_by_chance == 19
    groups = even(20, 10)
    rng = np.random.default_rng(5)
    wrong = [rng.choice(200, 60, replace=False).tolist() for _ in range(40)]
    many = misread(model_of(wrong, groups)).concentration
    assert many.share == pytest.approx(many.by_chance, abs=0.02)
    none = stats.hypergeom(200, 10, 60).pmf(0) * 20
    assert many.without_errors_by_chance == pytest.approx(none, abs=0.1)


def test_it_is_the_same_every_time() -> None:
    model = model_of([[0, 2, 5], [2, 3]])
    assert misread(model).concentration == misread(model).concentration
