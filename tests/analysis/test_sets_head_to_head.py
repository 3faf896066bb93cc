"""Two sides on further test sets: what is compared, what is not, and why."""

import numpy as np
import pytest

from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.sets_head_to_head import (
    NO_MEAN,
    NO_PREDICTIONS,
    ONLY_A,
    ONLY_B,
    OTHER_CONTENT,
    SetsVersus,
    sets_head_to_head,
)
from digitbench.analysis.significance import Verdict
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, run_with_sets, with_sets

RIGHT = np.arange(400, dtype=np.uint8) % 10


def made(run_id: str, accuracy: float, *names: str) -> RunRecord:
    """Make a run of two models, with sets of two conditions; `cnn` is as accurate as is asked."""
    models = [MadeModel("cnn", 0.9), MadeModel("softmax", 0.8, deterministic=True)]
    record = run_of(models, images=400, right=RIGHT, run_id=run_id)
    of = {"cnn": accuracy, "softmax": 0.5}
    conditions = [
        MadeCondition(
            RIGHT, drawn(record, of.__getitem__, RIGHT, seed=seed), name, 1, np.arange(400)
        )
        for seed, name in enumerate(("fog", "turn"))
    ]
    return with_sets(record, dict.fromkeys(names, conditions))


def versus(a: RunRecord, b: RunRecord) -> SetsVersus:
    """Compare the models that both runs have."""
    return sets_head_to_head(a, b, list(zip(outcomes(a), outcomes(b), strict=True)))


def reasons(found: SetsVersus) -> dict[str, str]:
    return {one.test_set: one.reason for one in found.left_out}


def test_the_means_of_a_set_that_both_runs_have() -> None:
    a, b = made("a", 0.5, "corruptions"), made("b", 0.8, "corruptions")
    found = versus(a, b)
    assert not found.left_out
    (on_set,) = found.compared
    cnn, softmax = on_set.found
    means = [analyse_sets(record).find("corruptions").models[0].accuracy for record in (a, b)]
    assert [cnn.a.accuracy, cnn.b.accuracy] == pytest.approx(means)
    assert cnn.difference == pytest.approx(means[1] - means[0])
    assert cnn.pair.population.verdict is Verdict.BETTER
    assert (cnn.pair.first is cnn.b, cnn.family) == (True, 2)
    assert (softmax.labels, softmax.difference) == (("softmax", "softmax"), 0)


def test_sets_that_are_not_the_same_are_said_and_not_compared() -> None:
    found = versus(made("a", 0.5, "x", "mine", "both"), made("b", 0.5, "x", "both", "yours"))
    assert [one.test_set for one in found.compared] == ["x"]
    assert reasons(found) == {"mine": ONLY_A, "both": OTHER_CONTENT, "yours": ONLY_B}


def test_runs_without_sets_come_to_nothing() -> None:
    found = versus(made("a", 0.5), made("b", 0.5))
    assert not found.compared
    assert not found.left_out


def test_models_of_one_run_keep_the_verdict_of_its_set() -> None:
    record = run_with_sets()
    cnn, _, softmax = outcomes(record)
    found = sets_head_to_head(record, record, [(softmax, cnn)])
    assert [one.test_set for one in found.compared] == ["corruptions", "fresh", "usps"]
    assert reasons(found) == {"disputed": NO_MEAN}
    mean = analyse_sets(record).find("corruptions").mean
    assert mean is not None
    pair = mean.pair("softmax", "cnn")
    (one,) = found.compared[0].found
    assert one.family == 3
    assert one.pair.population.p_adjusted == pytest.approx(pair.population.p_adjusted)
    assert one.difference == pytest.approx(
        pair.difference * (1 if pair.first.label == "cnn" else -1)
    )


def test_a_model_without_predictions_of_a_set() -> None:
    record = made("a", 0.5, "x")
    results = tuple(r.model_copy(update={"set_results": ()}) for r in record.results)
    bare = record.model_copy(update={"results": results})
    assert reasons(versus(bare, record)) == {"x": NO_PREDICTIONS}
