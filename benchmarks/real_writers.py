"""How often intervals of real models hold the truth for new writers, with MNIST's real writers.

    digitbench run --dataset mnist --models softmax,knn,svm,cnn --trials 5
    python benchmarks/real_writers.py runs/<the run>

The writers of the stored run's test set are the population, so that the truth is known. From them
test sets are drawn, with replacement, within the series; and the test set is split in halves, whose
figures must agree. Each figure exists twice: for the comparison that knows the writers, and for one
that takes images for independent. 95 % is due everywhere. No model is trained.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer
from rich.table import Table

from benchlib.options import run_script
from benchlib.resampled import Tally, one_trial_each, resample, split_halves, truths
from benchlib.tables import add_row, new_table
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.cli.console import results_console
from digitbench.errors import UsageError
from digitbench.store import read_run

T = TypeVar("T")
DUE = (0.94, 0.97)
WAYS = ("plain", "grouped")
STUDIES: dict[str, tuple[str, Callable[..., Tally]]] = {
    "one training": ("new writers, one training each", partial(resample, trials=False)),
    "trainings": ("new writers, trainings drawn anew", partial(resample, trials=True)),
    "halves by writers": ("halves by writers agree", partial(split_halves, by_writers=True)),
    "halves by images": ("halves by images agree", partial(split_halves, by_writers=False)),
}
_ALL_TRIALS = "trainings"
_FEWEST_TRIALS = 3
"""With fewer, intervals are so wide that it means nothing whether they hold."""


def main(
    run: Annotated[
        Path, typer.Argument(help="Directory of a run on MNIST.", exists=True, file_okay=False)
    ],
    runs: Annotated[int, typer.Option(min=1, help="Test sets that are drawn.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at a time.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--json", help="A file for the rates, replaced.", dir_okay=False)
    ] = None,
) -> None:
    """Count how often intervals of real models hold the truth for new writers.

    The writers of the stored run's test set are the population, so that the truth is known.
    """
    record = read_run(run)
    models = list(outcomes(record))
    if not models or models[0].groups is None:
        raise UsageError(f"{run}: nobody knows who wrote the test images of this run")
    tallies = count(models, runs, seed, jobs)
    results_console().print(table(models, tallies))
    if out is not None:
        document = {
            "study": "real writers",
            "runs": runs,
            "seed": seed,
            "truths": truths(models),
            "tallies": {name: asdict(tally) for name, tally in tallies.items()},
        }
        out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def count(models: Sequence[Outcomes], runs: int, seed: int, jobs: int) -> dict[str, Tally]:
    """Do each of `STUDIES`; each has a seed of its own, whatever the number of processes.

    Trainings are drawn anew only where each model that varies has three trials at least.
    """
    alone = one_trial_each(models)
    seen = {name: list(models) if name == _ALL_TRIALS else alone for name in STUDIES}
    if any(len(model.trials) < _FEWEST_TRIALS and not model.exact for model in models):
        del seen[_ALL_TRIALS]
    study = partial(_study, runs=runs, seed=seed)
    if jobs == 1:
        found = list(map(study, seen, seen.values()))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            found = list(pool.map(study, seen, seen.values()))
    return dict(zip(seen, found, strict=True))


def _study(name: str, models: Sequence[Outcomes], *, runs: int, seed: int) -> Tally:
    rng = np.random.default_rng([seed, list(STUDIES).index(name)])
    return STUDIES[name][1](rng, models, runs)


def table(models: Sequence[Outcomes], tallies: dict[str, Tally]) -> Table:
    """Make a table: a row for each model, and what the pairs come to."""
    made = new_table(
        "% that hold the truth, or agree: plain / grouped",
        "Model",
        "Accuracy",
        *(STUDIES[name][0] for name in tallies),
    )
    for model in models:
        accuracy = f"{100 * model.accuracy:.2f} %"
        add_row(made, model.label, accuracy, *_cells(tallies, itemgetter(model.label)))
    labels = [model.label for model in models]
    for heading, figure in (("lowest", min), ("mean", np.mean), ("highest", max)):
        cells = _cells(tallies, partial(_of_pairs, figure=figure, labels=labels))
        add_row(made, f"pairs, {heading}", "", *cells)
    cells = _cells(tallies, partial(_of_pairs, figure=_share_due, labels=labels))
    add_row(made, "pairs within 94 to 97 %", "", *cells)
    add_row(made, "all pairs together", "", *map(_families, tallies.values()))
    return made


def _cells(tallies: dict[str, Tally], figure: Callable[[dict[str, float]], float]) -> list[str]:
    """Write a figure of the rates of each study, plain and grouped, in percent."""
    return [_both(tally.shares, figure) for tally in tallies.values()]


def _families(tally: Tally) -> str:
    return _both(tally.families, float) if tally.families else ""


def _both(of_ways: dict[str, T], figure: Callable[[T], float]) -> str:
    return " / ".join(f"{100 * figure(of_ways[way]):.1f}" for way in WAYS)


def _of_pairs(
    rates: dict[str, float], figure: Callable[[list[float]], float], labels: Sequence[str]
) -> float:
    return float(figure([rate for name, rate in rates.items() if name not in labels]))


def _share_due(rates: list[float]) -> float:
    return float(np.mean([DUE[0] <= rate <= DUE[1] for rate in rates]))


if __name__ == "__main__":
    run_script(main)
