"""The heat map: accuracies, how strong their colours are, and the lines of severities."""

import numpy as np
import pytest

from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import SetsAnalysis, analyse_sets
from digitbench.report import formatting
from digitbench.report.page.condition_map import HEIGHT_PX, WIDTH_PX, ConditionMap, condition_map
from digitbench.report.page.models import Model, models_of
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets
from page_sets import with_all_kinds

MODELS = ("cnn", "softmax")


@pytest.fixture(scope="module")
def record() -> RunRecord:
    made = [MadeModel(label, 0.99 - 0.05 * n) for n, label in enumerate(MODELS)]
    return with_all_kinds(run_of(made, images=600))


@pytest.fixture(scope="module")
def found(record: RunRecord) -> SetsAnalysis:
    return analyse_sets(record)


@pytest.fixture(scope="module")
def shown(record: RunRecord, found: SetsAnalysis) -> ConditionMap:
    made = _map(record, found, "made")
    assert made is not None
    return made


def _models(record: RunRecord, found: SetsAnalysis) -> tuple[Model, ...]:
    return models_of(record, found.test)


def _map(record: RunRecord, found: SetsAnalysis, label: str) -> ConditionMap | None:
    each = found.find(label)
    return condition_map(each, found.test, corruption_errors(each), _models(record, found))


def test_a_row_is_the_mean_over_severities(found: SetsAnalysis, shown: ConditionMap) -> None:
    assert [name for name, _ in shown.rows] == ["blur", "fog"]
    for name, cells in shown.rows:
        for place, cell in enumerate(cells):
            conditions = found.find("made").by_name[name].conditions
            mean = np.mean([condition.models[place].accuracy for condition in conditions])
            assert cell.value == pytest.approx(mean)
            assert cell.text == formatting.percent(float(mean))


def test_more_errors_have_a_stronger_colour(shown: ConditionMap) -> None:
    cells = sorted((c for _, row in shown.rows for c in row), key=lambda c: c.value or 0.0)
    shades = [cell.shade for cell in cells]
    assert shades == sorted(shades, reverse=True)
    assert shades[0] == 1
    assert 0 < shades[-1] < 1


def test_lines_fall_with_the_severity_on_one_scale(shown: ConditionMap) -> None:
    places = [
        [tuple(map(float, point.split(","))) for point in cell.line.split()]
        for _, row in shown.rows
        for cell in row
    ]
    for line in places:
        assert len(line) == 3
        assert [y for _, y in line] == sorted(y for _, y in line)
        assert (line[0][0], line[-1][0]) == (1, WIDTH_PX - 1)
    heights = [y for line in places for _, y in line]
    assert (min(heights), max(heights)) == (1, HEIGHT_PX - 1)


def test_below_stand_means_and_corruption_errors(shown: ConditionMap) -> None:
    below = dict(shown.below)
    assert list(below) == ["Mean", "Test images", "mCE", "relative mCE"]
    for place in range(len(MODELS)):
        values = [cells[place].value or 0.0 for _, cells in shown.rows]
        assert below["Mean"][place].value == pytest.approx(np.mean(values))
    assert below["mCE"][1].text == "1.000"


def test_a_set_of_test_images_or_of_one_condition_has_no_map(
    record: RunRecord, found: SetsAnalysis
) -> None:
    assert _map(record, found, "votes") is None
    assert _map(record, found, "fresh") is None


def test_conditions_without_a_severity_have_no_lines(record: RunRecord) -> None:
    right = record.test_labels
    assert right is not None
    every = np.arange(len(right))
    conditions = [
        MadeCondition(right, drawn(record, lambda _: 1.0, right), name, positions=every)
        for name in ("blur", "fog")
    ]
    found = analyse_sets(with_sets(record, {"plain": conditions}))
    shown = _map(record, found, "plain")
    assert shown is not None
    assert {cell.line for _, row in shown.rows for cell in row} == {""}
    assert {cell.shade for _, row in shown.rows for cell in row} == {0}
    assert not shown.between
    assert [name for name, _ in shown.below] == ["Mean", "Test images"]
