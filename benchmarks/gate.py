"""How good the gate is: false alarms and drops found, over many simulated checks.

The models are simulated (`benchlib/gate_simulation.py`); the decisions are digitbench's own.
"""

from collections.abc import Iterator
from math import sqrt
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from benchlib.gate_simulation import MODELS, rates_by_baseline, simulate, simulate_looks
from benchlib.measurements import append, measurement
from benchlib.options import QuickOption, ResultsOption, parse_numbers, results_file, run_script
from benchlib.tables import add_row, new_table, note
from digitbench.analysis.gate.settings import FALSE_ALARMS

_QUICK_CHECKS = 100
_LOOKS = (5, 10, 20)
_LOOKS_BASELINE = 10
_LOOKS_DROP_IMAGES = {"99.4 %, images flip alone": 8, "99.4 %, seeds good and bad": 25}


def main(
    checks: Annotated[int, typer.Option(min=1, help="Simulated checks of each kind.")] = 2000,
    trials: Annotated[str, typer.Option(help="Numbers of trials on each side.")] = "3,5,10",
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 0,
    quick: QuickOption = False,
    results: ResultsOption = None,
) -> None:
    """Simulate checks of models that did not change, and of models that did."""
    console = Console()
    checks = _QUICK_CHECKS if quick else checks
    keep = results_file(results, quick)
    counts = parse_numbers("--trials", trials)
    sections = (_single(console, counts, checks, seed), _several(console, checks, seed))
    for section in (*sections, _baselines(console, checks, seed)):
        for subject, settings, figures in section:
            found = measurement(
                "gate",
                subject,
                threads=1,
                dataset=None,
                settings={"checks": checks, "seed": seed, **settings},
                figures=figures,
            )
            append(keep, found)


_Row = tuple[str, dict[str, Any], dict[str, Any]]


def _single(console: Console, counts: tuple[int, ...], checks: int, seed: int) -> Iterator[_Row]:
    """Tabulate single looks at each model."""
    table = new_table(
        f"{checks} simulated checks, one gate: false alarms, and drops of the stated size found",
        "Model",
        *("Trials", "False alarms", "Stated drop", "Found"),
    )
    for model in MODELS:
        for trials in counts:
            tally = simulate(model, trials, checks, seed)
            alarms, found = tally.alarms / checks, tally.found / checks
            drop = f"{100 * tally.smallest_drop:.2f} points"
            cells = (str(trials), f"{alarms:.2%}", drop, f"{found:.1%}")
            add_row(table, model.name if trials == counts[0] else "", *cells)
            figures = {
                "false_alarms": alarms,
                "found": found,
                "smallest_drop_mean": tally.smallest_drop,
            }
            yield model.name, {"trials": trials}, figures
    console.print(table)
    error = sqrt(FALSE_ALARMS * (1 - FALSE_ALARMS) / checks)
    note(
        console,
        f"Stated: false alarms {FALSE_ALARMS:.1%} (sampling error of the simulation "
        f"± {1.96 * error:.2%}), found 90 %.",
    )


def _several(console: Console, checks: int, seed: int) -> Iterator[_Row]:
    """Tabulate checks that look several times."""
    looks = ", ".join(map(str, _LOOKS))
    table = new_table(
        f"{checks} simulated checks that look at {looks} trials while they are inconclusive",
        "Model",
        *("To rule out", "False alarms", "Missed", "Mean trials"),
    )
    for model in MODELS:
        if model.name not in _LOOKS_DROP_IMAGES:
            continue
        lost = _LOOKS_DROP_IMAGES[model.name]
        tally = simulate_looks(model, _LOOKS_BASELINE, _LOOKS, checks, seed, lost)
        alarms, missed = tally.alarms / checks, tally.missed / checks
        cells = (f"{lost} images", f"{alarms:.2%}", f"{missed:.1%}", f"{tally.trials:.1f}")
        add_row(table, model.name, *cells)
        figures = {"false_alarms": alarms, "missed": missed, "trials_mean": tally.trials}
        yield model.name, {"looks": list(_LOOKS), "lost_images": lost}, figures
    console.print(table)
    note(console, "Stated: false alarms at most 0.5 %, missed at most 10 %, over all looks.")


def _baselines(console: Console, checks: int, seed: int) -> Iterator[_Row]:
    """Tabulate how the false alarms differ between baselines."""
    table = new_table(
        "False alarms of checks with 5 trials against one baseline, over many baselines",
        "Trials of the baseline",
        *("Mean", "Median", "Worst of 20", "Worst of 100"),
    )
    for trials in (3, 5, 10, 20, 40):
        rates = rates_by_baseline(trials, 5, checks, checks, seed)
        points = {
            "mean": float(rates.mean()),
            "median": float(np.median(rates)),
            "worst_of_20": float(np.quantile(rates, 0.95)),
            "worst_of_100": float(np.quantile(rates, 0.99)),
        }
        add_row(table, str(trials), *(f"{value:.2%}" for value in points.values()))
        yield "baselines", {"baseline_trials": trials, "trials": 5}, dict(points)
    console.print(table)


if __name__ == "__main__":
    run_script(main)
