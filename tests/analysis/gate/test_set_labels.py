"""Test sets of a baseline that lie in another place on the machine of the check."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.baseline import make_baseline
from digitbench.analysis.gate.compatibility import changes
from digitbench.analysis.gate.judgement import check
from digitbench.analysis.gate.set_labels import absolute_places, with_labels_of
from digitbench.analysis.gate.settings import GateSettings
from digitbench.report.gate import foresight
from digitbench.store.baseline import Baseline
from digitbench.types import RunPlan, RunRecord
from made_sets import MadeCondition, with_sets

LABELS = np.arange(40) % 10
SAME, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def run_of(make_record: Callable[..., RunRecord]) -> Callable[..., RunRecord]:
    """Return a function that makes a run with sets of two conditions, by label and fingerprint."""

    def make(sets: dict[str, str]) -> RunRecord:
        made: dict[str, Any] = {
            label: [MadeCondition(LABELS, {"a": np.tile(LABELS, (3, 1))}, name=n) for n in "xy"]
            for label in sets
        }
        record = with_sets(make_record({"a": np.tile(LABELS, (3, 1))}, LABELS), made)
        planned = tuple(
            one.model_copy(
                update={
                    "fingerprint": sets[one.label],
                    "name": one.label.partition(":")[0],
                    "argument": one.label.partition(":")[2] or None,
                }
            )
            for one in record.plan.test_sets
        )
        return record.model_copy(
            update={"plan": record.plan.model_copy(update={"test_sets": planned})}
        )

    return make


@pytest.fixture
def seen(run_of: Callable[..., RunRecord]) -> Callable[..., tuple[Baseline, RunPlan]]:
    """Return a function that holds a baseline's sets against a run's."""

    def make(then: dict[str, str], now: dict[str, str]) -> tuple[Baseline, RunPlan]:
        plan = run_of(now).plan
        return with_labels_of(make_baseline(run_of(then)), plan), plan

    return make


def called(baseline: Baseline) -> list[str]:
    return [one.label for one in baseline.test_sets]


def test_the_same_content_in_another_place_is_the_same_set(
    run_of: Callable[..., RunRecord],
) -> None:
    then, now = {"fresh": OTHER, "pictures:/a/d": SAME}, {"pictures:d": SAME, "fresh": OTHER}
    record = run_of(now)
    baseline = with_labels_of(make_baseline(run_of(then)), record.plan)
    assert called(baseline) == ["fresh", "pictures:d"]
    sets = {f"{label}{part}" for label in now for part in ("", "/x", "/y")}
    assert set(baseline.models[0].test_sets) == sets
    assert not list(changes(baseline, record.plan))
    found = check(record, baseline, GateSettings())
    assert found.passed
    assert {decision.gate.test_set for decision in found.decisions} == {None, *now}


def test_other_content_in_another_place_is_other_data(
    seen: Callable[..., tuple[Baseline, RunPlan]],
) -> None:
    baseline, plan = seen({"pictures:/a/d": SAME}, {"pictures:d": OTHER})
    (difference,) = changes(baseline, plan)
    assert difference.text == "the test set pictures:d was aaaaaaaaaaaa and is now bbbbbbbbbbbb"


@pytest.mark.parametrize(
    "now",
    [
        {"pictures:/a/d": OTHER, "pictures:d": SAME},  # its own label goes before
        {"pictures:x": OTHER, "pictures:y": OTHER},  # either could be meant
        {"idx:d": OTHER},
        {"pictures": OTHER},
        {},
    ],
)
def test_a_set_that_is_not_surely_meant_keeps_its_label(
    now: dict[str, str], seen: Callable[..., tuple[Baseline, RunPlan]]
) -> None:
    assert called(seen({"pictures:/a/d": SAME}, now)[0]) == ["pictures:/a/d"]


def test_sets_without_a_place_are_not_taken_for_each_other(
    seen: Callable[..., tuple[Baseline, RunPlan]],
) -> None:
    baseline, _ = seen({"fog[severity=1]": SAME}, {"fog[severity=2]": OTHER})
    assert called(baseline) == ["fog[severity=1]"]


def test_a_baseline_says_which_sets_other_machines_may_not_find(
    run_of: Callable[..., RunRecord],
) -> None:
    sets = ("fresh", "pictures:d", 'idx:"/a, b"', "pictures:/a/d[max=3]", "fog[only=a/b]")
    baseline = make_baseline(run_of(dict.fromkeys(sets, SAME)))
    assert absolute_places(baseline) == ('idx:"/a, b"', "pictures:/a/d[max=3]")
    *_, last = foresight(baseline)
    assert last.startswith("pictures:/a/d[max=3]: where that path is another")
