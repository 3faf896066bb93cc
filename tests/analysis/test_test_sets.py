"""Outcomes of further test sets: by condition, over all of them, and as scores by image."""

from dataclasses import replace

import numpy as np
import pytest

from builders import made_record
from digitbench.analysis.comparison import Comparison, compare
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.pairs import compare_pair
from digitbench.analysis.scores import mean_over
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.analysis.significance import Method
from digitbench.analysis.test_sets import condition_outcomes, set_failures
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import Groups, RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

LABELS = [0, 1, 2, 3]
RIGHT, ONE_WRONG, ALL_WRONG = [0, 1, 2, 3], [0, 1, 2, 9], [9, 9, 9, 9]


def base() -> RunRecord:
    """Make a run of a model with two trials and a deterministic one."""
    return made_record({"a": [RIGHT, ONE_WRONG], "b": [ONE_WRONG]}, LABELS)


def noise(name: str, severity: float, a: list[list[int]], b: list[list[int]]) -> MadeCondition:
    return MadeCondition(LABELS, {"a": a, "b": b}, name, severity, range(4))


@pytest.fixture
def two_conditions() -> RunRecord:
    weak = noise("noise", 1, [RIGHT, ONE_WRONG], [ONE_WRONG])
    strong = noise("noise", 2, [ALL_WRONG, ONE_WRONG], [ALL_WRONG])
    return with_sets(base(), {"made": [weak, strong]})


def test_each_condition_has_its_own_predictions(two_conditions: RunRecord) -> None:
    a, b = condition_outcomes(two_conditions, "made", "noise@2")
    assert (a.label, b.label) == ("a", "b")
    assert a.accuracies.tolist() == [0, 0.75]
    assert b.accuracies.tolist() == [0]
    first, _ = condition_outcomes(two_conditions, "made", "noise@1")
    assert first.accuracies.tolist() == [1, 0.75]
    assert a.dataset.name == "made/noise@2"
    assert a.dataset.test_size == 4


def test_outcomes_of_two_conditions_are_never_compared(two_conditions: RunRecord) -> None:
    one = condition_outcomes(two_conditions, "made", "noise@1")[0].dataset.fingerprint
    other = condition_outcomes(two_conditions, "made", "noise@2")[0].dataset.fingerprint
    assert len({one, other, two_conditions.plan.dataset.fingerprint}) == 3


@pytest.mark.parametrize(("label", "key"), [("made", "noise@3"), ("other", "noise@1")])
def test_what_the_run_does_not_have(two_conditions: RunRecord, label: str, key: str) -> None:
    with pytest.raises(KeyError):
        condition_outcomes(two_conditions, label, key)


def test_a_record_without_the_labels_of_a_set_is_refused(two_conditions: RunRecord) -> None:
    bare = two_conditions.model_copy(update={"test_sets": {}})
    with pytest.raises(ValueError, match="without the labels of made"):
        condition_outcomes(bare, "made", "noise@1")


def test_test_images_with_other_labels_take_the_predictions_that_are_there() -> None:
    record = with_sets(
        base(),
        {
            "disputed": [
                MadeCondition([3, 9], None, "voted", positions=[2, 3]),
                MadeCondition([0], None, "without", positions=[0]),
            ]
        },
    )
    a, b = condition_outcomes(record, "disputed", "voted")
    assert a.predictions.tolist() == [[2, 3], [2, 9]]
    assert a.accuracies.tolist() == [0, 0.5]
    assert b.accuracies.tolist() == [0.5]
    assert set_failures(record, "disputed") == ()


def test_places_count_only_conditions_with_predictions() -> None:
    """A condition of test images between two others takes no place among the predictions."""
    first = noise("noise", 1, [RIGHT, RIGHT], [RIGHT])
    between = MadeCondition([7], None, "voted", positions=[0])
    last = noise("noise", 2, [ALL_WRONG, ALL_WRONG], [ALL_WRONG])
    record = with_sets(base(), {"mixed": [first, between, last]})
    assert condition_outcomes(record, "mixed", "noise@1")[0].accuracy == 1
    assert condition_outcomes(record, "mixed", "noise@2")[0].accuracy == 0


def test_a_trial_whose_set_failed_is_left_out_and_counted() -> None:
    condition = noise("noise", 1, [ALL_WRONG, RIGHT], [RIGHT])
    record = with_sets(
        base(),
        {"made": [condition]},
        errors={("made", "a", 1): "ValueError: no", ("made", "b", 1): "x"},
    )
    (only,) = condition_outcomes(record, "made", "noise@1")
    assert only.label == "a"
    assert [trial.spec.trial for trial in only.trials] == [2]
    assert only.accuracies.tolist() == [1]
    failures = analyse_sets(record).sets[0].failures
    assert {(f.model, f.trial, f.error) for f in failures} == {
        ("a", 1, "ValueError: no"),
        ("b", 1, "x"),
    }


def test_a_trial_that_never_heard_of_the_set_has_no_error() -> None:
    record = with_sets(base(), {"made": [noise("noise", 1, [RIGHT, RIGHT], [RIGHT])]})
    results = tuple(trial.model_copy(update={"set_results": ()}) for trial in record.results)
    record = record.model_copy(update={"results": results})
    assert condition_outcomes(record, "made", "noise@1") == ()
    assert {failure.error for failure in set_failures(record, "made")} == {None}
    assert analyse_sets(record).loaded == ()


def test_a_set_that_could_not_be_loaded_is_there_without_conditions() -> None:
    record = with_sets(base(), {"made": []})
    (found,) = analyse_sets(record).sets
    assert found.conditions == ()
    assert found.mean is None


def test_images_made_of_test_images_have_their_groups() -> None:
    groups = Groups("writer", np.array([5, 5, 6, 6], np.int32), np.zeros(4, np.int32))
    record = base().model_copy(update={"test_groups": groups})
    made = MadeCondition([3, 0], {"a": [[3, 0], [3, 0]], "b": [[3, 0]]}, positions=[3, 0])
    own = MadeCondition([3, 0], {"a": [[3, 0], [3, 0]], "b": [[3, 0]]})
    record = with_sets(record, {"made": [made], "other": [own]})
    found = condition_outcomes(record, "made", "")[0].groups
    assert found is not None
    assert found.numbers.tolist() == [6, 5]
    assert condition_outcomes(record, "other", "")[0].groups is None


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


def test_trials_that_agree_by_scores_have_no_spread() -> None:
    """0.1 + 0.2 is not 0.3: sums of thirds must not look like a spread over trials."""
    correct = np.random.default_rng(0).random((3, 300)) < 0.7
    record = made_record(
        {"a": np.where(correct[0], 1, 0)[None].repeat(7, axis=0)}, np.ones(300, np.uint8)
    )
    (model,) = outcomes(record)
    mean = mean_over([model, replace(model), replace(model)])
    assert mean.variance.of_mean is not None
    assert mean.variance.of_mean.value == 0


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
