"""Mean corruption error, against figures worked out by hand, and its interval."""

import numpy as np
import pytest

from builders import made_record
from digitbench.analysis.corruption_error import corruption_errors, reference_model
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.errors import UsageError
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

IMAGES = 20
RIGHT = np.ones(IMAGES, np.uint8)


def wrong(*counts: int) -> list[np.ndarray]:
    """Make trials that have so many images wrong."""
    return [np.where(np.arange(IMAGES) < count, 0, 1).astype(np.uint8) for count in counts]


def condition(
    name: str, severity: float, softmax: list[np.ndarray], cnn: list[np.ndarray]
) -> MadeCondition:
    given = {"softmax": softmax, "cnn": cnn}
    return MadeCondition(RIGHT, given, name, severity, range(IMAGES))


@pytest.fixture
def record() -> RunRecord:
    """Errors on clean images: softmax 10 %, cnn 5 and 0 %."""
    clean = made_record({"softmax": wrong(2), "cnn": wrong(1, 0)}, RIGHT)
    return with_sets(
        clean,
        {
            "corruptions": [
                condition("blur", 1, wrong(4), wrong(1, 1)),
                condition("blur", 2, wrong(16), wrong(3, 5)),
                condition("fog", 1, wrong(4), wrong(1, 3)),
                condition("fog", 2, wrong(6), wrong(3, 3)),
            ]
        },
    )


def test_errors_are_added_over_severities_and_then_divided(record: RunRecord) -> None:
    softmax, cnn = corruption_errors(analyse_sets(record).sets[0])
    assert (softmax.mean, softmax.std, softmax.interval) == (1, None, (1, 1))
    # blur: (0.05 + 0.20) / (0.2 + 0.8), fog: 0.25 / 0.5; the mean of both.
    assert cnn.by_name == pytest.approx({"blur": 0.25, "fog": 0.5})
    assert cnn.mean == pytest.approx(0.375)
    # By trial: (4/20 + 4/10) / 2 and (6/20 + 6/10) / 2.
    assert cnn.std == pytest.approx(np.std([0.3, 0.45], ddof=1))
    assert cnn.reference == "softmax"


def test_the_relative_one_takes_off_the_clean_error(record: RunRecord) -> None:
    softmax, cnn = corruption_errors(analyse_sets(record).sets[0])
    assert softmax.relative == pytest.approx(1)
    # softmax loses 1 - 2 * 0.1 by blur, 0.5 - 2 * 0.1 by fog; cnn by trial 0.2 - 2 * 0.05 and
    # 0.3 - 0, and so by fog.
    by_trial = [(0.1 / 0.8 + 0.1 / 0.3) / 2, (0.3 / 0.8 + 0.3 / 0.3) / 2]
    assert cnn.relative == pytest.approx(np.mean(by_trial))
    assert cnn.relative_std == pytest.approx(np.std(by_trial, ddof=1))


def test_another_reference_can_be_named(record: RunRecord) -> None:
    (found,) = analyse_sets(record).sets
    reference = reference_model(found.test, "cnn")
    softmax, cnn = corruption_errors(found, reference)
    assert cnn.mean == 1
    assert softmax.mean == pytest.approx((1 / 0.25 + 0.5 / 0.25) / 2)


def test_the_reference_is_softmax_or_else_the_least_accurate() -> None:
    def chosen(*labels: str) -> str:
        rows = {label: wrong(place + 1) for place, label in enumerate(labels)}
        found = reference_model(outcomes(made_record(rows, RIGHT)))
        assert found is not None
        return found.label

    assert chosen("softmax", "a", "b") == "softmax"
    assert chosen("softmax[l2=0.1]", "a") == "softmax[l2=0.1]"
    assert chosen("a", "b", "c") == "c"
    with pytest.raises(UsageError, match=r"no model other .*: a$"):
        reference_model(outcomes(made_record({"a": wrong(1)}, RIGHT)), "other")
    assert reference_model(()) is None


def test_there_is_none_where_the_reference_makes_no_error_or_is_missing(record: RunRecord) -> None:
    (found,) = analyse_sets(record).sets
    perfect = with_sets(
        record,
        {
            "corruptions": [
                condition("blur", 1, wrong(0), wrong(1, 1)),
                condition("fog", 1, wrong(10), wrong(4, 6)),
            ]
        },
    )
    assert corruption_errors(analyse_sets(perfect).sets[0]) == ()
    missing = with_sets(
        record,
        {"corruptions": [condition(n, 1, wrong(3), wrong(1, 1)) for n in ("blur", "fog")]},
        errors={("corruptions", "softmax", 1): "no"},
    )
    assert corruption_errors(analyse_sets(missing).sets[0]) == ()
    assert corruption_errors(found)


def test_there_is_no_relative_one_where_the_reference_loses_nothing(record: RunRecord) -> None:
    easy = with_sets(
        record,
        {
            "corruptions": [
                condition("blur", 1, wrong(2), wrong(1, 1)),
                condition("fog", 1, wrong(10), wrong(4, 6)),
            ]
        },
    )
    _, cnn = corruption_errors(analyse_sets(easy).sets[0])
    assert cnn.relative is None
    assert cnn.relative_std is None
    assert cnn.mean == pytest.approx((0.05 / 0.1 + 0.5 * 0.5 / 0.5) / 2)


def test_sets_of_one_name_of_curves_or_of_other_images_have_none(record: RunRecord) -> None:
    one = with_sets(record, {"x": [condition("blur", s, wrong(4), wrong(1, 1)) for s in (1, 2)]})
    assert corruption_errors(analyse_sets(one).sets[0]) == ()
    unequal = [("blur", 1), ("blur", 2), ("fog", 1)]
    curves = [condition(name, severity, wrong(4), wrong(1, 1)) for name, severity in unequal]
    assert corruption_errors(analyse_sets(with_sets(record, {"x": curves})).sets[0]) == ()
    given = {"softmax": wrong(4), "cnn": wrong(1, 1)}
    apart = with_sets(record, {"x": [MadeCondition(RIGHT, given, name) for name in ("a", "b")]})
    assert corruption_errors(analyse_sets(apart).sets[0]) == ()


def test_the_interval_is_that_of_the_delta_method() -> None:
    """Against resampled images, with the reference model resampled beside the model."""
    record = run_of(
        [
            MadeModel("softmax", 0.9, deterministic=True),
            MadeModel("knn", 0.95, deterministic=True),
        ],
        images=1000,
    )
    right = record.test_labels
    assert right is not None
    given = [
        drawn(record, lambda label: {"softmax": 0.6, "knn": 0.8}[label], right, seed=seed)
        for seed in range(3)
    ]
    conditions = [
        MadeCondition(right, predictions, f"c{i}", positions=range(1000))
        for i, predictions in enumerate(given)
    ]
    _, knn = corruption_errors(analyse_sets(with_sets(record, {"made": conditions})).sets[0])
    rng = np.random.default_rng(0)
    errors = {
        label: np.stack([predictions[label][0] != right for predictions in given])
        for label in ("softmax", "knn")
    }
    draws = []
    for _ in range(2000):
        chosen = rng.integers(0, 1000, 1000)
        ratios = errors["knn"][:, chosen].mean(1) / errors["softmax"][:, chosen].mean(1)
        draws.append(ratios.mean())
    assert knn.interval is not None
    low, high = knn.interval
    assert (high - low) / 2 == pytest.approx(1.96 * np.std(draws), rel=0.06)
    assert (high + low) / 2 == pytest.approx(knn.mean)
