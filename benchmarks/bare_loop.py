"""What `overhead.py` compares `digitbench run` with: the same fits and predictions, and no more.

It takes models and data from the same plugins and calls `build`, `fit` and `predict` in a loop,
in the order and with the seeds and threads of a run. It prints the accuracy of each trial. There
is no plan, no check of what a plugin returns, no store, no hook, no memory reading and no table.
"""

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Annotated, Any

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from benchlib.options import DataDirOption, run_script
from digitbench.datasets.load import default_cache_dir
from digitbench.runner.model_requests import parse_models
from digitbench.seeds import trial_seed
from digitbench.types import BuildContext, DataContext, available_cpus

WARM_UP_IMAGES = 16


def main(
    models: Annotated[str, typer.Option(help="As `digitbench run --models` takes it.")],
    dataset: Annotated[str, typer.Option(help="Data set.")] = "mnist",
    trials: Annotated[int, typer.Option(min=1, help="Trials of each model.")] = 2,
    probabilities: Annotated[
        bool, typer.Option(help="Ask for probabilities too, where a model has them.")
    ] = False,
    data_dir: DataDirOption = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
) -> None:
    """Fit models and predict with them in a bare loop; print the accuracy of each trial."""
    specs = {spec.name: spec for spec in _offered("digitbench_models")}
    loaders = {spec.name: spec for spec in _offered("digitbench_datasets")}
    data = loaders[dataset].load(DataContext(default_cache_dir(), data_dir))
    for trial in range(1, trials + 1):
        for request in parse_models(models):
            spec = specs[request.name]
            options = spec.options(**request.options)
            if trial > 1 and spec.is_deterministic(options):
                continue
            context = BuildContext(trial_seed(0, trial), threads or available_cpus())
            classifier = spec.build(options, context)
            with threadpool_limits(limits=context.threads):
                classifier.fit(data.train, None)
                classifier.predict(data.train.images[:WARM_UP_IMAGES])
                predictions = classifier.predict(data.test.images)
                if probabilities and hasattr(classifier, "predict_proba"):
                    classifier.predict_proba(data.test.images)
            typer.echo(repr(float(np.mean(predictions == data.test.labels))))


def _offered(hook: str) -> Iterator[Any]:
    """Yield what the installed plugins return for a hook."""
    for entry_point in entry_points(group="digitbench"):
        yield from getattr(entry_point.load(), hook, tuple)()


if __name__ == "__main__":
    run_script(main)
