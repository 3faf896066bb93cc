"""What is said of further test sets, and that it is so."""

from collections.abc import Callable

import numpy as np
import pytest

from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.report.set_words import ADD_PREDICTIONS, set_failure_sentences, set_sentences
from digitbench.types import Groups, RunRecord
from grouped import even
from made_runs import MadeModel, run_of
from made_sets import NO_SET, MadeCondition, drawn, with_sets

IMAGES = 2000
EVERY = np.arange(IMAGES)
CLEAN = {"cnn": 0.98, "knn[k=3]": 0.95, "softmax": 0.9}
Accuracies = dict[str, float]


@pytest.fixture(scope="module")
def run() -> RunRecord:
    models = [MadeModel(label, accuracy, deterministic=True) for label, accuracy in CLEAN.items()]
    return run_of(models, images=IMAGES).model_copy(update={"test_groups": even(100, 20)})


@pytest.fixture(scope="module")
def said_of(run: RunRecord) -> Callable[..., str]:
    """Return a function that makes a set of conditions, and returns what is said of it."""

    def said(
        *conditions: Accuracies, paired: bool = True, groups: Groups | None = None, seed: int = 1
    ) -> str:
        right = run.test_labels
        assert right is not None
        made = [
            MadeCondition(
                right,
                drawn(run, of.__getitem__, right, seed=seed),
                f"c{number}" if len(conditions) > 1 else "",
                positions=EVERY if paired else None,
                groups=groups,
            )
            for number, of in enumerate(conditions)
        ]
        (found,) = set_sentences(analyse_sets(with_sets(run, {"made": made})))
        return found.text

    return said


def test_a_set_on_which_the_order_holds(said_of: Callable[..., str]) -> None:
    said = said_of({"cnn": 0.9, "knn[k=3]": 0.8, "softmax": 0.7}, paired=False)
    assert said.startswith("made: cnn is best, as on the test images: ")
    assert "The order of the models holds." in said
    assert "cnn loses " in said
    assert ", the others " in said


def test_other_writers_say_whether_the_test_images_are_used_up(
    said_of: Callable[..., str],
) -> None:
    order = {"cnn": 0.95, "knn[k=3]": 0.9, "softmax": 0.8}
    writers = even(50, 40)
    assert "holds: nothing says that the test images are used up" in said_of(
        order, paired=False, groups=writers
    )
    assert "used up" not in said_of(order, paired=True, groups=writers)
    others = Groups("camera", writers.numbers, writers.strata)
    assert "used up" not in said_of(order, paired=False, groups=others)
    turned = said_of({"cnn": 0.8, "knn[k=3]": 0.9, "softmax": 0.7}, paired=False, groups=writers)
    assert "Knn k=3 is better than cnn, the other way round than on the test images" in turned
    assert "who is better depends on the test images" in turned
    assert "cnn loses more than knn k=3, as a model that was tuned" in turned


def test_a_lead_that_may_be_owed_to_the_test_images() -> None:
    """The order holds, but the best model loses twice as much as the other."""
    clean = {"cnn": 0.98, "softmax": 0.9}
    record = run_of([MadeModel(m, of, deterministic=True) for m, of in clean.items()], images=4000)
    record = record.model_copy(update={"test_groups": even(200, 20)})
    right = record.test_labels
    assert right is not None
    given = drawn(record, {"cnn": 0.9, "softmax": 0.86}.__getitem__, right)
    made = MadeCondition(right, given, groups=even(200, 20))
    (found,) = set_sentences(analyse_sets(with_sets(record, {"made": [made]})))
    assert "The order of the models holds." in found.sentences
    assert found.sentences[-1] == (
        "cnn loses more than softmax, as a model that was tuned to the test images would."
    )


def test_who_wins_where(said_of: Callable[..., str]) -> None:
    wins, ties = {"cnn": 0.9, "knn[k=3]": 0.7, "softmax": 0.6}, dict.fromkeys(CLEAN, 0.8)
    beaten = {"cnn": 0.6, "knn[k=3]": 0.8, "softmax": 0.6}
    assert said_of(wins, wins, ties, beaten) == (
        "made: cnn is best on 2 of 4 conditions and tied on 1; knn k=3 is better on c3."
    )
    others = {"cnn": 0.5, "knn[k=3]": 0.6, "softmax": 0.8}
    many = said_of(wins, *[beaten] * 4, *[others] * 2)
    assert many == (
        "made: cnn is best on 1 of 7 conditions; knn k=3 is better on 4, such as c1; softmax is "
        "better on c5 and c6."
    )


def test_ties_on_a_set(said_of: Callable[..., str]) -> None:
    all_alike = said_of(dict.fromkeys(CLEAN, 0.8), paired=False)
    assert "3 of 3 models are tied for best." in all_alike
    assert "No models that the test images tell apart are told apart here." in all_alike
    two = said_of({"cnn": 0.8, "knn[k=3]": 0.8, "softmax": 0.6}, paired=False)
    assert "cnn and knn k=3 are tied for best." in two or "knn k=3 and cnn are tied" in two
    assert "The order of the models holds for 2 of 3 pairs; the other cannot be told apart." in two


def test_a_verdict_that_the_test_images_do_not_have_changes_no_order() -> None:
    clean = {"a": 0.8, "b": 0.8, "c": 0.6}
    record = run_of([MadeModel(m, of, deterministic=True) for m, of in clean.items()], images=1000)
    right = record.test_labels
    assert right is not None
    apart = drawn(record, {"a": 0.9, "b": 0.7, "c": 0.5}.__getitem__, right)
    (found,) = set_sentences(
        analyse_sets(with_sets(record, {"made": [MadeCondition(right, apart)]}))
    )
    assert "The order of the models holds." in found.text


def test_losses_and_gains(said_of: Callable[..., str]) -> None:
    assert "cnn gains " in said_of(dict.fromkeys(CLEAN, 1.0), paired=False)
    small = said_of(CLEAN, paired=False)
    assert "which may be chance" in small
    large = said_of({"cnn": 0.7, "knn[k=3]": 0.6, "softmax": 0.5}, paired=False)
    assert "chance" not in large
    assert "cnn loses 2" in large


def test_like_is_set_against_like_and_said_so() -> None:
    record = run_of([MadeModel("cnn", 0.9, deterministic=True)], images=800)
    numbers = (np.arange(800) // 20).astype(np.int32)
    groups = Groups("writer", numbers, numbers % 2, ("hsf 0", "hsf 4"))
    record = record.model_copy(update={"test_groups": groups})
    right = record.test_labels
    assert right is not None
    staff = Groups("writer", numbers, np.zeros(800, np.int32), ("hsf 0",))
    made = MadeCondition(right, drawn(record, lambda _: 0.8, right), groups=staff)
    (found,) = set_sentences(analyse_sets(with_sets(record, {"fresh": [made]})))
    assert found.sentences[-1].endswith(
        "; only the writers of hsf 0, whom both have, are compared."
    )


def test_a_single_model_is_set_against_nobody() -> None:
    record = run_of([MadeModel("cnn", 0.9, deterministic=True)], images=500)
    right = record.test_labels
    assert right is not None
    predictions = drawn(record, lambda _: 0.6, right)
    places = np.arange(500)
    for conditions in (
        [MadeCondition(right, predictions)],
        [MadeCondition(right, predictions, name, positions=places) for name in ("fog", "turn")],
    ):
        (found,) = set_sentences(analyse_sets(with_sets(record, {"made": conditions})))
        assert found.sentences[0].startswith("cnn gets ")
        assert "best" not in found.text
        assert "order" not in found.text
        assert "conditions" not in found.text


def test_disputed_labels(run: RunRecord) -> None:
    right = run.test_labels
    assert right is not None
    cnn, *_ = outcomes(run)
    wrong = ~cnn.correct[0]
    disputed = np.flatnonzero(wrong)[:10]
    voted = right.copy()
    voted[disputed] = (voted[disputed] + 1) % 10
    kept = np.delete(EVERY, disputed)
    conditions = [
        MadeCondition(right[kept], None, "without", positions=kept),
        MadeCondition(voted, None, "voted", positions=EVERY),
    ]
    (found,) = set_sentences(analyse_sets(with_sets(run, {"disputed": conditions})))
    assert found.text == (
        "disputed: 10 labels of test images are disputed, and with them 10 of the "
        f"{wrong.sum()} errors of cnn. No verdict hangs on them."
    )


def test_a_verdict_that_hangs_on_disputed_labels() -> None:
    record = run_of([MadeModel("a", 1.0, deterministic=True), MadeModel("b", 0.98)], images=1000)
    right = record.test_labels
    assert right is not None
    disputed = np.flatnonzero((~outcomes(record)[1].correct).any(axis=0))
    kept = np.delete(np.arange(1000), disputed)
    voted = right.copy()
    voted[disputed] = (voted[disputed] + 1) % 10
    conditions = [
        MadeCondition(right[kept], None, "without", positions=kept),
        MadeCondition(voted, None, "voted", positions=range(1000)),
    ]
    (found,) = set_sentences(analyse_sets(with_sets(record, {"disputed": conditions})))
    assert "on disputed/without, a and b can no longer be told apart" in found.text


def test_a_smoke_run_says_nothing(run: RunRecord) -> None:
    quick = run.plan.dataset.model_copy(update={"quick": True})
    record = run.model_copy(update={"plan": run.plan.model_copy(update={"dataset": quick})})
    right = run.test_labels
    assert right is not None
    made = MadeCondition(right, drawn(run, CLEAN.__getitem__, right))
    assert set_sentences(analyse_sets(with_sets(record, {"made": [made]}))) == ()


def test_what_is_missing_is_said() -> None:
    record = run_of([MadeModel("a", 0.9), MadeModel("b", 0.8, deterministic=True)], images=50)
    right = record.test_labels
    assert right is not None
    made = MadeCondition(right, drawn(record, lambda _: 0.5, right))
    record = with_sets(
        record,
        {"usps": [made], "gone": []},
        errors={("usps", "a", 1): "ValueError: no", ("usps", "a", 3): "ValueError: no"},
    )
    results = [
        trial.model_copy(update={"set_results": ()}) if trial.spec.model == "b" else trial
        for trial in record.results
    ]
    record = record.model_copy(update={"results": tuple(results)})
    assert set_failure_sentences(analyse_sets(record)) == (
        "a: 2 trials have no predictions of usps (ValueError: no)",
        f"b: 1 trial has no predictions of usps ({ADD_PREDICTIONS})",
        f"gone was left out: {NO_SET}",
    )
