"""Several models: ranks, Holm over the pairs, and no claims among equals."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchlib.simulated import SETTINGS, Setting, as_outcomes, simulated_models
from digitbench.analysis.comparison import Place, compare
from digitbench.analysis.significance import Verdict
from digitbench.errors import UsageError


def test_models_stand_by_accuracy_and_say_how_they_are_to_the_best() -> None:
    rng = np.random.default_rng(0)
    models = simulated_models(rng, SETTINGS[1], [0.90, 0.99, 0.99, 0.97], [5, 5, 5, 5], images=3000)
    comparison = compare(models)
    assert [(m.outcomes.label, m.place) for m in comparison.models[2:]] == [
        ("m3", Place.WORSE),
        ("m0", Place.WORSE),
    ]
    assert [m.place for m in comparison.models[:2]] == [Place.BEST, Place.NOT_WORSE]
    assert [m.letters for m in comparison.models] == ["a", "a", "b", "c"]
    assert {m.outcomes.label for m in comparison.models[:2]} == {"m1", "m2"}
    assert comparison.models[0].uncertainty.mean >= comparison.models[1].uncertainty.mean
    assert len(comparison.pairs) == 6
    assert comparison.pair("m0", "m3").first.label == "m3"
    assert comparison.pairs[0] is comparison.pair("m1", "m2")
    with pytest.raises(KeyError):
        comparison.pair("m0", "m9")


def test_p_values_are_adjusted_over_the_pairs() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(1)
    models = simulated_models(rng, SETTINGS[1], [0.95] * 4, [3, 5, 0, 8], images=1000)
    pairs = compare(models).pairs
    for claim in ("population", "test_set"):
        raw = [getattr(pair, claim).p_value for pair in pairs]
        due = multipletests(raw, method="holm")[1]
        assert [getattr(pair, claim).p_adjusted for pair in pairs] == pytest.approx(due, rel=1e-9)


def test_trials_that_agree_by_luck_count_for_less_among_several_pairs() -> None:
    rng = np.random.default_rng(0)
    while True:
        models = simulated_models(rng, SETTINGS[2], [0.9] * 3, [5] * 3, images=1000)
        (alone,) = compare(models[:2]).pairs
        among = compare(models).pair("m0", "m1")
        parts = alone.variance
        assert parts.trials is not None
        if not parts.is_few and 0 < parts.trials.value < parts.rest:
            break
    claims = alone.population, among.population
    assert claims[0].p_value is not None
    assert claims[1].p_value is not None
    assert claims[0].p_value < claims[1].p_value
    # The luck is the same for both; what is asked of it is not.
    assert alone.variance == among.variance
    (stricter,) = compare(models[:2], level=0.01).pairs
    assert stricter.population.p_value == claims[1].p_value


def test_one_model_and_none() -> None:
    alone = compare([as_outcomes(np.ones((3, 10), bool))])
    assert alone.models[0].place is Place.BEST
    assert alone.pairs == ()
    assert compare([]).models == ()


def test_other_data_are_refused() -> None:
    one = as_outcomes(np.ones((3, 10), bool))
    dataset = one.dataset.model_copy(update={"name": "other", "fingerprint": "f" * 64})
    with pytest.raises(UsageError, match="different data"):
        compare([one, replace(one, dataset=dataset)])


def _some() -> Iterator[Any]:
    """Yield every setting with every number of trials, all but one of each setting slow."""
    for row, setting in enumerate(SETTINGS):
        for column, trials in enumerate(([3, 3, 3], [5, 5, 5], [0, 0, 5])):
            marks = () if row % 3 == column else pytest.mark.slow
            yield pytest.param(setting, trials, marks=marks, id=f"{trials}-{setting.name}")


@pytest.mark.parametrize(("setting", "trials"), list(_some()))
def test_equal_models_are_seldom_called_better(setting: Setting, trials: list[int]) -> None:
    """A small version of `benchmarks/error_rates.py families`: at most 5 % of 200 is due."""
    rng = np.random.default_rng(2)
    claims = 0
    for _ in range(200):
        models = simulated_models(rng, setting, [0.98] * 3, trials, images=1000)
        claims += any(p.population.verdict is Verdict.BETTER for p in compare(models).pairs)
    assert claims / 200 <= 0.09
