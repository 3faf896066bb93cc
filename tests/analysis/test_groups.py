"""Who is misread: errors by group and stratum, beside what chance would give."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchlib.simulated import as_outcomes
from benchlib.writers import Writers
from digitbench.analysis.clustering import design_effect, intraclass_correlation
from digitbench.analysis.groups import group_differences, misread
from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError
from digitbench.types import Groups

# Writer 7 has images 0, 2 and 4; writer 3 has 1 and 3; writer 9, of the other series, 5 and 6.
GROUPS = Groups(
    "writer",
    np.array([7, 3, 7, 3, 7, 9, 9], np.int32),
    np.array([0, 0, 0, 0, 0, 1, 1], np.int32),
    ("employees", "students"),
)


def model_of(wrong: list[list[int]], groups: Groups = GROUPS, number: int = 0) -> Outcomes:
    correct = np.ones((len(wrong), len(groups)), bool)
    for row, places in zip(correct, wrong, strict=True):
        row[places] = False
    return replace(as_outcomes(correct, number, exact=len(wrong) == 1), groups=groups)


def even(count: int, size: int) -> Groups:
    numbers = np.repeat(np.arange(count), size).astype(np.int32)
    return Groups("writer", numbers, np.zeros_like(numbers))


def test_errors_of_each_group_and_stratum_by_hand() -> None:
    found = misread(model_of([[0, 2, 5], [2, 3]]))
    assert found.name == "writer"
    assert [(s.name, s.groups, s.images) for s in found.strata] == [
        ("employees", 2, 5),
        ("students", 1, 2),
    ]
    assert [s.error for s in found.strata] == pytest.approx([4 / 10, 1 / 4])
    worst, *_ = found.groups
    assert (worst.number, worst.stratum, worst.images, worst.wrong) == (7, "employees", 3, 1.5)
    assert worst.expected == pytest.approx(3 * 0.4)
    assert worst.error == pytest.approx(0.5)
    assert worst.wrong_images.tolist() == [2, 0]
    assert sum(group.wrong for group in found.groups) == pytest.approx(2.5)
    assert sum(group.expected for group in found.groups) == pytest.approx(2.5)


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


def test_without_errors_there_is_no_share() -> None:
    found = misread(model_of([[]]))
    assert found.concentration.share is found.concentration.by_chance is None
    assert found.concentration.without_errors == 3
    assert found.design_effect is found.correlation is None


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


def test_where_two_models_differ_most() -> None:
    first, second = model_of([[0, 5]]), model_of([[1, 3, 5], [1, 5]], number=1)
    found = group_differences(first, second)
    assert [(g.number, g.difference) for g in found] == [(3, 1.5), (7, -1.0), (9, 0.0)]
    assert found[0].changed_images.tolist() == [1, 3]
    assert found[1].changed_images.tolist() == [0]
    assert len(found[2].changed_images) == 0


def test_groups_that_say_little() -> None:
    for groups in (even(1, 1), even(1, 6), even(6, 1)):
        found = misread(model_of([[0]], groups))
        assert len(found.groups) == groups.count
        assert found.correlation is None


def test_without_groups_nobody_is_known() -> None:
    model = replace(model_of([[0]]), groups=None)
    with pytest.raises(UsageError, match="not known which test images belong together"):
        misread(model)
    other = model_of([[0]])
    dataset = other.dataset.model_copy(update={"fingerprint": "f" * 64})
    with pytest.raises(UsageError, match="different data"):
        group_differences(other, replace(other, dataset=dataset))
