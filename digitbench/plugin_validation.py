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
    NUM_CLASSES,
    DatasetSpec,
    EngineSpec,
    ExporterSpec,
    MetricSpec,
    ModelFamily,
    ModelOptions,
    ModelSpec,
    PublishedResult,
    TestSetSpec,
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

SpecT = TypeVar(
    "SpecT",
    ModelSpec,
    ModelFamily,
    DatasetSpec,
    ExporterSpec,
    EngineSpec,
    MetricSpec,
    TestSetSpec,
)


def check_model(record: object) -> ModelSpec:
    """Return the record if it is a sound `ModelSpec`, or raise a `ContractError`."""
    spec = _of_kind(ModelSpec, record)
    _check_name("model", spec)
    _check_model_parts(spec)
    return spec


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
    spec = _of_kind(ModelFamily, record)
    _check_name("model family", spec)
    _check_summary("model family", spec)
    if not callable(spec.resolve):
        raise ContractError(f"model family '{spec.name}': resolve is not callable")
    return spec


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
    spec = _of_kind(DatasetSpec, record)
    _check_name("data set", spec)
    _check_summary("data set", spec)
    if not callable(spec.load):
        raise ContractError(f"data set '{spec.name}': load is not callable")
    for member in ("canonical_fingerprint", "source_url"):
        if not isinstance(getattr(spec, member), str | None):
            raise ContractError(f"data set '{spec.name}': {member} must be text or None")
    _check_classes("data set", spec.name, spec.classes)
    return spec


def check_exporter(record: object) -> ExporterSpec:
    """Return the record if it is a sound `ExporterSpec`, or raise a `ContractError`."""
    spec = _of_kind(ExporterSpec, record)
    _check_name("exporter", spec)
    _check_summary("exporter", spec)
    if not callable(spec.export):
        raise ContractError(f"exporter '{spec.name}': export is not callable")
    return spec


def check_engine(record: object) -> EngineSpec:
    """Return the record if it is a sound `EngineSpec`, or raise a `ContractError`."""
    spec = _of_kind(EngineSpec, record)
    _check_name("engine", spec)
    _check_summary("engine", spec)
    if not callable(spec.build):
        raise ContractError(f"engine '{spec.name}': build is not callable")
    _check_options("engine", spec)
    return spec


def check_test_set(record: object) -> TestSetSpec:
    """Return the record if it is a sound `TestSetSpec`, or raise a `ContractError`."""
    spec = _of_kind(TestSetSpec, record)
    _check_name("test set", spec)
    _check_summary("test set", spec)
    if not callable(spec.load):
        raise ContractError(f"test set '{spec.name}': load is not callable")
    for member in ("argument", "source_url"):
        if not isinstance(getattr(spec, member), str | None):
            raise ContractError(f"test set '{spec.name}': {member} must be text or None")
    if spec.classes is not None:
        _check_classes("test set", spec.name, spec.classes)
    _check_options("test set", spec)
    return spec


def _check_classes(kind: str, name: str, classes: object) -> None:
    given = classes if isinstance(classes, tuple) else ()
    texts = [text for text in given if isinstance(text, str) and _is_line(text)]
    if not len(given) == len(texts) == NUM_CLASSES:
        raise ContractError(
            f"{kind} '{name}': classes must be a tuple of {NUM_CLASSES} texts, one for each label"
        )


def _check_options(kind: str, record: ModelSpec | EngineSpec | TestSetSpec) -> None:
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
    spec = _of_kind(MetricSpec, record)
    if not isinstance(spec.key, str) or not _KEY.fullmatch(spec.key):
        raise ContractError(
            f"bad metric key {short(spec.key)}: use lower-case letters, digits and underscores, "
            "100 at most"
        )
    _check_summary("metric", spec)
    for name, text in (("heading", spec.heading), ("unit", spec.unit)):
        if not isinstance(text, str) or not _is_line(text) or len(text) > _MOST_OF_HEADING:
            raise ContractError(f"metric '{spec.key}': {name} must be a few words of text")
    if not spec.heading.strip():
        raise ContractError(f"metric '{spec.key}': the heading is empty")
    if not callable(spec.compute):
        raise ContractError(f"metric '{spec.key}': compute is not callable")
    if not isinstance(spec.less_is_better, bool):
        raise ContractError(f"metric '{spec.key}': less_is_better must be true or false")
    if clash := sorted(_TAKEN.intersection((spec.key, *metric_of(spec).fields))):
        raise ContractError(
            f"the metric key '{spec.key}' would give '{clash[0]}', a name of digitbench's own"
        )
    return spec


def _of_kind(kind: type[SpecT], record: object) -> SpecT:
    """Return a record if it is of a kind.

    Raises:
        ContractError: it is of another.
    """
    if not isinstance(record, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise ContractError(f"expected {article} {kind.__name__}, got {type(record).__name__}")
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
