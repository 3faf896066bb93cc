"""The parameters of an estimator's constructor as options of a model."""

import re
from collections.abc import Mapping
from inspect import cleandoc
from textwrap import dedent
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, create_model, model_validator

from digitbench import AnyValue, BuildContext, ModelOptions, TrialArguments

_NO_DESCRIPTION = "parameter of the constructor"


def estimator_options(
    kind: type, defaults: Mapping[str, Any], trial: TrialArguments
) -> type[ModelOptions]:
    """Make the options of an estimator: its parameters, but for those the trial decides.

    A parameter whose default cannot be written as text (an array, a function) is left out and
    keeps its default.

    Args:
        kind: the estimator's class.
        defaults: its parameters (`digitbench.constructor_defaults`).
        trial: those that the trial decides.
    """
    descriptions = parameter_descriptions(kind.__doc__ or "")
    fields: dict[str, Any] = {}
    for name, default in defaults.items():
        if name in trial.decided or not is_plain(default):
            continue
        description = descriptions.get(name, _NO_DESCRIPTION)
        fields[name] = (AnyValue, Field(default, description=description))

    def check(options: ModelOptions) -> ModelOptions:
        """Let the estimator check the values, if it can do that before it is fitted."""
        try:
            estimator = make_estimator(kind, options, trial, BuildContext(seed=0, threads=1))
            _validate(estimator)
        except Exception as error:
            raise ValueError(str(error)) from error
        return options

    validators: dict[str, Any] = {"check": model_validator(mode="after")(check)}
    return create_model(
        f"{kind.__name__}Options",
        __base__=ModelOptions,
        __validators__=validators,
        **fields,
    )


def make_estimator(
    kind: type, options: ModelOptions, trial: TrialArguments, context: BuildContext
) -> Any:
    """Make an unfitted estimator with the trial's seed and threads, where it takes them.

    Only the options that are not as the library has them are given to it: some refuse two names
    of one parameter, even at their defaults.
    """
    given = {
        name: value
        for name, field in type(options).model_fields.items()
        if (type(value := getattr(options, name)), value) != (type(field.default), field.default)
    }
    return kind(**given, **trial.values(context.seed, context.threads))


def _validate(estimator: Any) -> None:
    """Let scikit-learn hold the values against what it allows, in the versions that can.

    Neither member is public: a class of another package may lack the first, and what else goes
    wrong in them is no fault of the values, which `fit` checks anyway.

    Raises:
        ValueError: a value is not allowed.
    """
    if not isinstance(getattr(estimator, "_parameter_constraints", None), dict):
        return
    try:
        getattr(estimator, "_validate_params", lambda: None)()
    except (AttributeError, NotImplementedError):
        return


def is_plain(value: object) -> bool:
    """Tell whether a value can be written as an option's text."""
    try:
        TypeAdapter(AnyValue).validate_python(value)
    except ValidationError:
        return False
    return True


def parameter_descriptions(docstring: str) -> dict[str, str]:
    """Return the type and first sentence that a docstring in numpydoc's style gives a parameter."""
    section = re.search(
        r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", cleandoc(docstring), re.M | re.S
    )
    text = dedent(section[1]) if section else ""
    entries = re.split(r"^(?=\w[\w, ]* : )", text, flags=re.M)
    found = {}
    for entry in entries:
        names, _, rest = entry.partition(" : ")
        kind, _, text = rest.partition("\n")
        kind = re.sub(r",? *(default=|optional).*", "", kind).strip()
        plain = re.sub(r":\w+:(?=`)|`", "", " ".join(text.split()))
        words = re.split(r"\.(?=\s|$)|: - ", plain, maxsplit=1)[0]
        for name in filter(None, map(str.strip, names.split(","))):
            found[name] = f"{kind}: {words}" if words else kind
    return found
