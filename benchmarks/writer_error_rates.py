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
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchlib import set_studies, writer_studies
from benchlib.tables import add_row, new_table
from benchlib.writer_studies import FAMILIES, Cell, Design, Rates, Study, run_cells
from digitbench.cli.console import results_console

app = typer.Typer(add_completion=False, rich_markup_mode=None)

ICCS = (0.0, 0.01, 0.03, 0.05)
ACCURACIES = (0.92, 0.985, 0.993, 0.998)
TRIALS = (0, 5, 10)
MOST_TRIALS = 50
FEWER_ERRORS = 0.7
"""How many times the errors of the others the better half of a mixed family makes."""
BETTER_THAN = 0.993
GAIN = 0.002


class Name(StrEnum):
    """What can be studied."""

    COVERAGE = "coverage"
    FAMILIES = "families"
    SEQUENTIAL = "sequential"
    POWER = "power"
    DROPS = "drops"
    CORRUPTIONS = "corruptions"
    LIMITS = "limits"


@dataclass(frozen=True)
class Table:
    """A study, and the table of it.

    Attributes:
        study: what is counted.
        cells: the settings, a row each.
        names: the rates that are shown, a column each.
        runs: simulated runs of each setting, where no other number is asked for.
    """

    study: Study
    cells: Sequence[Cell]
    names: Sequence[str]
    runs: int = 1000


_COVERAGE = ("accuracy", "difference", "false")
TABLES = {
    Name.COVERAGE: Table(
        writer_studies.coverage,
        [Cell(i, a, t) for i in ICCS for a in ACCURACIES for t in TRIALS],
        _COVERAGE,
        runs=3000,
    ),
    Name.FAMILIES: Table(
        writer_studies.families,
        [
            Cell(i, a, t, models=FAMILIES[-1], other_errors=errors)
            for i in ICCS[:3]
            for a in ACCURACIES[1:3]
            for t in TRIALS[:2]
            for errors in (1.0, FEWER_ERRORS)
        ],
        [f"{what} {size}" for what in ("false", "held") for size in FAMILIES],
    ),
    Name.SEQUENTIAL: Table(
        writer_studies.sequential,
        [
            Cell(i, a, MOST_TRIALS, models=models)
            for i in ICCS[:3]
            for a in ACCURACIES[1:3]
            for models in FAMILIES[:2]
        ],
        ("decided", "given up", "trials"),
    ),
    Name.POWER: Table(
        writer_studies.power,
        [
            Cell(i, BETTER_THAN, t, other_errors=1 - GAIN / (1 - BETTER_THAN))
            for i in ICCS[:3]
            for t in (5, 10, 20)
        ],
        ("found",),
        runs=3000,
    ),
    Name.DROPS: Table(
        set_studies.drops,
        [Cell(i, a, t) for i in ICCS[:3] for a in ACCURACIES[:3] for t in TRIALS],
        ("paired", "apart", "more paired", "more apart"),
    ),
    Name.CORRUPTIONS: Table(
        set_studies.corruptions,
        [Cell(i, a, t) for i in ICCS[:3] for a in ACCURACIES[1:3] for t in TRIALS],
        ("mean", "mCE"),
    ),
    Name.LIMITS: Table(
        writer_studies.coverage,
        [
            *(Cell(0.05, a, t, other_icc=0.0) for a in ACCURACIES for t in TRIALS),
            *(Cell(i, 0.9995, t) for i in ICCS[:3] for t in TRIALS),
        ],
        _COVERAGE,
        runs=3000,
    ),
}


@app.command()
def main(
    name: Annotated[Name, typer.Argument(metavar="STUDY", help="What is counted.")],
    runs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Simulated runs of each setting.  [default: 1000 or 3000]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at a time.")] = 1,
    every: Annotated[
        int, typer.Option(min=1, help="Take each so many writers, to see that it works.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("--json", help="A file for the rates, replaced.", dir_okay=False)
    ] = None,
    most_trials: Annotated[
        int, typer.Option(min=2, help="The last look of the study sequential.")
    ] = MOST_TRIALS,
) -> None:
    """Count how often the statistics are right on models whose errors depend on the writer.

    What each study counts is said at the beginning of this file.
    """
    found = TABLES[name]
    cells = found.cells
    if name is Name.SEQUENTIAL:
        cells = [replace(cell, trials=most_trials) for cell in cells]
    design = Design(runs or found.runs, seed, jobs, every)
    table = new_table("plain / grouped", "ICC", "Accuracy", "Trials", "Models", *found.names)
    kept = []
    for cell, rates in zip(cells, run_cells(found.study, cells, design), strict=True):
        add_row(table, *_describe(cell), *(_figures(what, rates) for what in found.names))
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
