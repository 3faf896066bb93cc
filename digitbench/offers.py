"""Checks the records that plugins offer, one by one."""

import re
from typing import TypeVar

from digitbench.errors import ContractError, UsageError
from digitbench.foreign import foreign_code
from digitbench.types import (
    DatasetSpec,
    ExporterSpec,
    ModelFamily,
    ModelOptions,
    ModelSpec,
    PublishedResult,
)

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
RESERVED_NAMES = frozenset({"all"})

SpecT = TypeVar("SpecT", ModelSpec, ModelFamily, DatasetSpec, ExporterSpec)


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
    if not isinstance(record.options, type) or not issubclass(record.options, ModelOptions):
        raise ContractError(f"model '{name}': options must be a subclass of ModelOptions")
    with foreign_code(
        lambda reason: ContractError(
            f"model '{name}': every option needs a valid default ({reason})"
        )
    ):
        record.is_deterministic(record.options())
    with foreign_code(
        lambda reason: ContractError(f"model '{name}': bad quick_options ({reason})")
    ):
        record.options.model_validate(dict(record.quick_options))
    if not isinstance(record.published, PublishedResult | None):
        raise ContractError(f"model '{name}': published must be a PublishedResult or None")


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
    if not isinstance(record.canonical_fingerprint, str | None):
        raise ContractError(
            f"data set '{record.name}': canonical_fingerprint must be a string or None"
        )
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


def _check_name(kind: str, record: SpecT) -> None:
    name = record.name
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ContractError(
            f"bad {kind} name {name!r}: use lower-case letters, digits, dashes and underscores"
        )
    if name in RESERVED_NAMES:
        raise ContractError(f"the {kind} name '{name}' is reserved")


def _check_summary(kind: str, record: SpecT) -> None:
    summary = record.summary
    if not isinstance(summary, str) or not summary.strip() or "\n" in summary:
        raise ContractError(f"{kind} '{record.name}': the summary must be one line of text")
