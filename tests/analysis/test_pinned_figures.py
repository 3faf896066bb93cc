"""Figures of comparisons without groups are those that digitbench gave before it knew of groups.

`pinned_figures.json` holds the figures of commit e4ffc24, where this file was run as a script. Each
pair is compared by itself, so that the level of its interval is 5 %. Since then intervals end where
a mean must: an accuracy at 0 and 1.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchlib.simulated import as_outcomes
from digitbench.analysis.comparison import compare
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.uncertainty import uncertainty
from digitbench.types import TrainingSample

FILE = Path(__file__).with_name("pinned_figures.json")


@dataclass(frozen=True)
class Case:
    """Models to compare.

    Attributes:
        images: how many there are.
        errors: the share of wrong predictions of each model.
        trials: of each model; 0 for a deterministic one.
        stable: the share of the errors' scatter that is the image's, not the trial's.
        alike: the models are one model with several options, with the same seeds.
        overlap: that of resampled training images; None for none.
    """

    images: int
    errors: tuple[float, ...]
    trials: tuple[int, ...]
    stable: float = 0.8
    alike: bool = False
    overlap: float | None = None


CASES = (
    Case(2000, (0.02, 0.03, 0.1), (5, 5, 5)),
    Case(2000, (0.02, 0.03, 0.1), (5, 5, 5), stable=0.0),
    Case(2000, (0.008, 0.007, 0.012), (3, 50, 8)),
    Case(355, (0.02, 0.03, 0.05, 0.0), (0, 0, 5, 0)),
    Case(1000, (0.05, 0.06, 0.06), (6, 6, 6), alike=True),
    Case(1000, (0.05, 0.06), (4, 4), alike=True, overlap=0.5),
    Case(1000, (0.05, 0.06, 0.08), (4, 7, 2), overlap=0.8),
    Case(60, (0.0, 0.1, 0.5), (3, 3, 3)),
    Case(400, (0.01, 0.2), (1, 5)),
    Case(10_000, (0.006, 0.0085, 0.03), (0, 10, 2), stable=0.95),
)


def made(case: Case, number: int) -> list[Outcomes]:
    """Draw the models of a case."""
    rng = np.random.default_rng(number)
    hard = rng.random(case.images)
    models = []
    for place, (errors, trials) in enumerate(zip(case.errors, case.trials, strict=True)):
        own = np.where(rng.random(case.images) < 0.7, hard, rng.random(case.images))
        noise = rng.random((max(1, trials), case.images))
        score = np.where(rng.random(noise.shape) < case.stable, own, noise)
        model = as_outcomes(score >= errors, place, exact=trials == 0, alike=case.alike)
        models.append(model if case.overlap is None else resampled(model, case.overlap))
    return models


def resampled(model: Outcomes, overlap: float) -> Outcomes:
    """Say of a model's trials that each had a training sample of its own."""

    def sampled(trial: Any) -> Any:
        sample = TrainingSample(method="subsample", fraction=overlap, seed=trial.spec.trial)
        return trial.model_copy(update={"spec": trial.spec.model_copy(update={"training": sample})})

    return replace(model, trials=tuple(map(sampled, model.trials)))


def figures(models: Sequence[Outcomes]) -> dict[str, Any]:
    """Return every figure of models and of their pairs, each pair by itself."""
    sure = [uncertainty(model) for model in models]
    pairs = [pair for two in combinations(models, 2) for pair in compare(two).pairs]
    family = compare(models).pairs
    return {
        "models": [
            [
                one.mean,
                one.seed_std,
                *(one.seed_interval or ()),
                one.test_set_standard_error,
                one.standard_error,
                *(one.interval or ()),
            ]
            for one in sure
        ],
        "pairs": [
            [
                pair.difference,
                *(claim.p_value for claim in (pair.population, pair.test_set)),
                *(pair.population.interval or ()),
                *(pair.test_set.interval or ()),
            ]
            for pair in pairs
        ],
        "methods": [[str(pair.population.method), str(pair.test_set.method)] for pair in pairs],
        "verdicts": [[str(pair.population.verdict), str(pair.test_set.verdict)] for pair in pairs],
        "family": [[pair.population.p_adjusted, pair.test_set.p_adjusted] for pair in family],
    }


@pytest.mark.parametrize("number", range(len(CASES)))
def test_figures_without_groups_are_what_they_were(number: int) -> None:
    due = json.loads(FILE.read_text())[number]
    found = figures(made(CASES[number], number))
    for name in ("models", "pairs", "family"):
        for row, wanted in zip(found[name], due[name], strict=True):
            assert [figure is None for figure in row] == [figure is None for figure in wanted]
            most = 1.0 if name == "models" else np.inf
            pairs = [(x, min(y, most)) for x, y in zip(row, wanted, strict=True) if x is not None]
            assert [x for x, _ in pairs] == pytest.approx([y for _, y in pairs], rel=1e-9, abs=1e-9)
    assert found["methods"] == due["methods"]


if __name__ == "__main__":
    FILE.write_text(
        json.dumps([figures(made(case, i)) for i, case in enumerate(CASES)], indent=1) + "\n"
    )
