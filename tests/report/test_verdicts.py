"""Verdicts in words: who wins, by how much, how sure, and what would settle the rest."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchlib.simulated import SETTINGS, as_outcomes, simulated_models
from digitbench.analysis.comparison import Comparison, compare
from digitbench.report.verdicts import (
    p_words,
    pair_sentence,
    seeds_only_sentence,
    summary_sentences,
)


def simulated(accuracies: Sequence[float], trials: Sequence[int], seed: int = 0) -> Comparison:
    rng = np.random.default_rng(seed)
    return compare(simulated_models(rng, SETTINGS[1], accuracies, trials, images=3000))


def test_a_winner_is_named_with_its_lead() -> None:
    comparison = simulated([0.99, 0.9, 0.8], [5, 5, 5])
    first, second = summary_sentences(comparison)
    assert first.startswith("On new digits, m0 is the best of 3 models: 9")
    assert second.startswith("m0 is better than m1: it gets ")
    assert "more of 3,000 images right (+" in second
    assert second.endswith("p < 0.0001).")
    assert "On this test set (seeds only), m0 is better than m1" in seeds_only_sentence(
        comparison.pair("m0", "m1")
    )


@pytest.mark.parametrize(("seed", "unit"), [(2, "trials of each"), (3, "test images"), (0, "")])
def test_equals_are_said_to_be_so_with_what_would_settle_it(seed: int, unit: str) -> None:
    comparison = simulated([0.95, 0.95], [5, 5], seed)
    text = " ".join(summary_sentences(comparison))
    assert text.startswith("On new digits, no model is better than another: ")
    assert "cannot be told apart" in text
    pair = comparison.pairs[0]
    wanted = pair.trials_needed or pair.groups_needed
    assert (wanted is not None) == bool(unit)
    assert (f"about {wanted:,} {unit}" if unit else "would not settle it.") in text.lower()
    assert "cannot be told apart either" in seeds_only_sentence(pair)


def test_two_best_and_a_third() -> None:
    comparison = simulated([0.98, 0.98, 0.9], [5, 5, 5])
    text = " ".join(summary_sentences(comparison))
    assert "has the highest mean accuracy of 3 models" in text
    assert "is not significantly worse." in text
    assert "is better than m2" in text
    assert text.count("cannot be told apart:") == 1


def test_one_trial_is_said_to_say_nothing() -> None:
    comparison = simulated([0.98, 0.9], [1, 1])
    text = " ".join(summary_sentences(comparison))
    assert "the spread over seeds is unknown: run more trials" in text
    assert "Run more trials" in pair_sentence(comparison.pairs[0])
    assert p_words(comparison.pairs[0].population) == "p unknown"
    assert "nothing can be said" in seeds_only_sentence(comparison.pairs[0])


def test_deterministic_models_leave_nothing_to_chance_on_this_test_set() -> None:
    better, alike = simulated([0.99, 0.8], [0, 0]), simulated([0.9], [0])
    assert "neither model depends on its seed" in seeds_only_sentence(better.pairs[0])
    model = alike.models[0].outcomes
    same = compare([model, replace(model, planned=model.planned.model_copy(update={"label": "x"}))])
    assert "equally many" in pair_sentence(same.pairs[0])
    assert "both get equally many images right" in seeds_only_sentence(same.pairs[0])


def test_a_model_alone_and_none() -> None:
    (sentence,) = summary_sentences(simulated([0.95], [5]))
    assert sentence.startswith("m0 gets 9")
    assert "on new digits, between 9" in sentence
    (once,) = summary_sentences(simulated([0.95], [1]))
    assert once.endswith("the spread over seeds is unknown.")
    assert summary_sentences(compare([])) == ["No model has a trial that succeeded."]


def test_many_pairs_are_not_all_listed() -> None:
    correct = np.random.default_rng(1).random(500) > 0.1
    models = [as_outcomes(correct[np.newaxis], number, exact=True) for number in range(5)]
    sentences = summary_sentences(compare(models))
    assert sentences[-1] == "7 more pairs cannot be told apart."
    assert len(sentences) == 5


def test_a_p_value_says_whether_it_is_adjusted() -> None:
    alone = simulated([0.95, 0.95], [5, 5]).pairs[0].population
    assert p_words(alone).startswith("p = ")
    among = simulated([0.95, 0.94, 0.9], [5, 5, 5]).pairs
    assert {p_words(pair.population).partition("p")[0] for pair in among} == {"adjusted ", ""}
