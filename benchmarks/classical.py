"""`svm` and `knn` against scikit-learn's own classes with the same parameters.

Every subject runs in a process of its own, one after the other, on the same images and threads.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from pydantic import JsonValue
from threadpoolctl import threadpool_limits

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
from benchlib.trials import in_own_process, load_data, plan_model, run_model
from digitbench.cli.console import results_console
from digitbench.errors import UsageError
from digitbench.report import formatting
from digitbench.types import Images, Labels, available_cpus

WARM_UP_IMAGES = 16
DESKEWED = "[deskew=true]"


class Family(StrEnum):
    """The models there is a class of scikit-learn for."""

    SVM = "svm"
    KNN = "knn"


@dataclass(frozen=True)
class Outcome:
    """What one classifier took and gave.

    Attributes:
        subject: the model, or the class of scikit-learn.
        family: the model it is or stands beside.
        is_peer: it is scikit-learn's own class.
        fit_seconds: time of fit.
        predict_seconds: time to predict all test images, after an untimed warm-up.
        predictions: uint8 `(n_test,)`.
        accuracy: fraction of them that is right.
        details: what the classifier says it used.
    """

    subject: str
    family: Family
    is_peer: bool
    fit_seconds: float
    predict_seconds: float
    predictions: Labels
    accuracy: float
    details: dict[str, JsonValue]


def main(
    only: Annotated[
        Family | None, typer.Option(help="Measure one of the two.", show_default=False)
    ] = None,
    skip_slow_fit: Annotated[
        bool, typer.Option("--skip-slow-fit", help="Leave out scikit-learn's SVC (minutes).")
    ] = False,
    deskew: Annotated[
        bool, typer.Option(help="Measure our models with deskew=true as well.")
    ] = True,
    dataset: DatasetOption = None,
    data_dir: DataDirOption = None,
    train_images: TrainImagesOption = None,
    threads: ThreadsOption = None,
    results: ResultsOption = None,
    quick: QuickOption = False,
) -> None:
    """Measure svm and knn against plain scikit-learn."""
    threads = threads or available_cpus()
    request = data_request(dataset, data_dir, train_images, quick)
    outcomes = []
    for family in [only] if only else Family:
        for subject in [family.value, *([family.value + DESKEWED] if deskew else [])]:
            typer.echo(f"{subject} ...", err=True)
            outcomes.append(in_own_process(run_ours, family, subject, request, threads))
        if family is Family.KNN or not skip_slow_fit:
            typer.echo(f"scikit-learn's class for {family} ...", err=True)
            outcomes.append(in_own_process(run_peer, family, request, threads))
    _keep(results_file(results, quick), outcomes, request, threads)
    _print(outcomes)


def run_ours(family: Family, subject: str, request: DataRequest, threads: int) -> Outcome:
    """Run one of our models as `digitbench run` would."""
    result = run_model(subject, request, seed=0, threads=threads)
    if (
        result.fit_seconds is None
        or result.predict_seconds is None
        or result.predictions is None
        or result.accuracy is None
    ):
        raise UsageError(f"{subject} has no figures; run it with digitbench run")
    return Outcome(
        subject=result.spec.model,
        family=family,
        is_peer=False,
        fit_seconds=result.fit_seconds,
        predict_seconds=result.predict_seconds,
        predictions=result.predictions,
        accuracy=result.accuracy,
        details=result.details,
    )


def run_peer(family: Family, request: DataRequest, threads: int) -> Outcome:
    """Run scikit-learn's own class with the parameters that our model has by default."""
    estimator = _estimator(family)
    data, _ = load_data(request)
    with threadpool_limits(limits=threads):
        start = perf_counter()
        estimator.fit(_pixels(data.train.images), data.train.labels)
        fit_seconds = perf_counter() - start
        estimator.predict(_pixels(data.train.images[:WARM_UP_IMAGES]))
        start = perf_counter()
        predictions = np.asarray(estimator.predict(_pixels(data.test.images)), np.uint8)
        predict_seconds = perf_counter() - start
    return Outcome(
        subject=type(estimator).__name__,
        family=family,
        is_peer=True,
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        predictions=predictions,
        accuracy=float(np.mean(predictions == data.test.labels)),
        details={},
    )


def _estimator(family: Family) -> Any:
    options = plan_model(family.value).options
    if family is Family.SVM:
        from sklearn.svm import SVC

        return SVC(C=options["C"], gamma=options["gamma"], cache_size=options["cache_mb"])
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(options["k"], weights=options["weights"], algorithm="brute")


def _pixels(images: Images) -> NDArray[np.float32]:
    return np.divide(images, 255, dtype=np.float32).reshape(len(images), -1)


def differing(outcome: Outcome, outcomes: list[Outcome]) -> int | None:
    """Count the predictions that differ from the peer's; None if it saw other images, or is not."""
    peer = _peer(outcome, outcomes)
    if peer is None or outcome.is_peer or outcome.subject.endswith(DESKEWED):
        return None
    return int(np.count_nonzero(outcome.predictions != peer.predictions))


def _peer(outcome: Outcome, outcomes: list[Outcome]) -> Outcome | None:
    return next((o for o in outcomes if o.is_peer and o.family == outcome.family), None)


def _keep(
    results: Path | None, outcomes: list[Outcome], request: DataRequest, threads: int
) -> None:
    _, info = load_data(request)
    for outcome in outcomes:
        model = outcome.family.value if outcome.is_peer else outcome.subject
        found = measurement(
            "classical",
            outcome.subject,
            threads=threads,
            dataset=info,
            settings={"options": plan_model(model).options},
            figures={
                "fit_seconds": outcome.fit_seconds,
                "predict_seconds": outcome.predict_seconds,
                "accuracy": outcome.accuracy,
                "differing_predictions": differing(outcome, outcomes),
                "details": outcome.details,
            },
        )
        append(results, found)


def _print(outcomes: list[Outcome]) -> None:
    console = results_console()
    table = new_table(
        "svm and knn against scikit-learn",
        "Subject",
        "Fit",
        "Speed-\nup",
        "Predict",
        "Speed-\nup",
        "Accuracy\n%",
        "Differing\nimages",
    )
    for outcome in outcomes:
        peer = None if outcome.is_peer else _peer(outcome, outcomes)
        add_row(
            table,
            outcome.subject,
            formatting.duration(outcome.fit_seconds),
            _speed_up(peer.fit_seconds if peer else None, outcome.fit_seconds),
            formatting.duration(outcome.predict_seconds),
            _speed_up(peer.predict_seconds if peer else None, outcome.predict_seconds),
            formatting.percent(outcome.accuracy),
            formatting.count(differing(outcome, outcomes)),
        )
    console.print(table, "")
    if any(outcome.subject.endswith(DESKEWED) for outcome in outcomes):
        note(console, "scikit-learn gets the images as they are, also where ours deskews them.")
    for family in dict.fromkeys(o.family for o in outcomes if _peer(o, outcomes) is None):
        note(console, f"MISSING: scikit-learn's class for {family}, left out as asked.")


def _speed_up(peer_seconds: float | None, seconds: float) -> str:
    return formatting.ABSENT if peer_seconds is None else f"{peer_seconds / seconds:.1f}"


if __name__ == "__main__":
    run_script(main)
