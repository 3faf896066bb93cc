"""Limits of the accuracy on further test sets: their names, and what keeps them."""

import io

import pytest
from rich.console import Console

from digitbench.analysis.choice import Choice
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.errors import UsageError
from digitbench.report.choice import choice_document, choice_report
from digitbench.types import RunRecord
from digitbench.workflows.choose import choose
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, run_with_sets, with_sets

HOSTILE = "pictures:[bold]\x1b[31m<b>"


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return run_with_sets()


def excluded(choice: Choice) -> list[str]:
    return [one.model.planned.label for one in choice.excluded]


def printed(record: RunRecord, *limits: str, width: int = 150) -> str:
    choice, typed = choose(record, {}, limits)
    out = io.StringIO()
    console = Console(file=out, width=width)
    console.print(choice_report(record, choice, typed, console))
    return out.getvalue()


@pytest.mark.parametrize(
    "limit", ["accuracy@corruptions/turn@3=0.4", "accuracy@corruptions/turn@3 = 0.4 "]
)
def test_a_condition(record: RunRecord, limit: str) -> None:
    """On `turn`, knn is better than cnn."""
    choice, _ = choose(record, {}, [limit.replace(" =", "=")])
    assert choice.chosen is not None
    assert choice.chosen.planned.label == "knn[k=3]"
    assert excluded(choice) == ["cnn", "softmax"]


def test_a_set_is_the_mean_over_its_conditions(record: RunRecord) -> None:
    softmax = analyse_sets(record).find("corruptions").models[-1]
    assert softmax.label == "softmax"
    for share, out in ((-0.001, []), (0.001, ["softmax"])):
        choice, _ = choose(record, {}, [f"accuracy@corruptions={softmax.accuracy + share}"])
        assert excluded(choice) == out
    document = choice_document(record, choice)
    (limit,) = (key for key in document["limits"] if "@" in key)
    assert limit == "min_accuracy@corruptions"
    last = document["models"][-1]
    assert last["accuracy@corruptions"] == pytest.approx(softmax.accuracy)
    assert last["excesses"][0]["limit"] == limit


def test_short_names_and_options_with_an_equals_sign() -> None:
    record = run_of([MadeModel("cnn", 0.9), MadeModel("knn", 0.8)], images=100)
    right = record.test_labels
    assert right is not None
    made = [MadeCondition(right, drawn(record, lambda _: 0.5, right), "fog", 3, range(100))]
    record = with_sets(record, {"corruptions[severity=3]": made})
    for name in ("corruptions", "corruptions/fog", "corruptions[severity=3]/fog@3"):
        choice, _ = choose(record, {}, [f"accuracy@{name}=0.99"])
        assert excluded(choice) == ["cnn", "knn"]
        assert choice.closest is not None
    both, _ = choose(record, {}, ["accuracy@corruptions=0.99", "accuracy@corruptions/fog=0.1"])
    assert len(both.limits) == 2


def test_what_has_no_predictions_of_a_set_is_excluded_in_words(record: RunRecord) -> None:
    without = tuple(
        r.model_copy(update={"set_results": () if r.spec.model == "cnn" else r.set_results})
        for r in record.results
    )
    text = printed(record.model_copy(update={"results": without}), "accuracy@fresh=0.1")
    assert "knn[k=3] is the most accurate of 2 models within the limits" in text
    assert "accuracy on fresh unknown: no trial has predictions of it" in text
    lost = printed(record, "accuracy@lost=0.1")
    assert "No model is within the limits." in lost


def test_what_comes_closest(record: RunRecord) -> None:
    text = printed(record, "accuracy@corruptions/turn@3=0.99")
    assert "knn[k=3] comes closest: its accuracy on corruptions/turn@3 of " in text
    assert " % is under the limit of 0.99." in text
    assert "accuracy on corruptions/turn@3 under 0.99" in text


def test_a_hostile_name_is_text() -> None:
    record = run_of([MadeModel("cnn", 0.9)], images=50)
    right = record.test_labels
    assert right is not None
    made = MadeCondition(right, drawn(record, lambda _: 0.5, right))
    text = printed(with_sets(record, {HOSTILE: [made]}), f"accuracy@{HOSTILE}=0.9")
    assert "[bold]\\x1b[31m<b>" in text
    assert "\x1b" not in text
    assert text.count("[bold]") == 3  # in the sentence, in a heading and in the reason


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("accuracy@nothing=0.9", "there is no test set nothing"),
        ("accuracy@fresh", "write METRIC=VALUE"),
        ("accuracy@fresh=lots", "write a number"),
        ("fit_seconds@fresh=1s", "of a test set, limit the accuracy"),
        ("accuracy@disputed=0.9", "limit the accuracy on one of without, voted"),
    ],
)
def test_nonsense_is_refused(record: RunRecord, limit: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(record, {}, [limit])
