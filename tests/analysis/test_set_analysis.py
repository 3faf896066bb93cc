"""How models stand on further test sets: each condition, the mean over them, and each name."""

import numpy as np
import pytest

from builders import made_record
from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.pairs import compare_pair
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.significance import Method
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import Groups, RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

LABELS = [0, 1, 2, 3]
RIGHT, ONE_WRONG, ALL_WRONG = [0, 1, 2, 3], [0, 1, 2, 9], [9, 9, 9, 9]


@pytest.fixture
def two_conditions() -> RunRecord:
    """Make a run of a seeded and a deterministic model, and noise of two severities."""
    record = made_record({"a": [RIGHT, ONE_WRONG], "b": [ONE_WRONG]}, LABELS)
    given = (
        {"a": [RIGHT, ONE_WRONG], "b": [ONE_WRONG]},
        {"a": [ALL_WRONG, ONE_WRONG], "b": [ALL_WRONG]},
    )
    conditions = [
        MadeCondition(LABELS, predictions, "noise", severity, range(4))
        for severity, predictions in enumerate(given, 1)
    ]
    return with_sets(record, {"made": conditions})


def figures(comparison: Comparison) -> list[tuple[object, ...]]:
    return [
        (m.outcomes.label, m.place, m.uncertainty.mean, m.uncertainty.interval)
        for m in comparison.models
    ]


@pytest.fixture(scope="module")
def drawn_run() -> RunRecord:
    """Make a run of three models on 600 images by 30 writers, with copies of them as sets."""
    models = [MadeModel("a", 0.9), MadeModel("b", 0.8), MadeModel("c", 0.85, deterministic=True)]
    record = run_of(models, images=600)
    numbers = np.repeat(np.arange(30), 20).astype(np.int32)
    groups = Groups("writer", numbers, (numbers > 10).astype(np.int32), ("x", "y"))
    record = record.model_copy(update={"test_groups": groups})
    right = record.test_labels
    assert right is not None
    same = {model.label: model.predictions for model in outcomes(record)}
    worse = drawn(record, lambda label: 0.7 if label == "a" else 0.6, right)
    every = range(600)
    return with_sets(
        record,
        {
            "copy": [MadeCondition(right, same, positions=every)],
            "twice": [
                MadeCondition(right, same, "one", positions=every),
                MadeCondition(right, same, "two", positions=every),
            ],
            "mixed": [
                MadeCondition(right, same, "same", positions=every),
                MadeCondition(right, worse, "worse", positions=every),
            ],
            "apart": [
                MadeCondition(right, same, "same", positions=every),
                MadeCondition(right[:300], {k: v[:, :300] for k, v in same.items()}, "few"),
            ],
        },
    )


def test_a_copy_of_the_test_images_has_their_figures_and_verdicts(drawn_run: RunRecord) -> None:
    found = analyse_sets(drawn_run)
    copy = found.sets[0]
    assert copy.mean is not None
    assert copy.mean is copy.conditions[0].comparison
    assert figures(copy.mean) == figures(found.test)
    for pair, other in zip(copy.mean.pairs, found.test.pairs, strict=True):
        assert pair.population == other.population
        assert pair.test_set == other.test_set


def test_the_mean_over_a_condition_and_its_copy_is_that_condition(drawn_run: RunRecord) -> None:
    """Scores by image give what right and wrong give, but for the exact test of whole images."""
    found = analyse_sets(drawn_run)
    mean = found.sets[1].mean
    assert mean is not None
    for ours, theirs in zip(mean.models, found.test.models, strict=True):
        assert ours.outcomes.label == theirs.outcomes.label
        assert ours.place is theirs.place
        assert ours.uncertainty.mean == pytest.approx(theirs.uncertainty.mean, abs=1e-12)
        assert ours.uncertainty.interval == pytest.approx(theirs.uncertainty.interval, abs=1e-9)
    for pair, other in zip(mean.pairs, found.test.pairs, strict=True):
        assert pair.population.p_value == pytest.approx(other.population.p_value, rel=1e-6)
        assert pair.test_set.p_value == pytest.approx(other.test_set.p_value, rel=1e-6)


def test_the_mean_over_conditions_is_paired_by_image(drawn_run: RunRecord) -> None:
    mixed = analyse_sets(drawn_run).sets[2]
    assert mixed.mean is not None
    by_hand = {
        model.label: np.mean([c.models[i].accuracy for c in mixed.conditions])
        for i, model in enumerate(mixed.models)
    }
    for ranked in mixed.mean.models:
        assert ranked.uncertainty.mean == pytest.approx(by_hand[ranked.outcomes.label], abs=1e-12)
    whole = mixed.models[0]
    assert whole.scores is not None
    assert set(np.unique(whole.scores)) == {0, 0.5, 1}
    one_condition = uncertainty(mixed.conditions[1].models[0]).interval
    interval = uncertainty(whole).interval
    assert interval is not None
    assert one_condition is not None
    assert interval[1] - interval[0] < one_condition[1] - one_condition[0]


def test_conditions_of_other_images_have_no_mean(drawn_run: RunRecord) -> None:
    apart = analyse_sets(drawn_run).sets[3]
    assert apart.mean is None
    assert apart.models == ()


def test_two_deterministic_models_have_no_exact_test_of_scores(drawn_run: RunRecord) -> None:
    models = [MadeModel("a", 0.9, deterministic=True), MadeModel("b", 0.8, deterministic=True)]
    record = run_of(models, images=400)
    right = record.test_labels
    assert right is not None
    conditions = [
        MadeCondition(
            right,
            drawn(record, lambda label: 0.9 if label == "a" else 0.6, right, seed=seed),
            f"c{seed}",
            positions=range(400),
        )
        for seed in range(3)
    ]
    (found,) = analyse_sets(with_sets(record, {"made": conditions})).sets
    (pair,) = compare(found.models).pairs
    assert pair.population.method is Method.COMPONENTS
    assert pair.test_set.method is Method.NO_CHANCE
    assert pair.population.p_value is not None
    assert pair.population.p_value < 1e-6
    exact = compare_pair(*found.conditions[0].models)
    assert exact.population.method is Method.MCNEMAR


def test_severities_of_a_name_are_one_comparison(two_conditions: RunRecord) -> None:
    (found,) = analyse_sets(two_conditions).sets
    assert list(found.comparisons) == ["noise"]
    best = found.comparisons["noise"].models[0]
    assert best.outcomes.label == "a"
    assert best.uncertainty.mean == pytest.approx((1 + 0.75 + 0 + 0.75) / 4)


def test_severities_of_other_images_stand_by_themselves(two_conditions: RunRecord) -> None:
    given = {"a": [RIGHT[:2], RIGHT[:2]], "b": [RIGHT[:2]]}
    made = [MadeCondition(LABELS[:2], given, "noise", severity) for severity in (2, 1)]
    (found,) = analyse_sets(with_sets(two_conditions, {"made": made})).sets
    assert list(found.comparisons) == ["noise@1", "noise@2"]
