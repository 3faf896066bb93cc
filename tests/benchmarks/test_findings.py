"""What the scripts find out about writers, on test sets of which it is known."""

from dataclasses import replace

import numpy as np
import pytest

from benchlib.findings import (
    by_writer,
    deal,
    design_effect,
    model_findings,
    pair_findings,
    worst_first,
)
from benchlib.simulated import as_outcomes
from benchlib.writer_studies import AS_THE_CNN
from benchlib.writers import Writers
from digitbench.analysis.clustering import intraclass_correlation
from digitbench.types import Groups

MNIST = Writers.of_mnist()
SMALL = Writers.of_mnist(8)
FOUR = Groups(
    "writer",
    np.repeat(np.arange(4), 2).astype(np.int32),
    np.repeat([0, 1], 4).astype(np.int32),
    ("a", "b"),
)


def test_errors_by_writer_the_worst_first() -> None:
    errors = np.array([0, 0, 1, 0, 1, 1, 0, 1], np.float64)
    assert by_writer(errors, FOUR).tolist() == [0, 1, 2, 1]
    assert worst_first(by_writer(errors, FOUR)).tolist() == [0.5, 0.75, 1, 1]


def test_errors_are_dealt_within_the_series() -> None:
    errors = np.array([1, 1, 1, 0, 0, 0, 0, 0], np.float64)
    dealt = deal(np.random.default_rng(0), errors, FOUR)
    assert dealt[:4].sum() == 3
    assert dealt[4:].sum() == 0


def test_writers_all_right_or_all_wrong_count_as_few_as_they_are() -> None:
    """Two writers with two digits each: 2/(2 - 1) of twice the squares, against 4/(4 - 1)."""
    errors = np.array([1, 1, 0, 0, 0, 0, 1, 1], np.float64)
    assert design_effect(errors, FOUR) == pytest.approx(3.0)
    model = replace(as_outcomes(errors[np.newaxis] == 0), groups=FOUR)
    assert intraclass_correlation(model) == pytest.approx(1.0)


def test_images_that_stand_for_themselves_have_no_design_effect() -> None:
    alone = replace(FOUR, numbers=np.arange(8, dtype=np.int32))
    errors = np.array([1, 0, 0, 1, 0, 1, 0, 0], np.float64)
    assert design_effect(errors, alone) == pytest.approx(1)
    assert design_effect(np.zeros(8), alone) == 1


@pytest.mark.parametrize("expected", [0.0, 0.04])
def test_the_correlation_that_was_put_in_is_found(expected: float) -> None:
    rng = np.random.default_rng(0)
    law = MNIST.law(AS_THE_CNN, 0.95, expected, 3)
    models = [MNIST.models(rng, [law])[0] for _ in range(25)]
    found = [intraclass_correlation(replace(model, groups=MNIST.groups)) for model in models]
    known = [value for value in found if value is not None]
    assert np.mean(known) == pytest.approx(expected, abs=0.006)


def test_the_findings_of_a_model_and_of_a_pair() -> None:
    rng = np.random.default_rng(0)
    laws = [SMALL.law(AS_THE_CNN, accuracy, 0.1, 0) for accuracy in (0.9, 0.8)]
    models = SMALL.models(rng, laws)
    found = model_findings(rng, models[0], SMALL.groups)
    assert found.errors_by_series[1] > found.errors_by_series[0]
    assert found.worst_tenth > found.worst_tenth_by_chance
    assert found.design_effect > 1
    assert found.curve[-1] == found.curve_by_chance[-1] == 1
    assert set(found.intervals) == {"grouped", "plain"}
    (pair,) = pair_findings(models, SMALL.groups)
    assert (pair.first, pair.second) == ("m0", "m1")
    assert pair.verdicts["plain"] == "better"
    assert pair.difference > 0
