"""What the engines cost, compared with the limits that were set for them.

Trials that do nothing show what an engine and the store add to a trial, and how much memory the
runner takes in a long run; sleeping trials show how well a cluster is kept busy; trainings show
whether two at once on a thread each are worth more than one after the other on two threads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from benchlib.engine_costs import (
    SMALL,
    measure_many_trials,
    measure_overhead,
    measure_sleeping,
    measure_trainings,
)
from benchlib.measurements import append, measurement
from benchlib.options import (
    FAILED_EXIT_CODE,
    DataDirOption,
    DataRequest,
    DatasetOption,
    QuickOption,
    ResultsOption,
    TrainImagesOption,
    data_request,
    results_file,
    run_script,
)
from benchlib.tables import add_row, new_table, note
from benchlib.trials import in_own_process, load_data, plan_model
from digitbench.cli.console import results_console
from digitbench.errors import DigitbenchError
from digitbench.report import formatting

JOBS = 2
DASK_WORKERS = 4


class Part(StrEnum):
    """What can be measured."""

    OVERHEAD = "overhead"
    MANY = "many"
    TRAININGS = "trainings"
    DASK = "dask"


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        trials: of the run of many no-op trials.
        overhead_trials: no-op trials through each engine, in each repeat.
        sleeping_trials: on the Dask cluster.
        sleep_seconds: how long each of them sleeps.
        repeats: pairs of figures, and calls of `digitbench show`.
        model: what is trained.
        request: the images it is trained on.
    """

    trials: int
    overhead_trials: int
    sleeping_trials: int
    sleep_seconds: float
    repeats: int
    model: str
    request: DataRequest


@dataclass(frozen=True)
class Row:
    """A row of the table: what was measured, beside its limits as text."""

    what: str
    measured: str
    floor: str
    aim: str


@dataclass(frozen=True)
class Found:
    """What came of a part.

    Attributes:
        rows: for the table.
        settings: for the results file.
        figures: for the results file.
        threads: CPU threads of all its trials at a time.
        request: the images.
    """

    rows: tuple[Row, ...]
    settings: dict[str, Any]
    figures: dict[str, Any]
    threads: int = 1
    request: DataRequest = SMALL


def main(
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Measure this alone; may be given several times.", show_default=False),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(min=2, help="No-op trials of the long run.  [default: 10000]"),
    ] = None,
    repeats: Annotated[int | None, typer.Option(min=1, help="Repeats.  [default: 3]")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="What is trained, two at once and in turn.  [default: cnn]"),
    ] = None,
    dataset: DatasetOption = None,
    data_dir: DataDirOption = None,
    train_images: TrainImagesOption = None,
    results: ResultsOption = None,
    quick: QuickOption = False,
) -> None:
    """Measure what the engines cost.

    The images that are asked for are those of the trainings; all else uses the bundled digits.
    """
    settings = Settings(
        trials=trials or (12 if quick else 10_000),
        overhead_trials=5 if quick else 300,
        sleeping_trials=4 if quick else 40,
        sleep_seconds=0.05 if quick else 1.0,
        repeats=repeats or (1 if quick else 3),
        model=plan_model(model or ("cnn[iterations=2]" if quick else "cnn")).label,
        request=data_request(dataset, data_dir, train_images, quick),
    )
    console = results_console()
    table = new_table("Engines", "What", "Measured", "Floor", "Aim")
    missing = []
    for part in dict.fromkeys(only or Part):
        typer.echo(f"{part} ...", err=True)
        try:
            found = MEASURES[part](settings)
        except DigitbenchError as error:
            missing.append(f"MISSING: {part}: {error}")
            continue
        for row in found.rows:
            add_row(table, row.what, row.measured, row.floor, row.aim)
        _keep(results_file(results, quick), part, found)
    if table.row_count:
        console.print(table, "")
    for line in missing:
        note(console, line)
    if missing:
        raise typer.Exit(FAILED_EXIT_CODE)


def overhead(settings: Settings) -> Found:
    """Hold the engine `process`, with a warm worker, against `inline`."""
    count = settings.overhead_trials
    found = in_own_process(measure_overhead, count, settings.repeats)
    row = Row(
        "overhead per trial of process over inline",
        f"{1000 * found.seconds:+.1f} ms",
        *("50 ms", "10 ms"),
    )
    return Found(
        (row,),
        {"trials": count, "repeats": settings.repeats},
        {
            "inline_seconds_per_trial": list(found.inline),
            "process_seconds_per_trial": list(found.process),
            "overhead_seconds": found.seconds,
        },
    )


def many(settings: Settings) -> Found:
    """Run many no-op trials two at a time and keep them, then show that run."""
    count = settings.trials
    found = in_own_process(measure_many_trials, count, JOBS, settings.repeats)
    per_trial = found.seconds / count
    what = f"{count:,} no-op trials, {JOBS} at a time"
    rows = (
        Row(f"{what}: time per trial", formatting.duration(per_trial), "20 ms", "5 ms"),
        Row(
            f"growth of the runner's memory after trial {found.counted_from}",
            f"{found.growth_bytes / 1e6:.1f} MB",
            *("100 MB", "20 MB"),
        ),
        Row(
            "opening that run and printing its table",
            formatting.duration(median(found.show_seconds)),
            *("3 s", "1 s"),
        ),
    )
    return Found(
        rows,
        {"trials": count, "jobs": JOBS, "memory_counted_from_trial": found.counted_from},
        {
            "run_seconds": found.seconds,
            "seconds_per_trial": per_trial,
            "early_memory_bytes": found.early_bytes,
            "highest_memory_bytes": found.highest_bytes,
            "memory_growth_bytes": found.growth_bytes,
            "show_seconds": list(found.show_seconds),
        },
        threads=JOBS,
    )


def trainings(settings: Settings) -> Found:
    """Train two at once on a thread each, and one after the other on two threads."""
    found = in_own_process(measure_trainings, settings.model, settings.request, settings.repeats)
    row = Row(
        f"two {settings.model} at once on a thread each: throughput against in turn on two",
        f"{found.throughput_ratio:.2f} times",
        *("1.15", "1.25"),
    )
    return Found(
        (row,),
        {"model": settings.model, "repeats": settings.repeats},
        {
            "at_once_seconds": list(found.at_once),
            "in_turn_seconds": list(found.in_turn),
            "throughput_ratio": found.throughput_ratio,
        },
        threads=2,
        request=settings.request,
    )


def dask(settings: Settings) -> Found:
    """Keep the workers of a local Dask cluster busy with sleeping trials."""
    count, seconds = settings.sleeping_trials, settings.sleep_seconds
    found = in_own_process(measure_sleeping, "dask", DASK_WORKERS, count, seconds)
    row = Row(
        f"Dask, {DASK_WORKERS} workers of one thread, {count} trials of {seconds:g} s: "
        "share of the ideal",
        f"{found.share_of_ideal:.3f}",
        *("0.90", "0.97"),
    )
    return Found(
        (row,),
        {"workers": DASK_WORKERS, "trials": count, "sleep_seconds": seconds},
        {
            "seconds": found.seconds,
            "ideal_seconds": found.ideal_seconds,
            "share_of_ideal": found.share_of_ideal,
        },
        threads=DASK_WORKERS,
    )


MEASURES: dict[Part, Callable[[Settings], Found]] = {
    Part.OVERHEAD: overhead,
    Part.MANY: many,
    Part.TRAININGS: trainings,
    Part.DASK: dask,
}


def _keep(results: Path | None, part: Part, found: Found) -> None:
    """Append what came of a part to the results."""
    _, info = load_data(found.request)
    kept = measurement(
        "engines",
        part.value,
        threads=found.threads,
        dataset=info,
        settings=found.settings,
        figures=found.figures,
    )
    append(results, kept)


if __name__ == "__main__":
    run_script(main)
