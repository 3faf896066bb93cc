"""Models that are given as Python objects: a class, a function, an estimator, or a `ModelSpec`.

They make up the family `python`: the model `python:mine` is what was given as `mine`. A worker
process gets them as pickles over its own pipe; nothing is ever unpickled from disk.
"""

import inspect
import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
from pydantic import ConfigDict

from digitbench.errors import UsageError, one_line
from digitbench.estimators import required_arguments, trial_arguments
from digitbench.types import (
    BuildContext,
    Classifier,
    ModelFamily,
    ModelOptions,
    ModelSpec,
    NoOptions,
)
from digitbench.types.models import PYTHON_FAMILY
from digitbench.wrapped_estimator import (
    clone_for_trial,
    decided_parameters,
    is_estimator,
    is_seeded,
    wrap_estimator,
)


class _Arguments(ModelOptions):
    """The options of a model given in Python: whatever arguments its object was made with."""

    model_config = ConfigDict(extra="allow", frozen=True)


def python_family(find: Callable[[str], object]) -> ModelFamily:
    """Return the family of models that are given as Python objects.

    Args:
        find: returns the object of a name, or raises an error.
    """
    return ModelFamily(
        name=PYTHON_FAMILY,
        summary="a model that is given as a Python object",
        resolve=lambda name: python_model(name, find(name)),
    )


def python_model(name: str, value: object) -> ModelSpec:
    """Make a model of a Python object.

    Args:
        name: what it is called.
        value: a `ModelSpec`; an estimator with scikit-learn's interface; or what makes a
            classifier or an estimator when it is called without arguments. Parameters for the seed
            and the threads (`random_state`, `seed`, `n_jobs`, ...) are given those of the trial.

    Raises:
        UsageError: it is none of these.
    """
    full_name = f"{PYTHON_FAMILY}:{name}"
    if isinstance(value, ModelSpec):
        return replace(value, name=full_name, source=value)
    if not is_estimator(value):
        _check_maker(name, value)
    return ModelSpec(
        name=full_name,
        summary=f"{_called(value)}, given in Python",
        build=partial(_build, value),
        options=_Arguments if python_arguments(value) else NoOptions,
        deterministic=is_estimator(value) and not is_seeded(value),
        source=value,
    )


def python_arguments(value: object) -> dict[str, object]:
    """Return the arguments that a Python object was made with, those that can be written as text.

    They are what tells the rows of a sweep apart: the parameters of an estimator, and the keywords
    of a `functools.partial`. Those that a trial decides are left out.
    """
    if is_estimator(value):
        parameters: Mapping[str, object] = cast("Any", value).get_params(deep=True)
        decided = decided_parameters(value)
    elif isinstance(value, partial):
        parameters = value.keywords
        decided = set(trial_arguments(type(value), parameters).decided)
    else:
        return {}
    plain = {
        name: parameter.item() if isinstance(parameter, np.generic) else parameter
        for name, parameter in parameters.items()
        if name not in decided
    }
    return {name: parameter for name, parameter in plain.items() if _is_plain(parameter)}


def packed(name: str, value: object) -> bytes:
    """Return a Python object as bytes for a process of our own, its code included.

    Raises:
        UsageError: it cannot leave this process.
    """
    import cloudpickle

    try:
        return cast("bytes", cloudpickle.dumps(value))
    except Exception as error:
        raise UsageError(
            f"'{name}' cannot be sent to a worker process ({one_line(error)}): make what it holds "
            "when a classifier is built, or use engine='inline'"
        ) from error


def unpacked(models: Mapping[str, bytes], name: str) -> object:
    """Undo `packed`, in a process that got it over a pipe of its own.

    Raises:
        UsageError: there is no such object.
    """
    if name not in models:
        raise UsageError(f"no object was given as '{name}'")
    return pickle.loads(models[name])  # noqa: S301 - from a process of ours, over a private pipe


def _check_maker(name: str, value: object) -> None:
    """Refuse what cannot make a classifier.

    Raises:
        UsageError: it cannot be called, or not without arguments.
    """
    if not callable(value):
        raise UsageError(
            f"'{name}' is a {type(value).__name__}, of which no model can be made: give a text as "
            "for --models, a class or function that makes a classifier, an estimator, or a "
            "digitbench.ModelSpec"
        )
    needed = required_arguments(cast("type", value))
    lacking = [*{*needed} - trial_arguments(type(value), dict.fromkeys(needed)).decided]
    if lacking:
        raise UsageError(
            f"'{name}' needs {' and '.join(sorted(lacking))}: give them with functools.partial"
        )


def _build(value: Any, options: ModelOptions, context: BuildContext) -> Classifier:
    """Make a classifier of an object; one that is called gets the seed and threads it takes."""
    if is_estimator(value):
        return wrap_estimator(clone_for_trial(value, context), context.threads)
    try:
        parameters = dict(inspect.signature(value).parameters)
    except ValueError:  # a class in C that does not tell
        parameters = {}
    kind = value if isinstance(value, type) else type(value)
    made = value(**trial_arguments(kind, parameters).values(context.seed, context.threads))
    if is_estimator(made):
        return wrap_estimator(clone_for_trial(made, context), context.threads)
    return cast("Classifier", made)


def _is_plain(value: object) -> bool:
    """Tell whether a run can keep a value as an option."""
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, bool | int | float | str | None)


def _called(value: object) -> str:
    inner = value.func if isinstance(value, partial) else value
    found = getattr(inner, "__name__", None)
    return found if isinstance(found, str) else type(inner).__name__
