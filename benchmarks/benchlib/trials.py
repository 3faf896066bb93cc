"""Data and models as digitbench has them, and trials in processes of their own."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from benchlib.options import DataRequest
from digitbench.datasets.load import default_cache_dir, load_dataset
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.model_requests import ModelRequest, parse_models
from digitbench.runner.resolve import find_dataset, resolve_models
from digitbench.runner.trial import run_trial
from digitbench.types import (
    DataContext,
    DatasetInfo,
    FitProgress,
    PlannedModel,
    TrialData,
    TrialResult,
    TrialSpec,
)
from digitbench.workflows.plan import make_plan
from digitbench.workflows.request import RunRequest

P = ParamSpec("P")
R = TypeVar("R")


def load_data(request: DataRequest) -> tuple[TrialData, DatasetInfo]:
    """Load the images of a benchmark through digitbench's own loader.

    Raises:
        DigitbenchError: the data set is unknown, missing or bad, or has fewer training images.
    """
    spec = find_dataset(request.dataset, load_plugins())
    loaded = load_dataset(spec, DataContext(default_cache_dir(), request.data_dir))
    plan, data = make_plan(RunRequest(), (), loaded)
    wanted = request.train_images
    if wanted is None:
        return data, plan.dataset
    if wanted > len(data.train):
        raise UsageError(
            f"{request.dataset} has {len(data.train):,} training images, not {wanted:,}; "
            "ask for fewer"
        )
    train = data.train.part(slice(wanted))
    info = plan.dataset.model_copy(update={"train_size": wanted})
    return TrialData(train, None, data.test), info


def plan_model(text: str, host: PluginHost | None = None) -> PlannedModel:
    """Return the one model that a text such as `cnn[epochs=3]` names.

    Raises:
        UsageError: there is no such model or option, or the text names several models.
    """
    models = resolve_models(parse_models(text), host or load_plugins())
    if len(models) != 1:
        raise UsageError(f"'{text}' names {len(models)} models; name one")
    return models[0]


def with_option(text: str, option: str, value: object) -> str:
    """Return a model's text with one option set, or set anew: `cnn` with epochs 3.

    Raises:
        UsageError: as `plan_model`.
    """
    host = load_plugins()
    plan_model(text, host)
    (request,) = parse_models(text)
    changed = ModelRequest(request.name, {**request.options, option: str(value)})
    return resolve_models([changed], host)[0].label


def run_model(
    model: str,
    request: DataRequest,
    *,
    seed: int,
    threads: int,
    report: Callable[[FitProgress], None] | None = None,
) -> TrialResult:
    """Run one trial of a model, as `digitbench run` would.

    Args:
        model: the model with its options, such as `cnn[epochs=3]`.
        request: the images.
        seed: the classifier's seed, as it is (a run would hash it).
        threads: CPU threads.
        report: gets the classifier's progress reports.

    Raises:
        UsageError: the trial failed.
    """
    host = load_plugins()
    planned = plan_model(model, host)
    spec = TrialSpec(
        model=planned.label,
        name=planned.name,
        options=planned.options,
        trial=1,
        seed=seed,
        threads=threads,
    )
    data, _ = load_data(request)
    result = run_trial(spec, host.models[planned.name].spec, data, report or _ignore)
    if result.error is not None:
        raise UsageError(f"{planned.label} failed: {result.error}")
    return result


def in_own_process(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a new process, so that nothing of an earlier call is left in memory.

    Raises:
        UsageError: the process died, as it does when memory runs out.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=_end_with_parent) as pool:
        try:
            return pool.submit(function, *args, **kwargs).result()
        except BrokenProcessPool as error:
            raise UsageError(
                f"the process of {function.__name__} died; is there enough memory?"
            ) from error


def _end_with_parent() -> None:
    """Watch for the end of the process that started this one, and end with it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _ignore(progress: FitProgress) -> None:
    """Drop a progress report."""
