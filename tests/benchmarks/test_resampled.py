"""Test sets drawn anew from real writers, and split in halves, hold what they should."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from benchlib.resampled import (
    Estimate,
    by_series,
    estimates,
    half_of_images,
    half_of_writers,
    images_of,
    new_trials,
    new_writers,
    one_trial_each,
    pair_name,
    resample,
    split_halves,
    truths,
)
from benchlib.writer_studies import AS_THE_CNN
from benchlib.writers import Writers
from digitbench.analysis.outcomes import Outcomes
from real_writers import count, table

SMALL = Writers.of_mnist(8)
GROUPS = SMALL.groups


def _models(trials: int = 3) -> list[Outcomes]:
    rng = np.random.default_rng(0)
    laws = [SMALL.law(AS_THE_CNN, accuracy, 0.05, trials) for accuracy in (0.95, 0.9)]
    return SMALL.models(rng, laws)


def test_new_writers_are_as_many_in_each_series_and_bring_all_their_digits() -> None:
    places, drawn = new_writers(np.random.default_rng(0), GROUPS)
    assert len(places) == len(drawn)
    assert [len(found) for found in by_series(drawn)] == [len(w) for w in by_series(GROUPS)]
    sources = {int(n): set(GROUPS.numbers[places[drawn.numbers == n]]) for n in drawn.numbers}
    assert {len(writers) for writers in sources.values()} == {1}
    twice = [next(iter(writers)) for writers in sources.values()]
    assert len(set(twice)) < len(twice)
    members = images_of(GROUPS)
    for number, writers in sources.items():
        assert int((drawn.numbers == number).sum()) == len(members[int(next(iter(writers)))])


def test_half_of_the_writers_with_all_their_digits() -> None:
    half = half_of_writers(np.random.default_rng(0), GROUPS)
    for writers in by_series(GROUPS):
        inside = [bool(half[GROUPS.numbers == writer].all()) for writer in writers]
        outside = [not half[GROUPS.numbers == writer].any() for writer in writers]
        assert sum(inside) == len(writers) // 2
        assert sum(inside) + sum(outside) == len(writers)


def test_half_of_the_images_of_each_series() -> None:
    half = half_of_images(np.random.default_rng(0), GROUPS)
    for series in (0, 1):
        inside = GROUPS.strata == series
        assert half[inside].sum() == inside.sum() // 2


def test_trials_of_one_name_are_drawn_together() -> None:
    one, other = _models()
    rng = np.random.default_rng(3)
    same = replace(other, planned=other.planned.model_copy(update={"name": one.planned.name}))
    shifted = replace(same, rows=one.rows)
    first, second = new_trials(rng, [one, shifted])
    assert (first.predictions == second.predictions).all()
    assert len(np.unique(first.predictions, axis=0)) < 3


def test_one_trial_is_taken_for_all() -> None:
    for model in one_trial_each(_models()):
        assert model.exact
        assert model.predictions.shape[0] == len(model.trials) == 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (Estimate(0.5, (0.4, 0.6)), Estimate(0.6, (0.5, 0.7)), True),
        (Estimate(0.5, (0.4, 0.6)), Estimate(0.65, (0.55, 0.75)), False),
        (Estimate(0.5, (0.4, 0.9)), Estimate(0.65, (0.55, 0.75)), True),
        (Estimate(0.5, None), Estimate(0.5, (0.4, 0.6)), False),
    ],
)
def test_agreement_of_two_estimates(first: Estimate, second: Estimate, expected: bool) -> None:
    assert first.agrees(second) is expected
    assert second.agrees(first) is expected


def test_estimates_are_first_less_second_whichever_is_better() -> None:
    models = _models()[::-1]
    found, known = estimates(models), truths(models)
    name = pair_name(*models)
    assert known[name] < 0
    assert found[name].value == pytest.approx(known[name])
    interval = found[name].interval
    assert interval is not None
    assert interval[0] < known[name] < interval[1]
    assert all(found[key].holds(known[key]) for key in known)


@pytest.mark.parametrize("trials", [False, True])
def test_intervals_of_new_writers_are_counted(trials: bool) -> None:
    models = _models()
    tally = resample(np.random.default_rng(0), models, 12, trials=trials)
    assert set(tally.shares) == {"grouped", "plain"} == set(tally.families)
    for shares in tally.shares.values():
        assert set(shares) == set(truths(models))
        assert all(0 < share <= 1 + 1e-9 for share in shares.values())


def test_halves_are_counted() -> None:
    models = one_trial_each(_models())
    by_images = split_halves(np.random.default_rng(0), models, 12, by_writers=False)
    by_writers = split_halves(np.random.default_rng(0), models, 12, by_writers=True)
    assert by_images.shares["plain"]["m0"] > 0.5
    assert by_writers.shares["plain"]["m0"] < by_images.shares["plain"]["m0"] + 1e-9


def test_models_without_groups_cannot_be_drawn_anew() -> None:
    models = [replace(model, groups=None) for model in _models()]
    with pytest.raises(ValueError, match="no groups"):
        resample(np.random.default_rng(0), models, 1, trials=False)


def test_trainings_are_drawn_anew_where_there_are_enough() -> None:
    few, enough = count(_models(2), 2, 0, 1), count(_models(3), 2, 0, 1)
    assert set(enough) - set(few) == {"trainings"}
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table(_models(3), enough))
    lines = shown.get().splitlines()
    assert any(line.startswith("m0 ") and line.count(" / ") == 4 for line in lines)
    assert any(line.startswith("all pairs together") for line in lines)
