"""How alike the images of one group are: correlations that are known are found again."""

import numpy as np
import pytest

from benchlib.writers import Writers
from digitbench.analysis.clustering import design_effect, intraclass_correlation
from digitbench.analysis.groups import misread
from digitbench.types import Groups
from grouped import even, model_of


def test_correlation_and_design_effect_of_whole_groups() -> None:
    """Errors that take whole groups: every image tells the same, so 10 are worth one."""
    model = model_of([[i for i in range(400) if (i // 10) % 4 == 0]], even(40, 10))
    found = misread(model)
    assert found.correlation == pytest.approx(1)
    assert found.design_effect == pytest.approx(10, rel=0.03)


@pytest.mark.parametrize("correlation", [0.0, 0.1])
def test_the_correlation_is_found_again(correlation: float) -> None:
    """Beta-binomial errors have a known intraclass correlation."""
    rng = np.random.default_rng(1)
    groups = even(1500, 12)
    rates = np.full(1500, 0.2)
    if correlation:
        scale = 1 / correlation - 1
        rates = rng.beta(0.2 * scale, 0.8 * scale, 1500)
    wrong = rng.random(len(groups)) < rates[groups.numbers]
    found = misread(model_of([np.flatnonzero(wrong).tolist()], groups))
    assert found.correlation == pytest.approx(correlation, abs=0.02)
    assert found.design_effect == pytest.approx(1 + 11 * correlation, rel=0.15)


@pytest.mark.parametrize("correlation", [0.0, 0.04])
@pytest.mark.parametrize("rates", [(0.008, 0.02), (0.05, 0.1), (0.03, 0.03)])
def test_the_correlation_is_right_for_unequal_groups_and_strata(
    rates: tuple[float, float], correlation: float
) -> None:
    """Writers as MNIST has them: few with many digits, and many with few, which are harder."""
    rng = np.random.default_rng(3)
    groups = Writers.of_mnist().groups
    _, first, places = np.unique(groups.numbers, return_index=True, return_inverse=True)
    rate = np.array(rates)[groups.strata[first]]
    found = []
    for _ in range(60):
        drawn = rate
        if correlation:
            scale = 1 / correlation - 1
            drawn = rng.beta(rate * scale, (1 - rate) * scale)
        wrong = np.flatnonzero(rng.random(len(groups)) < drawn[places])
        one = intraclass_correlation(model_of([wrong.tolist()], groups))
        assert one is not None
        found.append(one)
    assert np.mean(found) == pytest.approx(correlation, abs=0.005)


def test_a_stratum_of_one_group_tells_no_correlation() -> None:
    """Writer 9 is alone; of the others one is all wrong and one all right."""
    assert intraclass_correlation(model_of([[0, 2, 4, 5]])) == pytest.approx(1)


def test_the_correlation_is_of_single_trials() -> None:
    """Trials that take whole writers, but others each time, do not weaken it."""
    rows = [[i for i in range(400) if (i // 10) % 4 == turn] for turn in range(4)]
    assert intraclass_correlation(model_of(rows, even(40, 10))) == pytest.approx(1)


def test_strata_alone_are_no_correlation() -> None:
    rng = np.random.default_rng(2)
    numbers = np.repeat(np.arange(1000), 10).astype(np.int32)
    groups = Groups("writer", numbers, (numbers % 2).astype(np.int32), ("a", "b"))
    wrong = rng.random(len(numbers)) < np.where(groups.strata == 0, 0.02, 0.4)
    found = misread(model_of([np.flatnonzero(wrong).tolist()], groups))
    assert found.correlation == pytest.approx(0, abs=0.02)
    assert design_effect(model_of([np.flatnonzero(wrong).tolist()], groups)) == pytest.approx(
        1, abs=0.15
    )
