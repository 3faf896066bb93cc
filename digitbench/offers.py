"""Checks the records that plugins offer, one by one."""

import re
from typing import TypeVar

from digitbench.errors import PLUGIN_FAULTS, ContractError, one_line
from digitbench.types import DatasetSpec, ExporterSpec, ModelOptions, ModelSpec, PublishedResult

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_RESERVED_NAMES = frozenset({"all"})

SpecT = TypeVar("SpecT", ModelSpec, DatasetSpec, ExporterSpec)


def check_model(record: object) -> ModelSpec:
    """Return the record if it is a sound `ModelSpec`, or raise a `ContractError`."""
    if not isinstance(record, ModelSpec):
        raise ContractError(f"expected a ModelSpec, got {type(record).__name__}")
    _check_name("model", record)
    name = record.name
    if not callable(record.build):
        raise ContractError(f"model '{name}': build is not callable")
    if not isinstance(record.options, type) or not issubclass(record.options, ModelOptions):
        raise ContractError(f"model '{name}': options must be a subclass of ModelOptions")
    try:
        record.is_deterministic(record.options())
    except PLUGIN_FAULTS as error:
        raise ContractError(
            f"model '{name}': every option needs a valid default ({one_line(error)})"
        ) from error
    if not isinstance(record.published, PublishedResult | None):
        raise ContractError(f"model '{name}': published must be a PublishedResult or None")
    return record


def check_dataset(record: object) -> DatasetSpec:
    """Return the record if it is a sound `DatasetSpec`, or raise a `ContractError`."""
    if not isinstance(record, DatasetSpec):
        raise ContractError(f"expected a DatasetSpec, got {type(record).__name__}")
    _check_name("data set", record)
    if not callable(record.load):
        raise ContractError(f"data set '{record.name}': load is not callable")
    return record


def check_exporter(record: object) -> ExporterSpec:
    """Return the record if it is a sound `ExporterSpec`, or raise a `ContractError`."""
    if not isinstance(record, ExporterSpec):
        raise ContractError(f"expected an ExporterSpec, got {type(record).__name__}")
    _check_name("exporter", record)
    if not callable(record.export):
        raise ContractError(f"exporter '{record.name}': export is not callable")
    return record


def _check_name(kind: str, record: ModelSpec | DatasetSpec | ExporterSpec) -> None:
    name, summary = record.name, record.summary
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ContractError(
            f"bad {kind} name {name!r}: use lower-case letters, digits, dashes and underscores"
        )
    if name in _RESERVED_NAMES:
        raise ContractError(f"the {kind} name '{name}' is reserved")
    if not isinstance(summary, str) or not summary.strip() or "\n" in summary:
        raise ContractError(f"{kind} '{name}': the summary must be one line of text")
