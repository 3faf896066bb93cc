"""For those who write plugins: a package to begin with, and whether a model keeps its promises."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from digitbench.plugins import load_plugins
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.scaffold import PackageNames, estimator_starter, find_starter, write_package
from digitbench.testing import CheckResult
from digitbench.testing.apart import Subject, run_checks_apart

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
