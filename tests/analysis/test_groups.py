"""Who is misread: errors by group and stratum."""

from dataclasses import replace

import pytest

from digitbench.analysis.groups import group_differences, misread
from digitbench.errors import UsageError
from grouped import even, model_of


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


def test_without_errors_there_is_no_share() -> None:
    found = misread(model_of([[]]))
    assert found.concentration.share is found.concentration.by_chance is None
    assert found.concentration.without_errors == 3
    assert found.design_effect is found.correlation is None


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
