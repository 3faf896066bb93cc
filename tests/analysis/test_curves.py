"""Learning curves and the time to an accuracy: by numpy, gaps and divergence included."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbench.analysis.curves import (
    NotFinite,
    accuracy_metric,
    learning_curves,
    time_to_accuracy,
)
from digitbench.analysis.outcomes import Outcomes
from digitbench.types import TrialResult

MakeOutcomes = Callable[..., Outcomes]
History = list[dict[str, float]]
FIGURES = st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf])
HISTORIES = st.lists(
    st.lists(st.dictionaries(st.sampled_from(["loss", "seconds"]), FIGURES), max_size=6),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="session")
def with_histories(make_outcomes: MakeOutcomes) -> Callable[[Sequence[History]], Any]:
    """Return a function that makes trials with the given histories."""

    def make(histories: Sequence[History]) -> list[TrialResult]:
        trials = make_outcomes("a", np.zeros((len(histories), 2)), [0, 1]).trials
        return [
            trial.model_copy(update={"history": tuple(history)})
            for trial, history in zip(trials, histories, strict=True)
        ]

    return make


@settings(max_examples=50, deadline=None)
@given(histories=HISTORIES)
def test_curves_agree_with_numpy(
    with_histories: Callable[..., list[TrialResult]], histories: list[History]
) -> None:
    found = learning_curves(with_histories(histories))
    curves = {curve.metric: curve for curve in found.metrics}
    assert set(curves) <= {"loss"}
    for name, curve in (("loss", curves.get("loss")), ("seconds", found.seconds)):
        expected = {}
        for epoch in range(1, 7):
            entries = [history[epoch - 1] for history in histories if len(history) >= epoch]
            told = [entry[name] for entry in entries if np.isfinite(entry.get(name, np.nan))]
            if told:
                expected[epoch] = (np.mean(told), min(told), max(told), len(told))
        if curve is None:
            assert not expected
            continue
        assert curve.epochs.tolist() == list(expected)
        rows = np.array(list(expected.values()))
        np.testing.assert_allclose(curve.mean, rows[:, 0], atol=1e-9)
        np.testing.assert_array_equal(curve.minimum, rows[:, 1])
        np.testing.assert_array_equal(curve.maximum, rows[:, 2])
        np.testing.assert_array_equal(curve.trials, rows[:, 3])


def test_metrics_keep_their_order_and_seconds_are_none(
    with_histories: Callable[..., list[TrialResult]],
) -> None:
    found = learning_curves(
        with_histories([[{"loss": 2.0, "seconds": 1.0, "accuracy": 0.5}], [{"rate": 3.0}]])
    )
    assert [curve.metric for curve in found.metrics] == ["loss", "accuracy", "rate"]
    assert found.seconds is not None
    none = learning_curves(with_histories([[], []]))
    assert (none.metrics, none.seconds) == ((), None)


@pytest.mark.parametrize(
    ("names", "metric"),
    [
        (("loss", "accuracy", "validation_accuracy"), "validation_accuracy"),
        (("loss", "acc"), "acc"),
        (("acc", "val_acc"), "val_acc"),
        (("loss", "val_loss"), None),
    ],
)
def test_which_metric_is_an_accuracy(
    with_histories: Callable[..., list[TrialResult]], names: Sequence[str], metric: str | None
) -> None:
    assert accuracy_metric(with_histories([[], [dict.fromkeys(names, 0.5)]])) == metric


def test_time_to_an_accuracy(with_histories: Callable[..., list[TrialResult]]) -> None:
    def history(*accuracies: float, pace: float | None = None) -> History:
        return [
            {"accuracy": accuracy} | ({"seconds": pace * epoch} if pace else {})
            for epoch, accuracy in enumerate(accuracies, start=1)
        ]

    trials = with_histories(
        [
            history(0.8, 0.95, 0.9, pace=2.0),
            history(0.9, 0.8, pace=3.0),
            history(0.1, 0.2, pace=4.0),
            history(0.1, 0.2, 0.99),
            [{"loss": 1.0}],
        ]
    )
    found = time_to_accuracy(trials, 0.9)
    assert found is not None
    assert (found.metric, found.target, found.trials, found.reached) == ("accuracy", 0.9, 4, 3)
    assert found.epochs is not None
    assert found.epochs.mean == pytest.approx(np.mean([2, 1, 3]))
    assert found.seconds is not None
    assert (found.seconds.minimum, found.seconds.maximum) == (3.0, 4.0)
    assert found.seconds.mean == pytest.approx(3.5)
    never = time_to_accuracy(trials, 0.999)
    assert never is not None
    assert (never.reached, never.epochs, never.seconds) == (0, None, None)
    untimed = time_to_accuracy(trials[3:4], 0.9)
    assert untimed is not None
    assert (untimed.reached, untimed.seconds) == (1, None)


def test_no_time_without_the_metric(with_histories: Callable[..., list[TrialResult]]) -> None:
    trials = with_histories([[{"loss": 1.0}], []])
    assert time_to_accuracy(trials, 0.9) is None
    assert time_to_accuracy(trials, 0.9, "top5") is None
    assert time_to_accuracy(trials, 0.9, "loss") is not None


def test_where_a_training_diverged_is_told(
    with_histories: Callable[..., list[TrialResult]],
) -> None:
    nan, inf = float("nan"), float("inf")
    found = learning_curves(
        with_histories(
            [
                [{"loss": 1.0}, {"loss": inf}, {"loss": nan}],
                [{"loss": 1.0}, {"loss": 0.5}],
                [{"loss": 1.0}, {}, {"loss": nan, "norm": nan}],
                [{}],
            ]
        )
    )
    assert found.not_finite == (NotFinite("loss", 2, 3, 2), NotFinite("norm", 1, 1, 3))
    assert learning_curves(with_histories([[{"loss": 1.0}]])).not_finite == ()
