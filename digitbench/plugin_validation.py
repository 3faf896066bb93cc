"""Checks the records that plugins offer, one by one."""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

from digitbench.errors import ContractError, UsageError
from digitbench.foreign import foreign_code
from digitbench.metrics import metric_of, taken_names
from digitbench.types import (
    DatasetSpec,
    EngineSpec,
    ExporterSpec,
    MetricSpec,
    ModelFamily,
    ModelOptions,
    ModelSpec,
    PublishedResult,
    TrialResult,
    option_values,
)
from digitbench.types.models import PYTHON_FAMILY
from digitbench.types.plain import short

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,99}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,99}")
_TAKEN = taken_names(TrialResult.model_fields)
_MOST_CHARACTERS = 1_000
_MOST_OF_HEADING = 40
RESERVED_NAMES = frozenset({"all"})

SpecT = TypeVar("SpecT", ModelSpec, ModelFamily, DatasetSpec, ExporterSpec, EngineSpec, MetricSpec)


def check_model(record: object) -> ModelSpec:
    """Return the record if it is a sound `ModelSpec`, or raise a `ContractError`."""
    if not isinstance(record, ModelSpec):
        raise ContractError(f"expected a ModelSpec, got {type(record).__name__}")
    _check_name("model", record)
    _check_model_parts(record)
    return record


def _check_model_parts(record: ModelSpec) -> None:
    """Check all of a model but its name."""
    name = record.name
    _check_summary("model", record)
    if not callable(record.build):
        raise ContractError(f"model '{name}': build is not callable")
    if record.load is not None and not callable(record.load):
        raise ContractError(f"model '{name}': load must be a function or None")
    _check_exports(record)
    _check_options("model", record)
    if not isinstance(record.deterministic, bool) and not callable(record.deterministic):
        raise ContractError(f"model '{name}': deterministic must be true, false or a function")
    with _defaults_made("model", name):
        record.is_deterministic(record.options())
    with foreign_code(
        lambda reason: ContractError(f"model '{name}': bad quick_options ({reason})")
    ):
        option_values(record.options.model_validate(dict(record.quick_options)))
    if record.published is not None:
        _check_published(record.published, name)


def _check_exports(record: ModelSpec) -> None:
    exports: object = record.exports
    sound = isinstance(exports, Mapping) and all(
        isinstance(name, str) and _NAME.fullmatch(name) and callable(write)
        for name, write in exports.items()
    )
    if not sound:
        raise ContractError(
            f"model '{record.name}': exports must map names of formats to functions"
        )


def _check_published(published: object, name: str) -> None:
    if not isinstance(published, PublishedResult):
        raise ContractError(f"model '{name}': published must be a PublishedResult or None")
    if not all(0 <= accuracy <= 1 for accuracy in published.accuracies):
        raise ContractError(f"model '{name}': published accuracies must be fractions, 0 to 1")
    if not all(map(_is_line, (published.dataset, published.source))):
        raise ContractError(
            f"model '{name}': published must name its data set and source in a line"
        )


def check_family(record: object) -> ModelFamily:
    """Return the record if it is a sound `ModelFamily`, or raise a `ContractError`."""
    if not isinstance(record, ModelFamily):
        raise ContractError(f"expected a ModelFamily, got {type(record).__name__}")
    _check_name("model family", record)
    _check_summary("model family", record)
    if not callable(record.resolve):
        raise ContractError(f"model family '{record.name}': resolve is not callable")
    return record


def resolve_member(family: ModelFamily, member: str) -> ModelSpec:
    """Return a model of a family.

    Args:
        family: a sound one.
        member: what follows its name and the colon.

    Raises:
        UsageError: there is no such member, or the family failed at it.
        ContractError: what the family gave is not sound.
    """
    name = f"{family.name}:{member}"
    with foreign_code(lambda reason: UsageError(f"the model '{name}' cannot be made: {reason}")):
        spec: object = family.resolve(member)
        if not isinstance(spec, ModelSpec) or spec.name != name:
            raise ContractError(
                f"model family '{family.name}': resolve must give a ModelSpec '{name}'"
            )
    _check_model_parts(spec)
    return spec


def check_dataset(record: object) -> DatasetSpec:
    """Return the record if it is a sound `DatasetSpec`, or raise a `ContractError`."""
    if not isinstance(record, DatasetSpec):
        raise ContractError(f"expected a DatasetSpec, got {type(record).__name__}")
    _check_name("data set", record)
    _check_summary("data set", record)
    if not callable(record.load):
        raise ContractError(f"data set '{record.name}': load is not callable")
    for member in ("canonical_fingerprint", "source_url"):
        if not isinstance(getattr(record, member), str | None):
            raise ContractError(f"data set '{record.name}': {member} must be text or None")
    return record


def check_exporter(record: object) -> ExporterSpec:
    """Return the record if it is a sound `ExporterSpec`, or raise a `ContractError`."""
    if not isinstance(record, ExporterSpec):
        raise ContractError(f"expected an ExporterSpec, got {type(record).__name__}")
    _check_name("exporter", record)
    _check_summary("exporter", record)
    if not callable(record.export):
        raise ContractError(f"exporter '{record.name}': export is not callable")
    return record


def check_engine(record: object) -> EngineSpec:
    """Return the record if it is a sound `EngineSpec`, or raise a `ContractError`."""
    if not isinstance(record, EngineSpec):
        raise ContractError(f"expected an EngineSpec, got {type(record).__name__}")
    _check_name("engine", record)
    _check_summary("engine", record)
    if not callable(record.build):
        raise ContractError(f"engine '{record.name}': build is not callable")
    _check_options("engine", record)
    return record


def _check_options(kind: str, record: ModelSpec | EngineSpec) -> None:
    if not isinstance(record.options, type) or not issubclass(record.options, ModelOptions):
        raise ContractError(f"{kind} '{record.name}': options must be a subclass of ModelOptions")
    with _defaults_made(kind, record.name):
        option_values(record.options())


def _defaults_made(kind: str, name: str) -> AbstractContextManager[None]:
    return foreign_code(
        lambda reason: ContractError(
            f"{kind} '{name}': every option needs a valid default ({reason})"
        )
    )


def check_metric(record: object) -> MetricSpec:
    """Return the record if it is a sound `MetricSpec`, or raise a `ContractError`."""
    if not isinstance(record, MetricSpec):
        raise ContractError(f"expected a MetricSpec, got {type(record).__name__}")
    if not isinstance(record.key, str) or not _KEY.fullmatch(record.key):
        raise ContractError(
            f"bad metric key {short(record.key)}: use lower-case letters, digits and underscores, "
            "100 at most"
        )
    _check_summary("metric", record)
    for name, text in (("heading", record.heading), ("unit", record.unit)):
        if not isinstance(text, str) or not _is_line(text) or len(text) > _MOST_OF_HEADING:
            raise ContractError(f"metric '{record.key}': {name} must be a few words of text")
    if not record.heading.strip():
        raise ContractError(f"metric '{record.key}': the heading is empty")
    if not callable(record.compute):
        raise ContractError(f"metric '{record.key}': compute is not callable")
    if not isinstance(record.less_is_better, bool):
        raise ContractError(f"metric '{record.key}': less_is_better must be true or false")
    if clash := sorted(_TAKEN.intersection((record.key, *metric_of(record).fields))):
        raise ContractError(
            f"the metric key '{record.key}' would give '{clash[0]}', a name of digitbench's own"
        )
    return record


def _check_name(kind: str, record: SpecT) -> None:
    name = record.name
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ContractError(
            f"bad {kind} name {short(name)}: use lower-case letters, digits, dashes and "
            "underscores, 100 at most"
        )
    if name in RESERVED_NAMES or (kind == "model family" and name == PYTHON_FAMILY):
        raise ContractError(f"the {kind} name '{name}' is reserved")


def _check_summary(kind: str, record: SpecT) -> None:
    summary = record.summary
    if not isinstance(summary, str) or not summary.strip() or not _is_line(summary):
        raise ContractError(
            f"{kind} '{record.name}': the summary must be one line of text, of at most "
            f"{_MOST_CHARACTERS:,} characters"
        )


def _is_line(text: str) -> bool:
    """Tell whether a text fits a line: no control character, no half of a surrogate pair."""
    return len(text) <= _MOST_CHARACTERS and not any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text
    )
