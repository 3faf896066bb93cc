"""What `digitbench run` adds to the fits and predictions themselves.

Both sides are whole processes, timed from start to end: `digitbench run`, and `bare_loop.py`,
which does the same fits and predictions in the same order, with the same seeds, threads and
images, and nothing else. Importing the framework and loading the images are in both. The overhead
is what the command line, plugin discovery, plan, runner, store, hooks and table take. The two are
run in pairs, the one that goes first taking turns.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from benchlib.commands import timed
from benchlib.measurements import append, measurement
from benchlib.options import (
    DataDirOption,
    DataRequest,
    DatasetOption,
    QuickOption,
    ResultsOption,
    ThreadsOption,
    data_request,
    results_file,
    run_script,
)
from benchlib.tables import add_row, new_table, note
from benchlib.trials import load_data
from digitbench.cli.console import results_console
from digitbench.report import formatting
from digitbench.store import read_run
from digitbench.types import available_cpus


@dataclass(frozen=True)
class Work:
    """What both sides do.

    Attributes:
        models: as `digitbench run --models` takes it.
        trials: of each model that is not deterministic.
        request: the images.
        threads: CPU threads.
        probabilities: the bare loop asks for probabilities too.
    """

    models: str
    trials: int
    request: DataRequest
    threads: int
    probabilities: bool

    @property
    def arguments(self) -> list[str]:
        """The arguments that both sides take."""
        arguments = ["--models", self.models, "--trials", str(self.trials)]
        arguments += ["--dataset", self.request.dataset, "--threads", str(self.threads)]
        if self.request.data_dir is not None:
            arguments += ["--data-dir", str(self.request.data_dir)]
        return arguments


@dataclass(frozen=True)
class Timed:
    """One process.

    Attributes:
        seconds: from its start to its end.
        accuracies: of its trials, in their order.
    """

    seconds: float
    accuracies: tuple[float, ...]


@dataclass(frozen=True)
class Pair:
    """Both sides, run one after the other."""

    bare: Timed
    run: Timed

    @property
    def overhead_seconds(self) -> float:
        """What the run took longer; negative where the machine's noise is larger than that."""
        return self.run.seconds - self.bare.seconds


def main(
    models: Annotated[
        str | None,
        typer.Option(
            help="As `digitbench run --models` takes it.  [default: softmax,knn,cnn[epochs=1]]",
            show_default=False,
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials of each model.")] = 2,
    repeats: Annotated[int | None, typer.Option(min=1, help="Pairs.  [default: 3]")] = None,
    probabilities: Annotated[
        bool,
        typer.Option(
            help="Let the bare loop ask for probabilities too, as a run does of every model that "
            "has them; without, they count as overhead."
        ),
    ] = False,
    dataset: DatasetOption = None,
    data_dir: DataDirOption = None,
    threads: ThreadsOption = None,
    results: ResultsOption = None,
    quick: QuickOption = False,
) -> None:
    """Measure what digitbench run takes longer than a bare loop of the same fits."""
    work = Work(
        models=models or ("knn" if quick else "softmax,knn,cnn[epochs=1]"),
        trials=trials,
        request=data_request(dataset, data_dir, None, quick),
        threads=threads or available_cpus(),
        probabilities=probabilities,
    )
    _, info = load_data(work.request)  # fills the cache, which neither side should have to
    pairs = []
    for number in range(repeats or (1 if quick else 3)):
        typer.echo(f"pair {number + 1} ...", err=True)
        pairs.append(run_pair(work, bare_first=number % 2 == 0))
    found = measurement(
        "overhead",
        work.models,
        threads=work.threads,
        dataset=info,
        settings={"trials": trials, "probabilities": probabilities},
        figures={
            "bare_seconds": [pair.bare.seconds for pair in pairs],
            "run_seconds": [pair.run.seconds for pair in pairs],
            "overhead_seconds": median(pair.overhead_seconds for pair in pairs),
            "overhead_share": median(pair.overhead_seconds / pair.bare.seconds for pair in pairs),
            "same_accuracies": same_accuracies(pairs),
        },
    )
    append(results_file(results, quick), found)
    _print(work, pairs)


def run_pair(work: Work, *, bare_first: bool) -> Pair:
    """Run both sides once."""
    if bare_first:
        bare = run_bare_loop(work)
        return Pair(bare, run_digitbench(work))
    run = run_digitbench(work)
    return Pair(run_bare_loop(work), run)


def run_bare_loop(work: Work) -> Timed:
    """Time `bare_loop.py`.

    Raises:
        UsageError: it failed.
    """
    script = str(Path(__file__).with_name("bare_loop.py"))
    probabilities = "--probabilities" if work.probabilities else "--no-probabilities"
    seconds, output = timed([sys.executable, script, *work.arguments, probabilities])
    return Timed(seconds, tuple(float(line) for line in output.splitlines()))


def run_digitbench(work: Work) -> Timed:
    """Time `digitbench run`, with a run directory of its own.

    Raises:
        UsageError: it failed, or a trial did.
    """
    with tempfile.TemporaryDirectory() as runs_dir:
        command = [sys.executable, "-m", "digitbench", "run", *work.arguments]
        seconds, _ = timed([*command, "--runs-dir", runs_dir])
        (path,) = Path(runs_dir).iterdir()
        results = read_run(path).results
    return Timed(seconds, tuple(r.accuracy for r in results if r.accuracy is not None))


def same_accuracies(pairs: list[Pair]) -> bool:
    """Tell whether both sides of all pairs did the same: the very same accuracies."""
    return len({timed.accuracies for pair in pairs for timed in (pair.bare, pair.run)}) == 1


def _print(work: Work, pairs: list[Pair]) -> None:
    console = results_console()
    table = new_table(
        f"{work.models}, {work.trials} trials", "Pair", "Bare loop", "digitbench\nrun", "s", "%"
    )
    for number, pair in enumerate(pairs, 1):
        overhead = pair.overhead_seconds
        add_row(
            table,
            str(number),
            formatting.duration(pair.bare.seconds),
            formatting.duration(pair.run.seconds),
            f"{overhead:+.2f}",
            f"{100 * overhead / pair.bare.seconds:+.1f}",
        )
    console.print(table, "")
    note(
        console,
        f"Median overhead: {median(pair.overhead_seconds for pair in pairs):+.2f} s, "
        f"{100 * median(pair.overhead_seconds / pair.bare.seconds for pair in pairs):+.1f} %.",
    )
    if not work.probabilities:
        note(console, "A run asks models for probabilities as well; the bare loop does not.")
    if not same_accuracies(pairs):
        note(console, "WARNING: the accuracies differ; the two sides did not do the same work.")


if __name__ == "__main__":
    run_script(main)
