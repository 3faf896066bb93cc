"""Finds an estimator by its path and makes a model of it.

Nothing is evaluated: the module that the path names is imported, and a class is taken from it.
"""

import inspect
from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from digitbench import (
    BuildContext,
    Classifier,
    ModelOptions,
    ModelSpec,
    TrialArguments,
    UsageError,
    constructor_defaults,
    load_wrapped,
    required_arguments,
    trial_arguments,
    wrap_estimator,
    write_wrapped_onnx,
)
from digitbench_sklearn.parameters import estimator_options, make_estimator

_LIBRARY = "sklearn"
_WRITE_ONE = "write a plugin that makes it (digitbench plugin new my-model --template sklearn)"


def resolve_sklearn(member: str) -> ModelSpec:
    """Make the model of a class of scikit-learn, such as `ensemble.ExtraTreesClassifier`.

    Raises:
        UsageError: there is no such class, it is not a classifier, or needs arguments.
    """
    return _model(f"sklearn:{member}", f"{_LIBRARY}.{member}")


def resolve_estimator(member: str) -> ModelSpec:
    """Make the model of any class with scikit-learn's interface, by `package.module.Class`.

    Raises:
        UsageError: there is no such class, it is not a classifier, or needs arguments.
    """
    return _model(f"estimator:{member}", member)


def _model(name: str, path: str) -> ModelSpec:
    kind = _find_class(name, path)
    defaults = _parameters(name, kind)
    trial = trial_arguments(kind, defaults)
    options = estimator_options(kind, defaults, trial)
    try:
        options()
    except ValueError as error:
        raise UsageError(
            f"'{name}' cannot be used with its own defaults ({_reason(error)}): {_WRITE_ONE}"
        ) from error
    top = import_module(kind.__module__.partition(".")[0])
    return ModelSpec(
        name=name,
        summary=f"{kind.__name__} on the pixels, from 0 to 1 ({path.partition('.')[0]})",
        build=partial(_build, kind, getattr(top, "__version__", None), trial),
        load=partial(_load, kind),
        exports={"onnx": write_wrapped_onnx},
        options=options,
        deterministic=trial.seed is None,
        source=kind,
    )


def _build(
    kind: type,
    version: str | None,
    trial: TrialArguments,
    options: ModelOptions,
    context: BuildContext,
) -> Classifier:
    """Make an unfitted classifier around an estimator.

    Args:
        kind: the estimator's class.
        version: that of its package, where it is known.
        trial: which of its arguments the trial decides.
        options: from `digitbench_sklearn.parameters.estimator_options`.
        context: the trial's seed and threads.
    """
    package = kind.__module__.partition(".")[0]
    estimator = make_estimator(kind, options, trial, context)
    return wrap_estimator(estimator, context.threads, {package: version} if version else {})


def _load(kind: type, directory: Path, options: ModelOptions, context: BuildContext) -> Classifier:
    """Make a classifier around an estimator that was kept, with the options that it holds."""
    return load_wrapped(directory, kind, context.threads)


def _find_class(name: str, path: str) -> type:
    """Import the module that a path names and return the class.

    Raises:
        UsageError: the module cannot be imported, or has no such class.
    """
    module_name, dot, class_name = path.rpartition(".")
    if not dot or not all(part.isidentifier() for part in path.split(".")):
        raise UsageError(
            f"cannot read '{name}': write module.Class, such as "
            "sklearn:ensemble.ExtraTreesClassifier or estimator:package.module.Class"
        )
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise UsageError(f"'{name}': importing {module_name} failed: {error}") from error
        raise UsageError(_unknown(name, path, f"there is no module {error.name}")) from error
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"'{name}': importing {module_name} failed: {type(error).__name__}: {error}"
        ) from error
    found = getattr(module, class_name, None)
    if found is None:
        raise UsageError(_unknown(name, path, f"{module_name} has no {class_name}", module))
    if not inspect.isclass(found):
        raise UsageError(f"'{name}' is not a class but a {type(found).__name__}")
    return found


def _parameters(name: str, kind: type) -> dict[str, Any]:
    """Return the parameters of a classifier with their defaults.

    Raises:
        UsageError: it is not a classifier, or cannot be made without arguments.
    """
    lacking = [m for m in ("fit", "predict", "get_params", "set_params") if not hasattr(kind, m)]
    if lacking:
        raise UsageError(f"'{name}' is not a classifier: it has no {' and no '.join(lacking)}")
    needed = required_arguments(kind)
    if needed:
        raise UsageError(
            f"'{name}' needs {' and '.join(needed)}, which text cannot give: {_WRITE_ONE}"
        )
    try:
        estimator = kind()
        defaults = constructor_defaults(estimator)
    except Exception as error:
        raise UsageError(
            f"'{name}' cannot be made without arguments ({_reason(error)}): {_WRITE_ONE}"
        ) from error
    if not _is_classifier(estimator):
        raise UsageError(f"'{name}' is not a classifier")
    return defaults


def _is_classifier(estimator: Any) -> bool:
    """Tell whether an estimator says that it is a classifier; one that says nothing may be."""
    from sklearn.base import is_classifier

    said = getattr(estimator, "_estimator_type", "classifier") == "classifier"
    try:
        return bool(is_classifier(estimator))
    except Exception:  # it has no tags, or cannot tell them before it is given its arguments
        return said


def _unknown(name: str, path: str, reason: str, module: ModuleType | None = None) -> str:
    """Say that there is no such class, and which are near."""
    family, _, member = name.partition(":")
    library = path.partition(".")[0] == _LIBRARY
    offered = _classifiers_of_library() if library else _classes_of(module)
    if library and family == "estimator":
        offered = [f"{_LIBRARY}.{path}" for path in offered]
    near = get_close_matches(member, offered, cutoff=0.7) or [
        path for path in offered if path.rpartition(".")[2] == member.rpartition(".")[2]
    ]
    if near:
        hint = f"did you mean {' or '.join(f'{family}:{path}' for path in near)}?"
    elif library or module is not None:
        hint = "check the spelling"
    else:
        hint = "is its package installed in this environment?"
    return f"there is no model '{name}' ({reason}); {hint}"


def _classifiers_of_library() -> list[str]:
    """Return the public paths of scikit-learn's classifiers, such as `svm.SVC`."""
    from sklearn.utils.discovery import all_estimators

    kinds = (kind for _, kind in all_estimators(type_filter="classifier"))
    return [f"{kind.__module__.split('.')[1]}.{kind.__name__}" for kind in kinds]


def _classes_of(module: ModuleType | None) -> Iterable[str]:
    """Return the paths of the classes in a module that can be fitted."""
    if module is None:
        return []
    found = inspect.getmembers(module, inspect.isclass)
    return [f"{module.__name__}.{name}" for name, kind in found if hasattr(kind, "fit")]


def _reason(error: Exception) -> str:
    """Return the first line of an error that says something of its own."""
    if isinstance(error, ValidationError):
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return str(error).strip().partition("\n")[0] or type(error).__name__
