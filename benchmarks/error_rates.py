"""How often the statistics are right, on simulated models whose true accuracy is known.

    python benchmarks/error_rates.py coverage     intervals that hold the truth; 95 % is due
    python benchmarks/error_rates.py families     false "better" among equal models; 5 % at most
    python benchmarks/error_rates.py sequential   the same, with trials until it is decided
    python benchmarks/error_rates.py power        how often a true difference is found

The figures in `docs/methodology.md` are from here. What is simulated is in
`benchlib/simulated.py`; what is done with it is what `digitbench compare` does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from benchlib.sequential_ends import end_of_run
from benchlib.simulated import SETTINGS, Setting, simulated_models
from benchlib.tables import add_row, new_table
from digitbench.analysis.comparison import compare
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sequential import State, looks
from digitbench.analysis.significance import Verdict
from digitbench.analysis.uncertainty import uncertainty
from digitbench.cli.console import results_console
from digitbench.types import SequentialDesign

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)

ACCURACIES = (0.90, 0.993, 0.998)
FAMILIES = (2, 4, 8)
"""Numbers of models that are compared together."""
RunsOption = Annotated[int, typer.Option("--runs", min=1, help="Simulated runs of each setting.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the simulation.")]
ImagesOption = Annotated[int, typer.Option("--images", min=2, help="Images of the test set.")]


@dataclass(frozen=True)
class Study:
    """Runs to simulate.

    Attributes:
        rng: source of all chance.
        runs: how many of each setting.
        images: size of the test set.
    """

    rng: np.random.Generator
    runs: int
    images: int

    def draw(
        self, setting: Setting, accuracies: Sequence[float], trials: Sequence[int]
    ) -> Iterator[list[Outcomes]]:
        """Yield the models of each run."""
        for _ in range(self.runs):
            yield simulated_models(self.rng, setting, accuracies, trials, self.images)


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold the true value, fractions.

    Attributes:
        accuracy: that of a model's mean accuracy, over seeds and images.
        bootstrap: the plain bootstrap over trials and images together, for comparison.
        seeds_only: the t interval over seeds, which does not claim to.
        difference: that of the difference of two equal models.
    """

    accuracy: float
    bootstrap: float
    seeds_only: float
    difference: float


def coverage(study: Study, setting: Setting, accuracy: float, trials: int) -> Coverage:
    """Count how often the intervals of simulated runs hold the truth."""
    held = np.zeros(4)
    for first, second in study.draw(setting, (accuracy, accuracy), (trials, trials)):
        sure = uncertainty(first)
        claim = compare((first, second)).pairs[0].population
        intervals = (sure.interval, two_way_bootstrap(study.rng, first), sure.seed_interval)
        held[:3] += [i is not None and i[0] <= accuracy <= i[1] for i in intervals]
        held[3] += claim.interval is not None and claim.interval[0] <= 0 <= claim.interval[1]
    return Coverage(*(held / study.runs))


def two_way_bootstrap(
    rng: np.random.Generator, outcomes: Outcomes, resamples: int = 200
) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean, trials and images drawn anew together."""
    wrong = ~outcomes.correct
    missed = wrong.any(axis=0)  # the other images count only by their number
    n_trials, n_images = wrong.shape
    of_trials = rng.multinomial(n_trials, np.full(n_trials, 1 / n_trials), resamples)
    of_images = rng.poisson(1, (resamples, int(missed.sum())))
    others = rng.poisson(n_images - of_images.shape[1], resamples)
    errors = ((of_trials @ wrong[:, missed].astype(np.int64)) * of_images).sum(axis=1)
    means = 1 - errors / (n_trials * (others + of_images.sum(axis=1)))
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def false_claim_rates(
    study: Study, setting: Setting, accuracy: float, trials: Sequence[int]
) -> list[float]:
    """Return how often some model is called better than another where all are equal.

    Args:
        study: runs to simulate.
        setting: how errors come about.
        accuracy: of every model.
        trials: of each model of a run.

    Returns:
        The share of the families of each size in `FAMILIES`, which the models of a run make.
    """
    rates = np.zeros(len(FAMILIES))
    for models in study.draw(setting, [accuracy] * len(trials), trials):
        for place, size in enumerate(FAMILIES):
            found = [_has_false_claim(family) for family in _families(models, size)]
            rates[place] += np.mean(found)
    return [float(rate) for rate in rates / study.runs]


def _families(models: list[Outcomes], size: int) -> list[list[Outcomes]]:
    """Divide models into families; a deterministic first one is a member of each."""
    first = models[:1] if models[0].exact else []
    others = models[len(first) :]
    step = size - len(first)
    whole = range(0, len(others) - step + 1, step)
    return [[*first, *others[start : start + step]] for start in whole]


def _has_false_claim(models: list[Outcomes]) -> bool:
    return any(pair.population.verdict is Verdict.BETTER for pair in compare(models).pairs)


@dataclass(frozen=True)
class Sequential:
    """How runs end that go on until it is decided.

    Attributes:
        decided: fraction of runs in which a model was called better.
        given_up: fraction in which more trials were found not to help.
        trials: mean number of trials of each model.
    """

    decided: float
    given_up: float
    trials: float


def sequential(
    study: Study, setting: Setting, accuracies: Sequence[float], most_trials: int
) -> Sequential:
    """Simulate runs that go on until it is decided, or to the most trials."""
    design = SequentialDesign(pair=None, looks=looks(most_trials))
    trials = [most_trials] * len(accuracies)
    ends = [end_of_run(models, design) for models in study.draw(setting, accuracies, trials)]
    states = [state for state, _ in ends]
    return Sequential(
        decided=states.count(State.DECIDED) / study.runs,
        given_up=states.count(State.UNDECIDABLE) / study.runs,
        trials=float(np.mean([last for _, last in ends])),
    )


def power(study: Study, setting: Setting, accuracy: float, gain: float, trials: int) -> float:
    """Return how often a model that is better by a gain is called so."""
    found = 0
    for models in study.draw(setting, (accuracy + gain, accuracy), (trials, trials)):
        pair = compare(models).pairs[0]
        found += pair.population.verdict is Verdict.BETTER and pair.first is models[0]
    return found / study.runs


@app.command("coverage")
def coverage_table(
    runs: RunsOption = 2000, images: ImagesOption = 10_000, seed: SeedOption = 0
) -> None:
    """Count how often the 95 % intervals hold the truth."""
    study = Study(np.random.default_rng(seed), runs, images)
    table = _table("Accuracy", "Trials", "Both sources", "Bootstrap", "Seeds only", "Difference")
    for setting, accuracy in _settings():
        for trials in (5, 10, 50):
            found = coverage(study, setting, accuracy, trials)
            rates = (found.accuracy, found.bootstrap, found.seeds_only, found.difference)
            add_row(table, setting.name, f"{accuracy:.1%}", str(trials), *map(_percent, rates))
    results_console().print(table)


@app.command("families")
def families_table(
    runs: RunsOption = 2000, images: ImagesOption = 10_000, seed: SeedOption = 0
) -> None:
    """Count false claims among equal models."""
    study = Study(np.random.default_rng(seed), runs, images)
    table = _table("Accuracy", "Models", "3 trials", "5 trials", "10 trials", "one deterministic")
    for setting, accuracy in _settings():
        most = FAMILIES[-1]
        designs = [[trials] * most for trials in (3, 5, 10)] + [[0] + [5] * (most - 1)]
        rates = [false_claim_rates(study, setting, accuracy, design) for design in designs]
        for size, of_size in zip(FAMILIES, zip(*rates, strict=True), strict=True):
            add_row(table, setting.name, f"{accuracy:.1%}", str(size), *map(_percent, of_size))
    results_console().print(table)


@app.command("sequential")
def sequential_table(
    runs: RunsOption = 2000, images: ImagesOption = 10_000, seed: SeedOption = 0
) -> None:
    """Count false claims of runs that go on until it is decided."""
    study = Study(np.random.default_rng(seed), runs, images)
    table = _table("Accuracy", "Models", "Decided", "Given up", "Mean trials")
    for setting, accuracy in _settings():
        for models in (2, 4):
            found = sequential(study, setting, [accuracy] * models, 50)
            cells = (_percent(found.decided), _percent(found.given_up), f"{found.trials:.1f}")
            add_row(table, setting.name, f"{accuracy:.1%}", str(models), *cells)
    results_console().print(table)


@app.command("power")
def power_table(
    runs: RunsOption = 1000,
    images: ImagesOption = 10_000,
    seed: SeedOption = 0,
    gain: float = 0.002,
) -> None:
    """Count how often a true difference from 99.3 % is found."""
    study = Study(np.random.default_rng(seed), runs, images)
    table = _table("Gain", "5 trials", "10 trials", "20 trials")
    for setting in SETTINGS:
        rates = [power(study, setting, 0.993, gain, trials) for trials in (5, 10, 20)]
        add_row(table, setting.name, f"{gain:.2%}", *map(_percent, rates))
    results_console().print(table)


def _settings() -> Iterator[tuple[Setting, float]]:
    for setting in SETTINGS:
        for accuracy in ACCURACIES:
            yield setting, accuracy


def _table(*headings: str) -> Table:
    return new_table("", "Errors", *headings)


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"


if __name__ == "__main__":
    app()
