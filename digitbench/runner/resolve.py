"""Finds what `--models`, `--dataset`, `--test-sets` and the like name among what plugins offer."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from difflib import get_close_matches
from itertools import combinations

from pydantic import JsonValue, ValidationError

from digitbench.code_hash import model_source_hash
from digitbench.errors import UsageError, safe_text
from digitbench.foreign import foreign_code
from digitbench.plugins import DISABLE_VARIABLE, PluginEntry, PluginHost
from digitbench.runner.model_requests import ALL_MODELS, ModelRequest
from digitbench.types import (
    DatasetSpec,
    EngineSpec,
    ExporterSpec,
    ModelOptions,
    ModelSpec,
    PlannedModel,
    TestSetSpec,
    option_values,
)
from digitbench.types.models import PYTHON_FAMILY, is_python

_EVERY_MODEL = ModelRequest(ALL_MODELS)


def resolve_models(
    requests: Iterable[ModelRequest], host: PluginHost, *, quick: bool = False
) -> tuple[PlannedModel, ...]:
    """Turn requests into the rows of a run, in the order asked for.

    `all` stands for the models, with their default options, that are not named beside it.

    Args:
        requests: what is asked for.
        host: the plugins.
        quick: give every model its quick options, where the request does not say otherwise.

    Raises:
        UsageError: a model is not there, an option is unknown or its value is wrong, two requests
            mean the same model with the same options or have one label, or a label is the name of
            another model.
    """
    asked = list(requests)
    named = {i: _resolve(item, host, quick) for i, item in enumerate(asked) if item != _EVERY_MODEL}
    for one, other in combinations(named.values(), 2):
        if _same(one, other):
            raise UsageError(
                f"--models names one model twice: {one.label} and {other.label} "
                "have the same options"
            )
        if one.label == other.label:
            raise UsageError(f"--models calls two models '{one.label}': give each its own label")
    planned: list[PlannedModel] = []
    for i in range(len(asked)):
        if i in named:
            planned.append(named[i])
            continue
        for model in (_resolve(ModelRequest(name), host, quick) for name in host.models):
            if not any(_same(model, other) for other in (*named.values(), *planned)):
                planned.append(model)
    if not planned:
        raise UsageError(f"no model was found{_left_out(host)}")
    return tuple(planned)


def find_model(name: str, host: PluginHost) -> PluginEntry[ModelSpec]:
    """Return the model of a name, be it a plugin's own or a member of a family.

    Raises:
        UsageError: no plugin offers it.
    """
    offer = host.model(name)
    if offer is not None:
        return offer
    family, colon, member = name.partition(":")
    if family == PYTHON_FAMILY and colon:
        raise UsageError(
            f"{member} was given as a Python object, which no run keeps: complete the run in "
            f"Python, digitbench.load_run(...).resume(models={{{member!r}: ...}})"
        )
    if colon:
        raise UsageError(_unknown("model family", family, host.families, host))
    if name in host.families:
        summary = host.families[name].spec.summary
        raise UsageError(f"'{name}' stands for many models: name one as {name}:..., {summary}")
    families = [f"{family}:..." for family in host.families]
    raise UsageError(_unknown("model", name, (*host.models, *families), host))


def find_dataset(name: str, host: PluginHost) -> DatasetSpec:
    """Return the data set of a name.

    Raises:
        UsageError: no plugin offers it.
    """
    if name in host.test_sets and name not in host.datasets:
        raise UsageError(
            f"{name} is a test set, not a data set: a run with --test-sets {name} loads it"
        )
    if name not in host.datasets:
        raise UsageError(_unknown("data set", name, host.datasets, host))
    return host.datasets[name].spec


def find_test_set(name: str, host: PluginHost) -> PluginEntry[TestSetSpec]:
    """Return the test set of a name.

    Raises:
        UsageError: no plugin offers it.
    """
    if name not in host.test_sets:
        raise UsageError(_unknown("test set", name, {**host.test_sets, **host.datasets}, host))
    return host.test_sets[name]


def find_engine(name: str, host: PluginHost) -> PluginEntry[EngineSpec]:
    """Return the engine of a name.

    Raises:
        UsageError: no plugin offers it.
    """
    if name not in host.engines:
        raise UsageError(_unknown("engine", name, host.engines, host))
    return host.engines[name]


def find_exporter(name: str, host: PluginHost) -> ExporterSpec:
    """Return the exporter of a name.

    Raises:
        UsageError: no plugin offers it.
    """
    if name not in host.exporters:
        raise UsageError(_unknown("exporter", name, host.exporters, host))
    return host.exporters[name].spec


def parse_option_values(
    name: str, options: type[ModelOptions], values: Mapping[str, object], kind: str = "model"
) -> ModelOptions:
    """Make the options of a model, or of something else that has some, from given values.

    Raises:
        UsageError: an option is unknown (the valid ones are named) or its value is wrong.
    """
    found = _validated(name, options, values, kind)
    if isinstance(found, ModelOptions):
        return found
    first = found.errors()[0]
    option = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        valid = ", ".join(options.model_fields) or "none"
        message = f"{kind} '{name}' has no option '{option}'; its options: {valid}"
    elif option:
        message = f"{kind} '{name}', option {option}={safe_text(first['input'])}: {reason}"
    else:
        message = f"{kind} '{name}': {reason}"
    raise UsageError(message) from found


def _validated(
    name: str, options: type[ModelOptions], values: Mapping[str, object], kind: str = "model"
) -> ModelOptions | ValidationError:
    """Make options, or say what is wrong with the values.

    Raises:
        UsageError: the plugin failed at it.
    """
    with _held(name, kind):
        try:
            return options.model_validate(dict(values))
        except ValidationError as error:
            return error


def _held(name: str, kind: str = "model") -> AbstractContextManager[None]:
    """Run a plugin's code that deals with options."""
    return foreign_code(
        lambda reason: UsageError(
            f"the options of {kind} '{name}' cannot be read, because its plugin failed: {reason}"
        )
    )


def _resolve(request: ModelRequest, host: PluginHost, quick: bool) -> PlannedModel:
    offer = find_model(request.name, host)
    spec = offer.spec
    _check_label(request, host)
    options = _quick_values(spec, request) if quick else None
    if options is None:
        options = parse_option_values(spec.name, spec.options, request.options)
    with _held(spec.name):
        normal = normal_form(spec.name, options)
        label = request.label or normal
        return PlannedModel(
            label=label,
            name=spec.name,
            options=plain_options(spec.name, options),
            deterministic=spec.is_deterministic(options),
            plugin=offer.plugin.name,
            distribution=offer.plugin.distribution,
            version=offer.plugin.version,
            source_hash=model_source_hash(spec),
            published=spec.published,
            alias_of=request.row.alias_of if request.row else _alias_of(label, normal),
        )


def _check_label(request: ModelRequest, host: PluginHost) -> None:
    """Refuse to call a model what another one is called.

    Raises:
        UsageError: it is to be called so.
    """
    free = request.row is not None or is_python(request.name)
    if not free and request.label in host.models and request.label != request.name:
        raise UsageError(
            f"--models: {request.name} cannot be called '{request.label}', which is another model: "
            "take another label"
        )


def _alias_of(label: str, normal: str) -> str | None:
    """Return the model in normal form if its label is another one and says nothing of it."""
    return None if label == normal or is_python(normal) else normal


def plain_options(name: str, options: ModelOptions, kind: str = "model") -> dict[str, JsonValue]:
    """Return the options of a model, or of something else that has some, as a run keeps them.

    Raises:
        UsageError: a value cannot be kept.
    """
    try:
        return option_values(options)
    except ValueError as error:
        raise UsageError(f"{kind} '{name}': {error}") from error


def _quick_values(spec: ModelSpec, request: ModelRequest) -> ModelOptions | None:
    """Make a model's options for a smoke run; None if its quick options do not go with the rest."""
    found = _validated(spec.name, spec.options, {**spec.quick_options, **request.options})
    return found if isinstance(found, ModelOptions) else None


def normal_form(name: str, options: ModelOptions) -> str:
    """Return a model, or something else, in normal form: the options given, in declared order."""
    values = options.model_dump(mode="json")
    given = [key for key in type(options).model_fields if key in options.model_fields_set]
    if not given:
        return name
    return f"{name}[{','.join(f'{key}={_text(values[key])}' for key in given)}]"


def _text(value: object) -> str:
    """Write an option's value as `--models` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "/".join(_text(part) for part in value)
    return str(value)


def _same(one: PlannedModel, other: PlannedModel) -> bool:
    return one.name == other.name and one.options == other.options


def _unknown(kind: str, name: str, offered: Collection[str], host: PluginHost) -> str:
    message = f"there is no {kind} '{name}'"
    near = get_close_matches(name, offered)
    if near:
        message += f"; did you mean {' or '.join(near)}?"
    else:
        message += f"; there are: {', '.join(offered) or 'none'}"
    return message + _left_out(host)


def _left_out(host: PluginHost) -> str:
    """Say which plugins might have had what is missing."""
    reasons = [str(failure) for failure in host.failures]
    if host.disabled:
        reasons.append(f"by {DISABLE_VARIABLE}: {', '.join(map(str, host.disabled))}")
    return f" (left out: {'; '.join(reasons)})" if reasons else ""
