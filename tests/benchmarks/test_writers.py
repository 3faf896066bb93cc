"""Simulated writers: as many and as busy as MNIST's; models have the stated accuracy and ICC."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchlib.set_studies import corruptions, drops
from benchlib.simulated import SETTINGS, Setting
from benchlib.writer_studies import (
    AS_THE_CNN,
    Cell,
    Design,
    Rates,
    coverage,
    families,
    power,
    run_cells,
    sequential,
    ways,
)
from benchlib.writers import Writers

MNIST = Writers.of_mnist()


def test_the_writers_are_those_of_mnist() -> None:
    counts = np.bincount(MNIST.groups.numbers)
    assert (len(counts), MNIST.count, int(counts.sum())) == (297, 297, 10_000)
    assert np.bincount(MNIST.groups.strata).tolist() == [4999, 5001]
    of_series = [np.unique(MNIST.groups.numbers[MNIST.groups.strata == s]) for s in (0, 1)]
    assert [len(found) for found in of_series] == [48, 249]


@pytest.mark.parametrize("accuracy", [0.92, 0.993])
def test_the_second_series_has_twice_the_errors(accuracy: float) -> None:
    first, second = MNIST.accuracies(accuracy)
    assert MNIST.shares @ [first, second] == pytest.approx(accuracy)
    assert (1 - second) / (1 - first) == pytest.approx(2)


@pytest.mark.parametrize(("accuracy", "icc"), [(0.92, 0.0), (0.92, 0.03), (0.985, 0.05)])
@pytest.mark.parametrize("trials", [0, 2])
def test_models_have_the_accuracy_and_the_icc_they_are_said_to_have(
    accuracy: float, icc: float, trials: int
) -> None:
    rng = np.random.default_rng(1)
    law = MNIST.law(AS_THE_CNN, accuracy, icc, trials)
    models = [MNIST.models(rng, [law])[0] for _ in range(80)]
    rows = np.stack([model.correct[0] for model in models]).astype(np.float64)
    means = np.array([rows[:, MNIST.groups.strata == s].mean() for s in (0, 1)])
    assert means == pytest.approx(MNIST.accuracies(accuracy), abs=0.004)
    assert _icc(rows, accuracy) == pytest.approx(icc, abs=0.004)


def _icc(rows: NDArray[np.float64], accuracy: float) -> float:
    """Return the correlation of two digits by one writer, from the true means of the series."""
    right = MNIST.accuracies(accuracy)
    counts = np.bincount(MNIST.groups.numbers)
    covariance = 0.0
    for series, share in enumerate(MNIST.shares):
        inside = MNIST.groups.strata == series
        numbers = MNIST.groups.numbers[inside]
        pairs = (counts * (counts - 1))[np.unique(numbers)].sum()
        products = []
        for row in rows:
            rest = row[inside] - right[series]
            squares = np.bincount(numbers, rest**2).sum()
            products.append((np.bincount(numbers, rest) ** 2).sum() - squares)
        covariance += share * float(np.mean(products)) / pairs
    return covariance / float(MNIST.shares @ (right * (1 - right)))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_rare_errors_are_drawn_as_often_as_all_others(setting: Setting) -> None:
    """Trials of one model: thinning leaves the mean of all images where it belongs."""
    law = MNIST.law(setting, 0.98, 0.0, 20)
    rng = np.random.default_rng(2)
    means = [MNIST.models(rng, [law])[0].accuracy for _ in range(20)]
    assert np.mean(means) == pytest.approx(0.98, abs=0.0015)


def test_an_exact_model_has_one_trial() -> None:
    law = MNIST.law(AS_THE_CNN, 0.99, 0.01, 0)
    (model,) = MNIST.models(np.random.default_rng(0), [law])
    assert model.exact
    assert model.predictions.shape == (1, 10_000)
    assert model.groups is MNIST.groups


def test_both_ways_are_of_the_same_draws() -> None:
    law = MNIST.law(AS_THE_CNN, 0.99, 0.01, 2)
    both = ways(MNIST.models(np.random.default_rng(0), [law, law]))
    for with_groups, without in zip(both["grouped"], both["plain"], strict=True):
        assert with_groups.groups is not None
        assert without.groups is None
        assert (with_groups.predictions == without.predictions).all()


SMALL = Writers.of_mnist(10)


def _rates(found: Rates, start: str) -> list[float]:
    return [rate for name, rate in found.items() if name.startswith(start)]


def test_truth_is_each_models_own() -> None:
    cell = Cell(0.0, 0.99, 0, models=4, other_errors=0.5)
    assert cell.accuracies == {"m0": 0.99, "m1": 0.995, "m2": 0.99, "m3": 0.995}


def test_studies_count_shares() -> None:
    rng = np.random.default_rng(0)
    found = coverage(rng, SMALL, Cell(0.0, 0.92, 5), 8)
    assert set(found) == {
        f"{what} {way}" for what in ("accuracy", "difference", "false") for way in ways([])
    }
    assert min(_rates(found, "accuracy")) >= 0.5
    assert max(_rates(found, "false")) <= 0.5
    of_families = families(rng, SMALL, Cell(0.0, 0.92, 0, models=8), 2)
    assert min(_rates(of_families, "held")) >= 0
    assert len(of_families) == 12


def test_a_large_difference_is_found_and_is_no_false_claim() -> None:
    rng = np.random.default_rng(0)
    cell = Cell(0.0, 0.8, 0, other_errors=0.1)
    assert set(power(rng, SMALL, cell, 5).values()) == {1.0}
    assert set(_rates(coverage(rng, SMALL, cell, 5), "false")) == {0.0}


def test_sequential_runs_end() -> None:
    found = sequential(np.random.default_rng(0), SMALL, Cell(0.0, 0.92, 5), 3)
    for way in ways([]):
        assert found[f"decided {way}"] + found[f"given up {way}"] <= 1
        assert 3 <= found[f"trials {way}"] <= 5


def test_the_number_of_processes_changes_nothing() -> None:
    cells = [Cell(0.0, 0.95, 0), Cell(0.03, 0.95, 0)]
    alone = list(run_cells(coverage, cells, Design(3, every=20)))
    together = list(run_cells(coverage, cells, Design(3, jobs=2, every=20)))
    assert alone == together


@pytest.mark.slow
def test_intervals_of_losses_hold_where_writers_are_known() -> None:
    """Of two models, on images of test images and on others: 400 intervals, 95 % due."""
    rates = drops(np.random.default_rng(7), MNIST, Cell(0.03, 0.985, 5), 100)
    for name in ("paired", "apart"):
        assert rates[f"{name} grouped"] > 0.91
        assert rates[f"more {name} grouped"] < 0.12
    assert rates["apart plain"] < 0.9


@pytest.mark.slow
def test_intervals_of_means_over_corruptions_hold_where_writers_are_known() -> None:
    rates = corruptions(np.random.default_rng(8), MNIST, Cell(0.03, 0.985, 5), 150)
    assert rates["mean grouped"] > 0.9
    assert rates["mCE grouped"] > 0.9
    assert rates["mean plain"] < 0.9
