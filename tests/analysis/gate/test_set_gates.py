"""Gates on further test sets, from predictions made by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.baseline import make_baseline
from digitbench.analysis.gate.compatibility import changes
from digitbench.analysis.gate.decision import Decision, GateKind, GateOutcome
from digitbench.analysis.gate.judgement import Judgement, check
from digitbench.analysis.gate.settings import GateSettings
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.errors import UsageError
from digitbench.report.gate import check_document, check_markdown
from digitbench.report.tables.test_sets import set_standing
from digitbench.store.baseline import baseline_text, read_baseline
from digitbench.types import RunRecord
from made_sets import MadeCondition, with_sets

Make = Callable[..., RunRecord]

IMAGES = 400
LABELS = np.arange(IMAGES) % 10


def rows(*wrong: int, start: int = 0) -> np.ndarray:
    """Return predictions, a row for each number of images that are wrong."""
    found = np.tile(LABELS, (len(wrong), 1))
    for row, count in zip(found, wrong, strict=True):
        row[start : start + count] = (row[start : start + count] + 1) % 10
    return found


@pytest.fixture
def run_of_sets(make_record: Make) -> Callable[..., RunRecord]:
    """Return a function that makes a run of model `a`, three trials, from a set's conditions."""

    def make(
        conditions: Mapping[str, np.ndarray],
        *,
        label: str = "blurred",
        **options: Any,
    ) -> RunRecord:
        trials = len(next(iter(conditions.values()))) if conditions else 3
        record = make_record({"a": rows(*[4] * trials)}, LABELS)
        made = [
            MadeCondition(LABELS, {"a": found}, name=name, positions=np.arange(IMAGES))
            for name, found in conditions.items()
        ]
        return with_sets(record, {label: made}, **options)

    return make


def decision_of(found: Judgement, kind: GateKind, name: str) -> Decision:
    (decision,) = (d for d in found.decisions if d.gate.kind is kind and d.gate.test_set == name)
    return decision


def judged(record: RunRecord, against: RunRecord | None = None, **settings: Any) -> Judgement:
    baseline = None if against is None else make_baseline(against)
    return check(record, baseline, GateSettings(**settings))


def test_a_drop_on_a_set_fails_and_noise_does_not(run_of_sets: Callable[..., RunRecord]) -> None:
    then = run_of_sets({"": rows(20, 22, 24)})
    same = judged(run_of_sets({"": rows(21, 23, 22)}), then)
    assert same.outcome is GateOutcome.PASS
    found = judged(run_of_sets({"": rows(60, 62, 64)}), then)
    decision = decision_of(found, GateKind.DROP, "blurred")
    assert decision.outcome is GateOutcome.FAIL
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(0.1)
    others = [d for d in found.decisions if d.gate.test_set is None]
    assert {d.outcome for d in others} == {GateOutcome.PASS}


def test_a_set_of_several_conditions_is_held_by_its_mean(
    run_of_sets: Callable[..., RunRecord],
) -> None:
    then = run_of_sets({"fog": rows(10, 12, 14), "snow": rows(30, 32, 34)})
    found = judged(run_of_sets({"fog": rows(10, 12, 14), "snow": rows(70, 72, 74)}), then)
    decision = decision_of(found, GateKind.DROP, "blurred")
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(0.05)
    assert decision.outcome is GateOutcome.FAIL


def test_a_condition_of_test_images_counts_in_the_mean_of_a_curve(make_record: Make) -> None:
    def made(wrong: int) -> RunRecord:
        curve = [
            MadeCondition(LABELS, name="turn", severity=0, positions=np.arange(IMAGES)),
            MadeCondition(LABELS, {"a": rows(wrong)}, "turn", 9, positions=np.arange(IMAGES)),
        ]
        return with_sets(make_record({"a": rows(4)}, LABELS), {"curve": curve})

    decision = decision_of(judged(made(44), made(24)), GateKind.DROP, "curve")
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(0.025)
    lost = judged(made(24), min_set_accuracy={"curve": 0.96})
    worst = decision_of(lost, GateKind.ACCURACY, "curve").worst
    assert worst is not None
    assert worst.measured == pytest.approx(1 - 14 / IMAGES)


def test_equal_predictions_are_not_tested(run_of_sets: Callable[..., RunRecord]) -> None:
    record = run_of_sets({"": rows(20, 22, 24)})
    assert decision_of(judged(record, record), GateKind.DROP, "blurred").gate.unchanged


def test_of_a_deterministic_model_one_image_is_seen(
    run_of_sets: Callable[..., RunRecord],
) -> None:
    then = run_of_sets({"": rows(20)})
    now = run_of_sets({"": rows(21)})
    assert decision_of(judged(now, then), GateKind.DROP, "blurred").outcome is GateOutcome.FAIL
    allowed = judged(now, then, set_tolerance={"blurred": "1 image"})
    assert decision_of(allowed, GateKind.DROP, "blurred").outcome is GateOutcome.PASS


def test_trials_that_agree_by_luck_vary_by_an_image(
    run_of_sets: Callable[..., RunRecord],
) -> None:
    then = run_of_sets({"": rows(20, 20, 20)})
    found = judged(run_of_sets({"": rows(21, 21, 21)}), then)
    assert decision_of(found, GateKind.DROP, "blurred").outcome is GateOutcome.PASS


def test_floors_hold_sets_and_conditions(run_of_sets: Callable[..., RunRecord]) -> None:
    record = run_of_sets({"fog": rows(10, 12, 14), "snow": rows(30, 32, 34)})
    floors = '"blurred=0.9, blurred/snow=0.99"'.strip('"')
    found = judged(record, min_set_accuracy=floors)
    assert decision_of(found, GateKind.ACCURACY, "blurred").outcome is GateOutcome.PASS
    snow = decision_of(found, GateKind.ACCURACY, "blurred/snow")
    assert snow.outcome is GateOutcome.FAIL
    assert snow.worst is not None
    assert snow.worst.measured == pytest.approx(1 - 32 / 400)


def test_limits_may_leave_out_options_and_severities(
    run_of_sets: Callable[..., RunRecord],
) -> None:
    record = run_of_sets({"fog": rows(1, 2, 3)}, label="blurred[only=fog]")
    found = judged(record, min_set_accuracy={"blurred/fog": 0.9, "blurred": 0.9})
    assert {d.gate.test_set for d in found.decisions} == {
        None,
        "blurred[only=fog]",
        "blurred[only=fog]/fog",
    }


@pytest.mark.parametrize("name", ["fresh", "blurred/rain"])
def test_a_floor_of_nothing_is_refused(run_of_sets: Callable[..., RunRecord], name: str) -> None:
    with pytest.raises(UsageError, match=f"there is no test set {name} in the run"):
        judged(run_of_sets({"fog": rows(1, 2, 3)}), min_set_accuracy={name: 0.5})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("blurred/fogg", r"did you mean blurred/fog\?"),
        ("fog", r"did you mean blurred/fog\?"),
        ("fresh", "there are: blurred$"),
    ],
)
def test_a_floor_of_nothing_gets_a_short_hint(
    run_of_sets: Callable[..., RunRecord], name: str, hint: str
) -> None:
    record = run_of_sets({"fog": rows(1, 2, 3), "snow": rows(1, 2, 3)})
    with pytest.raises(UsageError, match=hint):
        judged(record, min_set_accuracy={name: 0.5})


def test_the_mean_of_a_set_is_the_one_that_tables_show(make_record: Make) -> None:
    record = make_record({"a": rows(4, 4, 4)}, LABELS)
    still = MadeCondition(LABELS, None, name="turn", severity=0, positions=np.arange(IMAGES))
    turned = MadeCondition(
        LABELS, {"a": rows(40, 40, 40)}, name="turn", severity=1, positions=np.arange(IMAGES)
    )
    record = with_sets(record, {"curve": [still, turned]})
    decision = decision_of(judged(record, min_set_accuracy="curve=0.5"), GateKind.ACCURACY, "curve")
    shown = set_standing("mean", analyse_sets(record).find("curve")).means["a"]
    assert decision.worst is not None
    assert decision.worst.measured == pytest.approx(shown) == pytest.approx(1 - 22 / 400)


def test_a_set_that_is_called_exactly_so_is_meant(make_record: Make) -> None:
    fog = MadeCondition(LABELS, {"a": rows(4)}, "fog", 1, positions=np.arange(IMAGES))
    sets = {"blurred": [fog], "blurred[only=fog]": [fog]}
    found = judged(
        with_sets(make_record({"a": rows(4)}, LABELS), sets),
        min_set_accuracy={"blurred/fog": 0.9, "blurred[only=fog]/fog": 0.8},
    )
    limits = {d.gate.test_set: d.worst.limit for d in found.decisions if d.worst}
    assert limits == {"blurred/fog@1": 0.9, "blurred[only=fog]/fog@1": 0.8}


def test_a_set_that_was_not_loaded_never_passes(run_of_sets: Callable[..., RunRecord]) -> None:
    then, lost = run_of_sets({"": rows(20, 22, 24)}), run_of_sets({})
    found = judged(lost, then, min_set_accuracy={"blurred": 0.5})
    for kind in (GateKind.DROP, GateKind.ACCURACY):
        decision = decision_of(found, kind, "blurred")
        assert decision.outcome is GateOutcome.FAIL
        assert "could not be loaded: no network" in (decision.gate.problem or "")
    with pytest.raises(UsageError, match="makes no baseline: the test set blurred could not"):
        make_baseline(lost)


def test_trials_without_predictions_fail(run_of_sets: Callable[..., RunRecord]) -> None:
    then = run_of_sets({"": rows(20, 22, 24)})
    now = run_of_sets({"": rows(20, 22, 24)}, errors={("blurred", "a", 2): "out of memory"})
    problem = decision_of(judged(now, then), GateKind.DROP, "blurred").gate.problem
    assert problem == "1 trial has no predictions of blurred; trial 2: out of memory"


def test_a_run_without_the_set_fails(
    run_of_sets: Callable[..., RunRecord], make_record: Make
) -> None:
    then = run_of_sets({"": rows(20, 22, 24)})
    found = judged(make_record({"a": rows(4, 4, 4)}, LABELS), then)
    problem = decision_of(found, GateKind.DROP, "blurred").gate.problem
    assert problem is not None
    assert "add it to --test-sets" in problem


def test_a_set_of_other_content_is_other_data(run_of_sets: Callable[..., RunRecord]) -> None:
    then = make_baseline(run_of_sets({"": rows(20, 22, 24)}))
    plan = run_of_sets({"": rows(20, 22, 24)}).plan
    assert not list(changes(then, plan))
    (planned,) = plan.test_sets
    other = plan.model_copy(
        update={"test_sets": (planned.model_copy(update={"fingerprint": "f" * 64}),)}
    )
    (difference,) = changes(then, other)
    assert difference.text.startswith("the test set blurred was ")


def test_the_file_of_a_baseline_keeps_the_sets(
    run_of_sets: Callable[..., RunRecord], tmp_path: Any
) -> None:
    made = make_baseline(run_of_sets({"fog": rows(1, 2, 3), "snow": rows(4, 5, 6)}))
    file = tmp_path / "baseline.json"
    file.write_text(baseline_text(made))
    assert read_baseline(file) == made
    assert set(made.models[0].test_sets) == {"blurred", "blurred/fog", "blurred/snow"}
    file.write_text(baseline_text(made).replace('"images": 800', '"images": 0'))
    with pytest.raises(UsageError, match="is damaged"):
        read_baseline(file)


def test_documents_name_the_set(run_of_sets: Callable[..., RunRecord]) -> None:
    then = run_of_sets({"": rows(20, 22, 24)})
    found = judged(run_of_sets({"": rows(60, 62, 64)}), then, min_set_accuracy={"blurred": 0.5})
    named = {(g["kind"], g["test_set"]) for g in check_document(found)["gates"]}
    assert named == {
        ("trials", None),
        ("drop", None),
        ("drop", "blurred"),
        ("accuracy", "blurred"),
    }
    text = check_markdown(found)
    assert "accuracy on blurred against the baseline" in text
    assert "84.50 % (3 trials), 10.00 points, 40 images, below the baseline's 94.50 %" in text


def test_an_unchanged_model_seldom_fails_by_chance(
    run_of_sets: Callable[..., RunRecord],
) -> None:
    random = np.random.default_rng(7)

    def drawn() -> RunRecord:
        return run_of_sets({"": rows(*random.binomial(IMAGES, 0.1, 3).tolist())})

    failed = sum(
        judged(drawn(), drawn(), false_alarms=0.1).outcome is GateOutcome.FAIL for _ in range(120)
    )
    assert failed <= 20
    assert failed >= 1
