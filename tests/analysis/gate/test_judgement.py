"""A run compared with a baseline and floors: every kind of gate, from predictions made by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.baseline import make_baseline
from digitbench.analysis.gate.decision import Decision, GateKind, GateOutcome
from digitbench.analysis.gate.judgement import Judgement, asks_something, check, looks_of
from digitbench.analysis.gate.settings import GateSettings, ModelLimits
from digitbench.errors import UsageError
from digitbench.types import RunRecord

Make = Callable[..., RunRecord]

IMAGES = 1000
LABELS = np.arange(IMAGES) % 10


def rows(*wrong: int, start: int = 0) -> np.ndarray:
    """Return predictions, a row for each number of images that are wrong."""
    found = np.tile(LABELS, (len(wrong), 1))
    for row, count in zip(found, wrong, strict=True):
        row[start : start + count] = (row[start : start + count] + 1) % 10
    return found


def decision_of(found: Judgement, kind: GateKind, model: str = "a") -> Decision:
    (decision,) = (d for d in found.decisions if d.gate.kind is kind and d.gate.model == model)
    return decision


@pytest.fixture
def against(make_record: Make) -> Callable[..., Judgement]:
    """Return a function that checks predictions of a model against those of a baseline."""

    def run(then: np.ndarray | None, now: np.ndarray, **settings: Any) -> Judgement:
        baseline = None if then is None else make_baseline(make_record({"a": then}, LABELS))
        return check(make_record({"a": now}, LABELS), baseline, GateSettings(**settings))

    return run


def test_noise_passes_and_a_drop_fails_with_the_images_named(
    against: Callable[..., Judgement],
) -> None:
    then = rows(20, 22, 24, 26)
    assert against(then, rows(27, 23, 25, 21)).outcome is GateOutcome.PASS
    found = against(then, rows(40, 42, 44, 46))
    decision = decision_of(found, GateKind.DROP)
    assert decision.outcome is GateOutcome.FAIL
    assert not found.passed
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(0.02)
    (model,) = found.models
    assert model.images is not None
    first = model.images.became_wrong[0]
    assert (first.wrong_now, first.trials_now, first.wrong_then, first.trials_then) == (4, 4, 0, 4)
    assert (first.digit, first.taken_for) == (first.index % 10, (first.index + 1) % 10)
    assert {image.index for image in model.images.became_wrong} == set(range(22, 44))
    assert model.images.became_right == 0


def test_a_tolerance_is_beyond_which_noise_begins(against: Callable[..., Judgement]) -> None:
    then, now = rows(20, 22, 24, 26), rows(40, 42, 44, 46)
    assert against(then, now, tolerance="20 images").outcome is GateOutcome.PASS
    assert against(then, now, tolerance="1 point").outcome is GateOutcome.FAIL


def test_a_drop_that_has_to_be_ruled_out(against: Callable[..., Judgement]) -> None:
    then, now = rows(20, 22, 24, 26), rows(21, 23, 25, 27)
    assert against(then, now, smallest_drop="1 point").outcome is GateOutcome.PASS
    found = against(then, now, smallest_drop="2 images")
    assert (found.outcome, found.passed) == (GateOutcome.INCONCLUSIVE, True)
    assert not against(then, now, smallest_drop="2 images", on_inconclusive="fail").passed


def test_a_deterministic_model_has_no_noise(against: Callable[..., Judgement]) -> None:
    then = rows(20)
    assert against(then, rows(20)).outcome is GateOutcome.PASS
    found = against(then, rows(21))
    assert found.outcome is GateOutcome.FAIL
    assert decision_of(found, GateKind.DROP).false_alarms == found.false_alarms == 0.0
    assert against(then, rows(21), tolerance="1 image").outcome is GateOutcome.PASS
    assert against(then, rows(19)).outcome is GateOutcome.PASS


def test_the_same_predictions_pass_whatever_has_to_be_ruled_out(
    against: Callable[..., Judgement],
) -> None:
    found = against(rows(5, 25), rows(5, 25), smallest_drop="1 image")
    assert decision_of(found, GateKind.DROP).gate.unchanged
    assert found.outcome is GateOutcome.PASS


def test_floors_of_the_accuracy(against: Callable[..., Judgement]) -> None:
    now = rows(20, 22, 24, 26)
    assert against(None, now, min_accuracy=0.95).outcome is GateOutcome.PASS
    assert against(None, now, min_accuracy=0.977).outcome is GateOutcome.INCONCLUSIVE
    assert against(None, now, min_accuracy=0.99).outcome is GateOutcome.FAIL
    assert against(None, rows(23), min_accuracy=0.977).outcome is GateOutcome.PASS
    assert against(None, rows(23), min_accuracy=0.978).outcome is GateOutcome.FAIL


def test_floors_of_digits_name_those_that_are_below(against: Callable[..., Judgement]) -> None:
    now = np.tile(LABELS, (3, 1))
    now[:, 8:400:10] = 3  # forty of the hundred eights
    found = against(None, now, min_class_accuracy=0.9)
    decision = decision_of(found, GateKind.CLASS_ACCURACY)
    assert decision.outcome is GateOutcome.FAIL
    assert [figure.digit for figure in decision.failing] == [8]
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(0.6)
    assert against(None, now, min_class_accuracy={8: 0.5, 3: 0.9}).outcome is GateOutcome.PASS


def test_what_a_model_has_for_itself_goes_before_what_all_have(make_record: Make) -> None:
    record = make_record({"a": rows(20), "b": rows(90)}, LABELS)
    settings = GateSettings(min_accuracy=0.95, model={"b": ModelLimits(min_accuracy=0.9)})
    assert check(record, None, settings).outcome is GateOutcome.PASS
    assert check(record, None, GateSettings(min_accuracy=0.95)).outcome is GateOutcome.FAIL


def ratios(make_record: Make, seconds: Mapping[str, float], **limits: Any) -> Judgement:
    figures = {
        label: {"fit_seconds": value, "predict_seconds": value, "n_parameters": int(value)}
        for label, value in seconds.items()
    }
    predictions = {label: rows(1, 2, 3) for label in seconds}
    record = make_record(predictions, LABELS, figures=figures)
    varied = tuple(
        r.model_copy(update={"fit_seconds": (r.fit_seconds or 0) * (1 + 0.01 * r.spec.trial)})
        for r in record.results
    )
    record = record.model_copy(update={"results": varied})
    return check(record, None, GateSettings(model={"a": ModelLimits(**limits)}))


def test_time_and_size_as_multiples_of_another_model(make_record: Make) -> None:
    seconds = {"a": 30.0, "b": 10.0}
    assert ratios(make_record, seconds, max_fit_time_ratio={"b": 4.0}).outcome is GateOutcome.PASS
    found = ratios(make_record, seconds, max_fit_time_ratio={"b": 2.5})
    decision = decision_of(found, GateKind.FIT_TIME)
    assert (decision.outcome, decision.gate.reference) == (GateOutcome.FAIL, "b")
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(3.0)
    assert (
        ratios(make_record, seconds, max_fit_time_ratio={"b": 3.01}).outcome
        is GateOutcome.INCONCLUSIVE
    )
    assert ratios(make_record, seconds, max_size_ratio={"b": 3.0}).outcome is GateOutcome.PASS
    assert ratios(make_record, seconds, max_size_ratio={"b": 2.9}).outcome is GateOutcome.FAIL


def test_a_size_that_is_not_told_fails(make_record: Make) -> None:
    record = make_record({"a": rows(1), "b": rows(1)}, LABELS)
    settings = GateSettings(model={"a": ModelLimits(max_size_ratio={"b": 1.0})})
    decision = decision_of(check(record, None, settings), GateKind.SIZE)
    assert decision.gate.problem == "a does not tell its size"


def test_failed_and_missing_trials_fail(make_record: Make) -> None:
    whole = make_record({"a": rows(1, 2, 3), "b": rows(1)}, LABELS)
    baseline = make_baseline(whole)
    broken = make_record({"a": rows(1, 2, 3), "b": rows()}, LABELS)
    found = check(broken, baseline, GateSettings())
    assert decision_of(found, GateKind.TRIALS, "b").gate.problem == "1 of 1 failed; trial 1: made"
    cut = whole.model_copy(update={"results": whole.results[:-1]})
    problem = decision_of(check(cut, baseline, GateSettings()), GateKind.TRIALS, "a").gate.problem
    assert problem == "1 of 3 are missing"
    less = make_record({"a": rows(1, 2, 3)}, LABELS)
    found = check(less, baseline, GateSettings())
    problem = decision_of(found, GateKind.TRIALS, "b").gate.problem
    assert (found.outcome, problem) == (GateOutcome.FAIL, "the baseline has it, the run does not")
    assert check(less, baseline, GateSettings(), ["a"]).outcome is GateOutcome.PASS


@pytest.mark.parametrize(
    ("settings", "models", "message"),
    [
        (GateSettings(model={"c": ModelLimits()}), None, "there is no c to check; there are: a"),
        (GateSettings(), ["c"], "there is no c to check; there are: a"),
        (GateSettings(max_size_ratio={"c": 1.0}), None, "a is to be compared with c, which is not"),
    ],
)
def test_names_that_are_not_there(
    make_record: Make, settings: GateSettings, models: list[str] | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        check(make_record({"a": rows(1)}, LABELS), None, settings, models)


def test_all_gates_share_the_rate_of_false_alarms(make_record: Make) -> None:
    predictions = {"a": rows(1, 2, 3), "b": rows(4, 5, 6), "c": rows(7)}
    record = make_record(predictions, LABELS)
    found = check(record, make_baseline(record), GateSettings(min_accuracy=0.5, false_alarms=0.02))
    assert (found.noisy_gates, found.false_alarms) == (4, 0.02)
    assert {d.false_alarms for d in found.decisions} == {0.0, 0.005}


def test_other_test_images_cannot_be_named(make_record: Make) -> None:
    baseline = make_baseline(make_record({"a": rows(1, 2, 3)}, LABELS))
    record = make_record({"a": rows(1, 2, 3)[:, :500]}, LABELS[:500])
    (model,) = check(record, baseline, GateSettings()).models
    assert model.images is None


def test_whether_anything_is_asked(make_record: Make) -> None:
    baseline = make_baseline(make_record({"a": rows(1)}, LABELS))
    assert asks_something(["a"], baseline, GateSettings())
    assert not asks_something(["b"], baseline, GateSettings())
    assert not asks_something(["b"], None, GateSettings())
    assert asks_something(["b"], None, GateSettings(min_class_accuracy={8: 0.5}))


def test_numbers_of_trials_double_up_to_the_last() -> None:
    assert looks_of(5, None) == (5,)
    assert looks_of(5, 5) == (5,)
    assert looks_of(5, 3) == (5,)
    assert looks_of(5, 20) == (5, 10, 20)
    assert looks_of(3, 16) == (3, 6, 12, 16)
