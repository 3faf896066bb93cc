"""Settings of `cnn` for bad images, by held-out writers and corruptions made for this alone.

Trainings and scores are on MNIST's training images. None of the corruptions that digitbench
reports takes part: `benchlib/tuning_corruptions.py` has those that do.
"""

from collections.abc import Iterator, Mapping
from time import process_time
from typing import Annotated

import numpy as np
import typer

from benchlib.options import DataDirOption, QuickOption, ThreadsOption, data_request, run_script
from benchlib.tables import add_row, new_table, note
from benchlib.trials import in_own_process, plan_model
from benchlib.tuning_corruptions import CORRUPTIONS, corrupted
from digitbench import BuildContext, Split
from digitbench.cli.console import results_console
from digitbench.plugins import load_plugins
from digitbench.types import TrialData, available_cpus
from digitbench.workflows.request import RunRequest
from settings import HELD_OUT, HELD_OUT_QUICK, held_out_plan

CORRUPTED_IMAGES = 2500
STANDARD = "softmax"
CLEAN = "clean"
SETTINGS = ("", "recipe=robust", "recipe=robust,disturb=0.5", "recipe=robust,disturb=0")

Errors = dict[str, float]
"""For each corruption, and for clean images, the share of wrong digits."""


def main(
    only: Annotated[
        str | None,
        typer.Option(help="Other settings of cnn, separated by semicolons.", show_default=False),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Trainings of each setting.")] = 2,
    every: Annotated[
        bool, typer.Option("--every", help="Print the errors of every corruption.")
    ] = False,
    data_dir: DataDirOption = None,
    threads: ThreadsOption = None,
    quick: QuickOption = False,
) -> None:
    """Compare settings of cnn on corrupted training images of held-out writers."""
    request = RunRequest(
        models=STANDARD,
        dataset=data_request(None, None, None, quick).dataset,
        data_dir=None if quick else data_dir,
        validation=HELD_OUT_QUICK if quick else HELD_OUT,
        threads=threads or available_cpus(),
    )
    standard, _ = in_own_process(trained, STANDARD, request, 1)
    console = results_console()
    table = new_table(
        "On held-out writers", "Setting", "Seed", "Clean, %", "Mean corruption error, %", "CPU, s"
    )
    by_setting: dict[str, Errors] = {STANDARD: standard}
    for setting in SETTINGS if only is None else only.split(";"):
        model = f"cnn[{setting}]" if setting else "cnn"
        for seed in range(1, 1 + (1 if quick else trials)):
            errors, seconds = in_own_process(trained, model, request, seed)
            by_setting[f"{model}, seed {seed}"] = errors
            mean = mean_corruption_error(errors, standard)
            clean = 100 * (1 - errors[CLEAN])
            add_row(table, model, str(seed), f"{clean:.2f}", f"{100 * mean:.1f}", f"{seconds:.0f}")
    console.print(table)
    note(console, f"Mean corruption error: mean over {len(CORRUPTIONS)} of error by {STANDARD}'s.")
    if every:
        console.print(_every_corruption(by_setting))


def trained(model: str, request: RunRequest, seed: int) -> tuple[Errors, float]:
    """Train a model and return its errors, and the processor time of fit in seconds."""
    _, data = held_out_plan(request)
    host = load_plugins()
    planned = plan_model(model, host)
    spec = host.models[planned.name].spec
    threads = request.threads or available_cpus()
    classifier = spec.build(spec.options(**planned.options), BuildContext(seed, threads))
    began = process_time()
    classifier.fit(data.train, None)
    seconds = process_time() - began
    errors = {
        name: float(np.mean(np.asarray(classifier.predict(images.images)) != images.labels))
        for name, images in scored(data)
    }
    return errors, seconds


def scored(data: TrialData) -> Iterator[tuple[str, Split]]:
    """Yield the held-out images, clean and then with each corruption."""
    held_out = data.test
    yield CLEAN, held_out
    chosen = np.random.default_rng(0).permutation(len(held_out))[:CORRUPTED_IMAGES]
    part = Split(held_out.images[chosen], held_out.labels[chosen])
    for seed, name in enumerate(CORRUPTIONS):
        yield name, Split(corrupted(name, part.images, seed), part.labels)


def mean_corruption_error(errors: Errors, standard: Errors) -> float:
    """Return the mean over all corruptions of a model's error, relative to the standard's."""
    return float(np.mean([errors[name] / standard[name] for name in CORRUPTIONS]))


def _every_corruption(by_setting: Mapping[str, Errors]) -> object:
    table = new_table("Errors, %", "Images", *by_setting)
    for name in (CLEAN, *CORRUPTIONS):
        add_row(table, name, *(f"{100 * errors[name]:.1f}" for errors in by_setting.values()))
    return table


if __name__ == "__main__":
    run_script(main)
