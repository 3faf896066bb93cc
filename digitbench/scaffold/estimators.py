"""A starter that wraps an estimator, found by its path."""

import json
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import packages_distributions, requires, version
from textwrap import shorten

from packaging.requirements import Requirement
from packaging.version import Version

from digitbench.errors import UsageError
from digitbench.estimators import constructor_defaults, trial_arguments
from digitbench.plugins import PluginHost
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_model, parse_option_values
from digitbench.scaffold.starters import Starter

_DESCRIPTION_LENGTH = 75
_TEST_ACCURACY = 0.5
"""Well above chance, and within reach of any estimator."""
_IMPORTS = (
    """from digitbench import (
    BuildContext,
    Images,
    Labels,
    Split,
    load_arrays,
    load_estimator,
    save_arrays,
    save_estimator,
)""",
    "from numpy.typing import NDArray",
)


def estimator_starter(path: str, host: PluginHost) -> Starter:
    """Return a starter whose model is an estimator, with its parameters as options.

    Args:
        path: as `--models` takes it, such as
            `sklearn:ensemble.ExtraTreesClassifier[n_estimators=200]`; options given become the
            defaults. Without a prefix, `estimator:` is meant.
        host: the plugins, one of which must know the prefix.

    Raises:
        UsageError: there is no such estimator, or it is a model of another kind.
    """
    requests = parse_models(path if ":" in path else f"estimator:{path}")
    spec = find_model(requests[0].name, host).spec
    kind = spec.source
    single = len(requests) == 1 and requests[0].label is None
    if not single or not isinstance(kind, type) or not hasattr(kind, "get_params"):
        raise UsageError(
            f"--from takes one estimator, such as sklearn:svm.SVC, and '{path}' is none"
        )
    options = parse_option_values(spec.name, spec.options, requests[0].options)
    estimator = kind(**options.model_dump())
    module = _public_module(kind)
    top = module.partition(".")[0]
    trial = trial_arguments(kind, constructor_defaults(kind()))
    dependencies, parallel = _dependencies(top, threaded=trial.threads is not None)
    imports = [*_IMPORTS, f"from {module} import {kind.__name__}"]
    if parallel:
        imports.append("from joblib import parallel_config")
    return Starter(
        "estimator",
        f"{module}.{kind.__name__} on the pixels",
        dependencies,
        (top, "joblib") if parallel else (top,),
        test_accuracy=_TEST_ACCURACY,
        values={
            "estimator": kind.__name__,
            "imports": sorted(imports, key=str.lower),
            "seed": trial.seed,
            "threads": trial.threads,
            "quiet": {name: repr(value) for name, value in trial.quiet.items()},
            "parallel": parallel,
            "probabilities": hasattr(estimator, "predict_proba"),
            "deterministic": spec.deterministic is True,
            "parameters": [
                _parameter(name, getattr(options, name), field.description or "")
                for name, field in spec.options.model_fields.items()
            ],
        },
    )


def _parameter(name: str, default: object, description: str) -> Mapping[str, str]:
    """Return a parameter as the source of an option, in double quotes as ruff has it."""
    short = shorten(description, _DESCRIPTION_LENGTH, placeholder=" ...")
    return {
        "name": name,
        "default": json.dumps(default) if isinstance(default, str) else repr(default),
        "description": _quoted(short),
    }


def _quoted(text: str) -> str:
    """Quote a text as ruff's formatter does."""
    return repr(text) if '"' in text else json.dumps(text, ensure_ascii=False)


def _public_module(kind: type) -> str:
    """Return the shortest module, without private parts, that the class is found in."""
    parts = kind.__module__.split(".")
    public = [part for part in parts if not part.startswith("_")]
    for end in range(1, len(public) + 1):
        module = ".".join(public[:end])
        if getattr(import_module(module), kind.__name__, None) is kind:
            return module
    return kind.__module__


def _dependencies(package: str, *, threaded: bool) -> tuple[tuple[str, ...], bool]:
    """Return what to depend on for a package, and whether joblib makes its threads.

    Nothing if no distribution has the package, as one that is only on the path.
    """
    names = packages_distributions().get(package, [])[:1]
    needed = {Requirement(text).name for name in names for text in requires(name) or () if threaded}
    parallel = "joblib" in needed
    names += ["joblib"] if parallel else []
    return tuple(f"{name}>={Version(version(name)).public}" for name in names), parallel
