"""How long `cnn`, the examples of Keras and PyTorch, and the fastest small network train.

Every training runs in a process of its own, one after the other, on the same images and threads.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from benchlib import keras_convnet, torch_example, torch_fast
from benchlib.curves import Point, Training, seconds_to
from benchlib.measurements import Measurement, append, measurement
from benchlib.options import (
    FAILED_EXIT_CODE,
    DataDirOption,
    DataRequest,
    DatasetOption,
    QuickOption,
    ResultsOption,
    ThreadsOption,
    TrainImagesOption,
    data_request,
    parse_numbers,
    results_file,
    run_script,
)
from benchlib.tables import note
from benchlib.time_tables import OURS, TARGETS, Entry, print_tables
from benchlib.trials import in_own_process, load_data, plan_model, run_model
from digitbench.cli.console import results_console
from digitbench.errors import DigitbenchError, UsageError
from digitbench.types import DatasetInfo, available_cpus

PEERS = {"keras": keras_convnet, "torch": torch_example, "torch-fast": torch_fast}
OF_PYTORCH = {"torch", "torch-fast"}


class Contender(StrEnum):
    """Who can take part."""

    CNN = OURS
    KERAS = "keras"
    TORCH = "torch"
    TORCH_FAST = "torch-fast"


@dataclass(frozen=True)
class Settings:
    """What holds for every training.

    Attributes:
        request: the images.
        threads: CPU threads.
        peer_epochs: epochs of the peers; None for as published.
        stop_at: the test accuracy that ends a peer's training; None for never.
    """

    request: DataRequest
    threads: int
    peer_epochs: int | None
    stop_at: float | None


def main(
    only: Annotated[
        list[Contender] | None,
        typer.Option(
            help="Let this contender alone take part; may be given several times.",
            show_default=False,
        ),
    ] = None,
    our_epochs: Annotated[
        str, typer.Option(help="Trainings of cnn: the epochs of each.")
    ] = "1,2,3,5",
    our_iterations: Annotated[
        str, typer.Option(help="Trainings of cnn[recipe=quick]: the steps of each.")
    ] = "200,300",
    also: Annotated[
        list[str] | None,
        typer.Option(
            help='Train this model too, such as "cnn[recipe=best]", in a row of its own; may be '
            "given several times.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(help="Seeds; every training is done with each.")] = "0",
    stop_at: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=100,
            help="Stop a peer after the epoch that reaches this test accuracy, in percent.",
            show_default=False,
        ),
    ] = None,
    peer_epochs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Epochs of the peers; by default as published.", show_default=False
        ),
    ] = None,
    dataset: DatasetOption = None,
    data_dir: DataDirOption = None,
    train_images: TrainImagesOption = None,
    threads: ThreadsOption = None,
    results: ResultsOption = None,
    quick: QuickOption = False,
) -> None:
    """Measure the time that cnn and its peers take to an accuracy, one after the other."""
    if quick:
        our_epochs, our_iterations, peer_epochs = "1", "30", peer_epochs or 1
    request = data_request(dataset, data_dir, train_images, quick)
    settings = Settings(
        request,
        threads or available_cpus(),
        peer_epochs,
        None if stop_at is None else stop_at / 100,
    )
    entries = plan_entries(
        [contender.value for contender in only or Contender],
        [
            *(
                f"recipe=quick,iterations={steps}"
                for steps in parse_numbers("--our-iterations", our_iterations)
            ),
            *(f"epochs={epochs}" for epochs in parse_numbers("--our-epochs", our_epochs)),
        ],
        also or [],
        parse_numbers("--seeds", seeds),
    )
    trainings, missing = run_entries(entries, settings, results_file(results, quick))
    console = results_console()
    if trainings:
        print_tables(trainings, list(PEERS), console)
    for line in missing:
        note(console, line)
    if missing:
        raise typer.Exit(FAILED_EXIT_CODE)


def plan_entries(
    contenders: Sequence[str], our_lengths: Sequence[str], also: Sequence[str], seeds: Sequence[int]
) -> list[Entry]:
    """List the trainings, seed by seed, so that a drift of the machine falls on all alike.

    Args:
        contenders: who takes part.
        our_lengths: the options of `cnn` that say how long to train, for each training of it.
        also: further models of ours.
        seeds: the seeds of each.

    Raises:
        UsageError: a model of ours is unknown or one of its options is wrong.
    """
    subjects = []
    if OURS in contenders:
        subjects += [(OURS, plan_model(f"{OURS}[{length}]").label) for length in our_lengths]
    subjects += [(label, label) for label in (plan_model(text).label for text in also)]
    subjects += [(peer, peer) for peer in PEERS if peer in contenders]
    return [Entry(contender, subject, seed) for seed in seeds for contender, subject in subjects]


def run_entries(
    entries: Sequence[Entry], settings: Settings, results: Path | None
) -> tuple[list[tuple[Entry, Training]], list[str]]:
    """Do the trainings one by one; append each to the results as soon as it is done.

    Returns:
        The trainings that succeeded, and a line for each that did not.
    """
    _, info = load_data(settings.request)
    trainings, missing = [], []
    for entry in entries:
        typer.echo(f"{entry.subject}, seed {entry.seed} ...", err=True)
        try:
            training = train(entry, settings)
        except DigitbenchError as error:
            missing.append(f"MISSING: {entry.subject}, seed {entry.seed}: {error}")
            typer.echo(missing[-1], err=True)
            continue
        trainings.append((entry, training))
        append(results, _measurement(entry, training, settings, info))
    return trainings, missing


def train(entry: Entry, settings: Settings) -> Training:
    """Do one training in a process of its own.

    Raises:
        UsageError: it failed, or the framework of a peer is not installed.
    """
    if entry.contender not in PEERS:
        return in_own_process(train_ours, entry, settings)
    if entry.contender in OF_PYTORCH and not torch_example.is_installed():
        raise UsageError('PyTorch is not installed; pip install "digitbench[benchmarks]"')
    peer = PEERS[entry.contender]
    training: Training = in_own_process(
        peer.train,
        settings.request,
        seed=entry.seed,
        threads=settings.threads,
        epochs=settings.peer_epochs or peer.EPOCHS,
        stop_at=settings.stop_at,
        report=partial(_show_point, entry.subject),
    )
    return training


def train_ours(entry: Entry, settings: Settings) -> Training:
    """Train a model of ours as `digitbench run` would; its one point is its end."""
    result = run_model(entry.subject, settings.request, seed=entry.seed, threads=settings.threads)
    if result.fit_seconds is None or result.accuracy is None:
        raise UsageError(f"{entry.subject} has no figures; run it with digitbench run")
    point = Point(len(result.history), result.fit_seconds, result.accuracy)
    _show_point(entry.subject, point)
    _, info = load_data(settings.request)
    device = str(result.details.get("device", "CPU"))
    return Training((point,), info.train_size, stopped_early=False, device=device)


def _show_point(subject: str, point: Point) -> None:
    typer.echo(
        f"{subject}: epoch {point.epochs}, {point.fit_seconds:.1f} s of fit, "
        f"{100 * point.accuracy:.2f} %",
        err=True,
    )


def _measurement(
    entry: Entry, training: Training, settings: Settings, info: DatasetInfo
) -> Measurement:
    points = training.points
    return measurement(
        "time_to_accuracy",
        entry.subject,
        threads=settings.threads,
        dataset=info,
        settings={
            "seed": entry.seed,
            "stop_at": settings.stop_at,
            "options": None if entry.contender in PEERS else plan_model(entry.subject).options,
        },
        figures={
            "epochs": training.end.epochs,
            "train_images": training.train_images,
            "fit_seconds": training.end.fit_seconds,
            "accuracy": training.end.accuracy,
            "stopped_early": training.stopped_early,
            "device": training.device,
            "seconds_to": {str(target): seconds_to(points, target) for target in TARGETS},
            "points": [asdict(point) for point in points],
        },
    )


if __name__ == "__main__":
    run_script(main)
