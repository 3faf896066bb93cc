"""How near the training step of `cnn` comes to the machine's peak in matrix products.

A whole training is timed between the progress reports that its classifier gives. What the
network needs in arithmetic (`benchlib.arithmetic`), divided by that time, is compared with the
fastest product of two 2048x2048 matrices that TensorFlow computes on the same threads.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Annotated

import typer

from benchlib.arithmetic import training_flops
from benchlib.matrix_peak import PRECISIONS, best_flops_per_second
from benchlib.measurements import append, measurement
from benchlib.options import (
    DataDirOption,
    DataRequest,
    DatasetOption,
    QuickOption,
    ResultsOption,
    ThreadsOption,
    TrainImagesOption,
    data_request,
    results_file,
    run_script,
)
from benchlib.tables import add_row, new_table, note
from benchlib.trials import in_own_process, load_data, plan_model, run_model, with_option
from digitbench.cli.console import results_console
from digitbench.errors import UsageError
from digitbench.report import formatting
from digitbench.types import FitProgress, PlannedModel, available_cpus


@dataclass(frozen=True)
class StepRate:
    """How fast a training went, once it was under way.

    Attributes:
        model: what was trained.
        rates: images per second in each interval between two progress reports.
        flops_per_image: the arithmetic that the network needs for an image, in the mean of the
            steps of each interval.
        device: where it ran.
    """

    model: str
    rates: tuple[float, ...]
    flops_per_image: tuple[float, ...]
    device: str

    @property
    def images_per_second(self) -> float:
        """The median of the rates."""
        return median(self.rates)

    @property
    def flops_per_second(self) -> float:
        """The arithmetic that the network needs, done in a second: the median of the intervals."""
        return median(
            rate * flops for rate, flops in zip(self.rates, self.flops_per_image, strict=True)
        )


@dataclass(frozen=True)
class TrainedShape:
    """What decides the arithmetic of a cnn's training steps.

    Attributes:
        filters: numbers of filters of C1, C2 and C3.
        batch_size: images in a step.
        crop: side of the images that early steps see, in pixels.
        crop_share: share of the steps that are early.
    """

    filters: tuple[int, int, int]
    batch_size: int
    crop: int
    crop_share: float

    def flops_per_image(self, start: float, end: float, steps: int) -> float:
        """Return the arithmetic needed for an image, in the mean of some of the steps.

        Args:
            start: how many steps came before.
            end: how many there were in the end, more than `start`.
            steps: all steps of the training.
        """
        early_steps = round(self.crop_share * steps)
        early = (min(max(early_steps, start), end) - start) / (end - start)
        middle, whole = training_flops(self.filters, self.crop), training_flops(self.filters)
        return early * middle + (1 - early) * whole


def main(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help='A cnn, such as "cnn[filters=32/64/64,batch_size=256]"; may be given several '
            "times.  [default: cnn]",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(min=2, help="Epochs to train; the first one is not timed.")
    ] = 3,
    repeats: Annotated[int, typer.Option(min=1, help="Timed products of matrices.")] = 10,
    dataset: DatasetOption = None,
    data_dir: DataDirOption = None,
    train_images: TrainImagesOption = None,
    threads: ThreadsOption = None,
    results: ResultsOption = None,
    quick: QuickOption = False,
) -> None:
    """Measure the training step of cnn against the peak of a matrix product."""
    if quick:
        epochs, repeats = 2, 1
    threads = threads or available_cpus()
    request = data_request(dataset, data_dir, train_images, quick)
    results = results_file(results, quick)
    peaks = {}
    for precision in PRECISIONS:
        typer.echo(f"matrix product, {precision} ...", err=True)
        peaks[precision] = in_own_process(
            best_flops_per_second, precision, threads=threads, repeats=repeats
        )
    rates = []
    for text in model or ["cnn"]:
        label = with_option(text, "epochs", epochs)
        typer.echo(f"{label} ...", err=True)
        rates.append(in_own_process(time_training, label, request, threads))
        _keep(results, rates[-1], peaks, request, threads)
    _print(rates, peaks)


def time_training(model: str, request: DataRequest, threads: int) -> StepRate:
    """Train a model and return how fast the steps after its first progress report were taken.

    Raises:
        UsageError: it failed, or it does not say what a step of it is.
    """
    moments: list[tuple[float, FitProgress]] = []
    result = run_model(
        model,
        request,
        seed=0,
        threads=threads,
        report=lambda progress: moments.append((perf_counter(), progress)),
    )
    planned = plan_model(model)
    shape = _shape(planned)
    _, info = load_data(request)
    steps, batch_size = result.details.get("steps"), min(shape.batch_size, info.train_size)
    if not isinstance(steps, int) or len(moments) <= 1:
        raise UsageError(f"{planned.label} tells neither its steps nor its progress; name a cnn")
    rates, flops_per_image = [], []
    for (begun, before), (ended, after) in pairwise(moments):
        start, end = (steps * progress.step / progress.total for progress in (before, after))
        rates.append((end - start) * batch_size / (ended - begun))
        flops_per_image.append(shape.flops_per_image(start, end, steps))
    device = str(result.details.get("device", "CPU"))
    return StepRate(planned.label, tuple(rates), tuple(flops_per_image), device)


def _shape(planned: PlannedModel) -> TrainedShape:
    """Return what a cnn's options say of its training steps.

    Raises:
        UsageError: the model's options do not tell.
    """
    filters, batch_size = planned.options.get("filters"), planned.options.get("batch_size")
    crop, crop_share = planned.options.get("crop"), planned.options.get("crop_share")
    if not (
        isinstance(filters, str)
        and isinstance(batch_size, int)
        and isinstance(crop, int)
        and isinstance(crop_share, int | float)
    ):
        raise UsageError(
            f"{planned.label} does not tell its filters, batch size and crop; "
            'name them: "cnn[filters=16/32/32,batch_size=128,crop=28,crop_share=0]"'
        )
    c1, c2, c3 = (int(part) for part in filters.split("/"))
    return TrainedShape((c1, c2, c3), batch_size, crop, crop_share)


def _keep(
    results: Path | None,
    rate: StepRate,
    peaks: dict[str, float],
    request: DataRequest,
    threads: int,
) -> None:
    _, info = load_data(request)
    found = measurement(
        "training_step",
        rate.model,
        threads=threads,
        dataset=info,
        settings={"options": plan_model(rate.model).options},
        figures={
            "images_per_second": rate.images_per_second,
            "images_per_second_by_interval": list(rate.rates),
            "needed_flops_per_image": mean(rate.flops_per_image),
            "needed_flops_per_second": rate.flops_per_second,
            "device": rate.device,
            "peak_flops_per_second": peaks,
            "share_of_peak": {name: rate.flops_per_second / peak for name, peak in peaks.items()},
        },
    )
    append(results, found)


def _print(rates: list[StepRate], peaks: dict[str, float]) -> None:
    console = results_console()
    headings = (f"{name} peak\nGFLOP/s" for name in peaks)
    shares = (f"Share of\n{name}, %" for name in peaks)
    table = new_table(
        "Training step",
        "Model",
        "Images/s",
        "MFLOP\n/image",
        "Needed\nGFLOP/s",
        *headings,
        *shares,
    )
    for rate in rates:
        add_row(
            table,
            rate.model,
            formatting.count(round(rate.images_per_second)),
            f"{mean(rate.flops_per_image) / 1e6:.1f}",
            f"{rate.flops_per_second / 1e9:.1f}",
            *(f"{peak / 1e9:.0f}" for peak in peaks.values()),
            *(f"{100 * rate.flops_per_second / peak:.0f}" for peak in peaks.values()),
        )
    console.print(table, "")
    note(
        console,
        "Needed: the convolutions forward, backward to weights and backward to inputs (not for "
        "C1); everything else the step does costs time and counts as nothing.",
    )
    note(console, "Peak: the fastest product of two 2048x2048 matrices on the same threads.")


if __name__ == "__main__":
    run_script(main)
