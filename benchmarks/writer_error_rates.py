"""How often the statistics are right on models whose errors depend on who wrote a digit.

    python benchmarks/writer_error_rates.py coverage     intervals that hold the truth (95 % due),
                                                         and false "better" (5 % at most)
    python benchmarks/writer_error_rates.py families     the same of 2, 4 and 8 models together
    python benchmarks/writer_error_rates.py sequential   false "better", trials until decided
    python benchmarks/writer_error_rates.py power        how often a true difference is found
    python benchmarks/writer_error_rates.py drops        intervals of what is lost on another set,
                                                         and false "loses more"
    python benchmarks/writer_error_rates.py corruptions  intervals of means over corruptions, and of
                                                         mean corruption errors
    python benchmarks/writer_error_rates.py limits       where the method is known to be less good

Each figure exists twice, from the same draws: for the comparison that knows the writers, and for
one that takes images for independent. Writers are as many and as busy as in MNIST's test set, and
the truth is the accuracy over new writers. What is simulated is in `benchlib/writers.py`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchlib import set_studies, writer_studies
from benchlib.tables import add_row, new_table
from benchlib.writer_studies import FAMILIES, Cell, Design, Rates, Study, run_cells
from digitbench.cli.console import results_console

app = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)

ICCS = (0.0, 0.01, 0.03, 0.05)
ACCURACIES = (0.92, 0.985, 0.993, 0.998)
TRIALS = (0, 5, 10)
FEWER_ERRORS = 0.7
"""How many times the errors of the others the better half of a mixed family makes."""
GAIN = 0.002

RunsOption = Annotated[int, typer.Option("--runs", min=1, help="Simulated runs of each setting.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of the simulation.")]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="Processes at a time.")]
EveryOption = Annotated[
    int, typer.Option("--every", min=1, help="Take each so many writers, to see that it works.")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="A file for the rates, replaced.", dir_okay=False)
]


@app.command()
def coverage(
    runs: RunsOption = 3000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
) -> None:
    """Count intervals that hold the truth, and false claims between two equal models."""
    cells = [Cell(i, a, t) for i in ICCS for a in ACCURACIES for t in TRIALS]
    names = ("accuracy", "difference", "false")
    design = Design(runs, seed, jobs, every)
    _study("coverage", writer_studies.coverage, cells, design, names, out)


@app.command()
def families(
    runs: RunsOption = 1000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
) -> None:
    """Count families of models with a false claim, and those whose intervals all hold."""
    cells = [
        Cell(i, a, t, models=FAMILIES[-1], other_errors=errors)
        for i in ICCS[:3]
        for a in ACCURACIES[1:3]
        for t in TRIALS[:2]
        for errors in (1.0, FEWER_ERRORS)
    ]
    names = [f"{what} {size}" for what in ("false", "held") for size in FAMILIES]
    design = Design(runs, seed, jobs, every)
    _study("families", writer_studies.families, cells, design, names, out)


@app.command()
def sequential(
    runs: RunsOption = 1000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
    most_trials: Annotated[int, typer.Option("--most-trials", min=2, help="The last look.")] = 50,
) -> None:
    """Count false claims of runs that go on until it is decided."""
    cells = [
        Cell(i, a, most_trials, models=models)
        for i in ICCS[:3]
        for a in ACCURACIES[1:3]
        for models in FAMILIES[:2]
    ]
    names = ("decided", "given up", "trials")
    design = Design(runs, seed, jobs, every)
    _study("sequential", writer_studies.sequential, cells, design, names, out)


@app.command()
def power(
    runs: RunsOption = 3000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
) -> None:
    """Count how often a model that is better by 0.2 points than one at 99.3 % is found."""
    accuracy = 0.993
    errors = 1 - GAIN / (1 - accuracy)
    cells = [Cell(i, accuracy, t, other_errors=errors) for i in ICCS[:3] for t in (5, 10, 20)]
    _study("power", writer_studies.power, cells, Design(runs, seed, jobs, every), ("found",), out)


@app.command()
def drops(
    runs: RunsOption = 1000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
) -> None:
    """Count intervals of losses that hold the truth, on images of test images and on others.

    And models that are said to lose more than another one that loses as much.
    """
    cells = [Cell(i, a, t) for i in ICCS[:3] for a in ACCURACIES[:3] for t in TRIALS]
    names = ("paired", "apart", "more paired", "more apart")
    _study("drops", set_studies.drops, cells, Design(runs, seed, jobs, every), names, out)


@app.command()
def corruptions(
    runs: RunsOption = 1000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
) -> None:
    """Count intervals of a mean over corruptions, and of mean corruption errors, that hold."""
    cells = [Cell(i, a, t) for i in ICCS[:3] for a in ACCURACIES[1:3] for t in TRIALS]
    design = Design(runs, seed, jobs, every)
    _study("corruptions", set_studies.corruptions, cells, design, ("mean", "mCE"), out)


@app.command()
def limits(
    runs: RunsOption = 3000,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    every: EveryOption = 1,
    out: JsonOption = None,
) -> None:
    """Count the same where one model's errors come by writers and the other's do not.

    And where there are hardly any errors, 99.95 %.
    """
    cells = [Cell(0.05, a, t, other_icc=0.0) for a in ACCURACIES for t in TRIALS]
    cells += [Cell(i, 0.9995, t) for i in ICCS[:3] for t in TRIALS]
    names = ("accuracy", "difference", "false")
    _study("limits", writer_studies.coverage, cells, Design(runs, seed, jobs, every), names, out)


def _study(
    name: str,
    study: Study,
    cells: Sequence[Cell],
    design: Design,
    names: Sequence[str],
    out: Path | None,
) -> None:
    """Study cells, print a table of them and keep their rates."""
    table = new_table("plain / grouped", "ICC", "Accuracy", "Trials", "Models", *names)
    kept = []
    for cell, rates in zip(cells, run_cells(study, cells, design), strict=True):
        add_row(table, *_describe(cell), *(_figures(name, rates) for name in names))
        kept.append({"cell": asdict(cell), "rates": rates})
    results_console().print(table)
    if out is not None:
        document = {"study": name, "runs": design.runs, "seed": design.seed, "cells": kept}
        out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _describe(cell: Cell) -> tuple[str, str, str, str]:
    icc = f"{cell.icc:g}" if cell.other_icc is None else f"{cell.icc:g}, {cell.other_icc:g}"
    mixed = "" if cell.other_errors == 1 else ", half better"
    trials = str(cell.trials) if cell.trials else "exact"
    return icc, f"{100 * cell.accuracy:g} %", trials, f"{cell.models}{mixed}"


def _figures(name: str, rates: Rates) -> str:
    """Write a rate without and with groups; shares in percent, numbers of trials as they are."""
    factor = 1 if name == "trials" else 100
    return " / ".join(f"{factor * rates[f'{name} {way}']:.1f}" for way in ("plain", "grouped"))


if __name__ == "__main__":
    app()
