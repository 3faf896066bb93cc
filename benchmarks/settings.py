"""The settings of our models, compared with others on training images by held-out writers.

Trials are digitbench's own, trained on the remaining images and scored on those held out; test
images are neither seen nor scored. Given again, the command goes on where it was interrupted.
"""

from collections.abc import Sequence
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from sys import stderr
from typing import Annotated

import typer

from benchlib.options import DataDirOption, QuickOption, ThreadsOption, data_request, run_script
from benchlib.tables import add_row, new_table, note
from digitbench.analysis.comparison import compare_pairs
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import Verdict
from digitbench.cli.console import messages_shown, results_console
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.load import default_cache_dir, load_dataset
from digitbench.errors import UsageError
from digitbench.plugins import load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_dataset, resolve_models
from digitbench.runner.resume import find_resumable
from digitbench.runner.run import environment_of
from digitbench.store import read_run
from digitbench.types import (
    DataContext,
    EngineContext,
    RunPlan,
    RunRecord,
    TrialData,
    available_cpus,
)
from digitbench.workflows.execute import PendingRun
from digitbench.workflows.plan import make_plan
from digitbench.workflows.prepare import Prepared
from digitbench.workflows.request import RunRequest

HELD_OUT = "writers:5000"
HELD_OUT_QUICK = "200"


class Subject(StrEnum):
    """What is set."""

    SOFTMAX = "softmax"
    SVM = "svm"
    SVM_DESKEWED = "svm-deskewed"
    CNN = "cnn"


SETTINGS: dict[Subject, tuple[str, ...]] = {
    Subject.SOFTMAX: ("l2=1e-4", "l2=0", "l2=1e-5", "l2=3e-5", "l2=3e-4", "l2=1e-3"),
    Subject.SVM: (
        *("C=5,gamma=0.02", "C=5,gamma=0.015", "C=5,gamma=0.025", "C=5,gamma=0.03"),
        *("C=2,gamma=0.02", "C=2,gamma=0.025", "C=10,gamma=0.02", "C=10,gamma=0.025"),
    ),
    Subject.SVM_DESKEWED: (
        *("C=5,gamma=0.03", "C=5,gamma=0.02", "C=5,gamma=0.025", "C=5,gamma=0.035"),
        *("C=5,gamma=0.04", "C=2,gamma=0.03", "C=10,gamma=0.03"),
    ),
    Subject.CNN: (
        "distort=0.5",
        "epochs=5,batch_size=192,learning_rate=0.025,keep_prob=0.7,crop=28,label_smoothing=0",
        *("crop=28", "crop=20,crop_share=0.5", "label_smoothing=0", "keep_prob=0.7"),
        *("batch_size=192", "learning_rate=0.025", "distort=0.8", "augment=1"),
    ),
}
"""For each model the present setting, then those it is compared with."""


def main(
    subject: Annotated[Subject, typer.Argument(help="What is to be looked at.")],
    trials: Annotated[
        int, typer.Option(min=1, help="Trainings of each setting that depends on its seed.")
    ] = 5,
    only: Annotated[
        str | None,
        typer.Option(
            help="Other settings to compare the present one with, separated by semicolons.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDirOption = None,
    runs_dir: Annotated[Path, typer.Option(help="Where the trials are kept.")] = Path("runs"),
    threads: ThreadsOption = None,
    quick: QuickOption = False,
) -> None:
    """Compare settings of a model on MNIST's training images, by writers."""
    settings = SETTINGS[subject]
    if only is not None:
        settings = (settings[0], *only.split(";"))
    labels = ",".join(model_text(subject, setting) for setting in settings)
    request = RunRequest(
        models=labels,
        trials=1 if quick else trials,
        dataset=data_request(None, None, None, quick).dataset,
        data_dir=None if quick else data_dir,
        validation=HELD_OUT_QUICK if quick else HELD_OUT,
        threads=threads or available_cpus(),
        runs_dir=runs_dir,
    )
    with redirect_stdout(stderr):
        record = perform(request, f"settings-{subject}")
    found = outcomes(record)
    if len(found) < len(settings):
        raise UsageError(f"a setting has no trial that succeeded; see digitbench show {record.id}")
    _print(record, found)


def model_text(subject: Subject, setting: str) -> str:
    """Return a model with its options as `--models` takes it."""
    if subject is Subject.SVM_DESKEWED:
        return f"svm[deskew=true,{setting}]"
    return f"{subject}[{setting}]"


def held_out_plan(request: RunRequest) -> tuple[RunPlan, TrialData]:
    """Plan a run whose test images are training images that were held out."""
    host = load_plugins()
    spec = find_dataset(str(request.dataset), host)
    loaded = load_dataset(spec, DataContext(default_cache_dir(), request.data_dir))
    models = resolve_models(parse_models(request.models), host)
    plan, data = make_plan(request, models, loaded)
    if data.validation is None:
        raise UsageError(f"nothing is held out by {request.validation}")
    test = data.validation
    dataset = plan.dataset.model_copy(
        update={
            "name": f"{plan.dataset.name}-held-out",
            "source": f"training images of {plan.dataset.source}, {request.validation} held out",
            "fingerprint": fingerprint(data.train, test),
            "canonical": None,
            "validation_size": 0,
            "validation_rule": None,
            "test_size": len(test),
            "groups": None if test.groups is None else test.groups.name,
        }
    )
    return plan.model_copy(update={"dataset": dataset}), TrialData(data.train, None, test)


def perform(request: RunRequest, name: str) -> RunRecord:
    """Run what is missing of the trials and return them all."""
    plan, data = held_out_plan(request)
    host = load_plugins()
    prepared = Prepared(plan, host, data, make_engine(request.engine, host, EngineContext()))
    found = find_resumable(request.runs_dir, name, plan, environment_of(plan))
    with messages_shown() as messages:
        path = PendingRun(prepared, request.runs_dir, found, name=name).execute(messages)
    record = read_run(path)
    if record.status == "interrupted":
        raise UsageError("interrupted; give the command again to go on")
    return record


def _print(record: RunRecord, found: Sequence[Outcomes]) -> None:
    """Print each setting with its difference from the present one, the first."""
    present, *others = found
    pairs = compare_pairs([(other, present) for other in others])
    console = results_console()
    population = pairs[0].population.population if pairs else "new digits"
    table = new_table(
        f"{record.plan.dataset.train_size:,} training images, {len(present.labels):,} held out",
        "Setting",
        *("Trials", "%", "Points", "95 % interval", "p"),
    )
    add_row(table, f"{present.label} (present)", *_accuracy(present), "", "", "")
    for other, pair in zip(others, pairs, strict=True):
        add_row(table, other.label, *_accuracy(other), *_difference(pair, other))
    console.print(table)
    note(
        console,
        "%: mean accuracy. Points: more than the present setting, with interval and p (Holm's), "
        f"for {population}.",
    )
    better = [
        other.label
        for other, pair in zip(others, pairs, strict=True)
        if pair.population.verdict is Verdict.BETTER and pair.first.label == other.label
    ]
    note(console, f"Better than the present setting: {', '.join(better) or 'none'}.")


def _accuracy(found: Outcomes) -> tuple[str, str]:
    return str(len(found.trials)), f"{100 * found.accuracy:.2f}"


def _difference(pair: Pair, other: Outcomes) -> tuple[str, str, str]:
    sign = 1 if pair.first.label == other.label else -1
    claim = pair.population
    if claim.interval is None or claim.p_adjusted is None:
        return f"{100 * sign * pair.difference:+.2f}", "not known", ""
    low, high = sorted(100 * sign * bound for bound in claim.interval)
    return (
        f"{100 * sign * pair.difference:+.2f}",
        f"{low:+.2f} to {high:+.2f}",
        f"{claim.p_adjusted:.3f}",
    )


if __name__ == "__main__":
    run_script(main)
