"""For those who write plugins: a package to begin with, and checks of models and test sets."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from digitbench.datasets.load import default_cache_dir, load_dataset
from digitbench.plugins import load_plugins
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_dataset, resolve_models
from digitbench.runner.set_requests import parse_test_sets
from digitbench.runner.wanted_sets import resolve_test_sets
from digitbench.scaffold import PackageNames, estimator_starter, find_starter, write_package
from digitbench.testing import CheckResult
from digitbench.testing.apart import Subject, run_checks_apart
from digitbench.testing.sets import set_checks
from digitbench.types import DataContext

DEFAULT_TEMPLATE = "numpy"


def check_models(
    models: str, *, tolerance: float, timeout_seconds: float, plugin_files: Sequence[Path] = ()
) -> Iterator[tuple[str, CheckResult | None]]:
    """Check that models keep the contract of a classifier; yield each result as it comes.

    Args:
        models: as `--models` takes them.
        tolerance: share of the predictions that may differ between two fits with one seed.
        timeout_seconds: how long a check may take; then it is stopped and fails.
        plugin_files: plugins in files.

    Yields:
        The label of a model, with None before its first check and then with each result.

    Raises:
        UsageError: a model is not there.
    """
    files = tuple(file.absolute() for file in plugin_files)
    for model in resolve_models(parse_models(models), load_plugins(files=files)):
        yield model.label, None
        for result in run_checks_apart(
            Subject(model.name, model.options, tolerance, files), timeout_seconds
        ):
            yield model.label, result


def check_test_sets(
    test_sets: str, *, dataset: str | None = None, plugin_files: Sequence[Path] = ()
) -> Iterator[tuple[str, CheckResult | None]]:
    """Check that test sets keep their promises; yield each result as it comes.

    Args:
        test_sets: as `--test-sets` takes them.
        dataset: name of the data set that they are made for; by default tiny digits.
        plugin_files: plugins in files.

    Yields:
        The label of a set, with None before its first check and then with each result.

    Raises:
        UsageError: a set, or the data set, is not there.
        DatasetError: the data set cannot be had.
    """
    host = load_plugins(files=plugin_files)
    context = DataContext(default_cache_dir())
    made_for = None
    if dataset is not None:
        made_for = load_dataset(find_dataset(dataset, host), context).dataset
    for wanted in resolve_test_sets(parse_test_sets(test_sets), host):
        yield wanted.label, None
        for result in set_checks(wanted.label, partial(wanted.load, context), made_for):
            yield wanted.label, result


def new_package(
    name: str, *, template: str | None, estimator: str | None, directory: Path
) -> tuple[Path, str, str]:
    """Write a complete plugin package.

    Args:
        name: the model's.
        template: what the model begins as; None for the default, or where an estimator is wrapped.
        estimator: what to wrap, such as `sklearn:ensemble.ExtraTreesClassifier`.
        directory: where the package's directory is made.

    Returns:
        The package's directory, the model's name, and what the model is.

    Raises:
        UsageError: a name is wrong, or the directory is there already.
    """
    host = load_plugins()
    names = PackageNames.for_model(name, host)
    starter = (
        find_starter(template or DEFAULT_TEMPLATE)
        if estimator is None
        else estimator_starter(estimator, host)
    )
    return write_package(names, starter, directory), names.model, starter.about
