"""Wherever a plugin's code is called, what it raises becomes that plugin's failure and no more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import field_validator

from digitbench import BuildContext, Dataset, DatasetSpec, ModelFamily, ModelOptions, ModelSpec
from digitbench.datasets.load import load_dataset
from digitbench.datasets.status import dataset_status, verify
from digitbench.errors import (
    ContractError,
    DatasetError,
    DigitbenchError,
    ExportError,
    UsageError,
)
from digitbench.exporting import export_run
from digitbench.plugin_validation import check_model, resolve_member
from digitbench.plugins import PluginEntry, PluginHost, PluginInfo
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.runner.trial import run_trial
from digitbench.testing.results import CheckFailure, no_error
from digitbench.types import DataContext, ExporterSpec, RunPlan, TrialData, TrialSpec
from digitbench.workflows.health.places import of_data


class OddError(BaseException):
    """What a plugin raises that is no `Exception`."""


def fail(*arguments: object, **named: object) -> Any:
    raise OddError("odd")


class Options(ModelOptions):
    """Options that fail at any other value than the default."""

    k: int = 1

    @field_validator("k")
    @classmethod
    def _check(cls, k: int) -> int:
        return k if k == 1 else int(fail())


class FailingDefaults(ModelOptions):
    """Options that cannot be made."""

    def model_post_init(self, context: object) -> None:
        fail()


class Locating:
    """A loader that says where it would find its data."""

    def __call__(self, context: DataContext) -> Dataset:
        return Dataset(*fail())

    sources = where_otherwise = fail


def host_with(spec: ModelSpec) -> PluginHost:
    return PluginHost(models={spec.name: PluginEntry(spec, PluginInfo("odd"))})


def plan_models(text: str, **parts: Any) -> None:
    spec = ModelSpec("odd", "Odd", fail, **parts)
    resolve_models(parse_models(text), host_with(spec), quick="quick_options" in parts)


CALLS: dict[str, tuple[Callable[[Path], object], type[DigitbenchError]]] = {
    "a validator": (lambda path: plan_models("odd[k=2]", options=Options), UsageError),
    "a validator of quick options": (
        lambda path: plan_models("odd", options=Options, quick_options={"k": 2}),
        UsageError,
    ),
    "deterministic": (lambda path: plan_models("odd", deterministic=fail), UsageError),
    "the default options": (
        lambda path: check_model(ModelSpec("odd", "Odd", fail, options=FailingDefaults)),
        ContractError,
    ),
    "resolve": (lambda path: resolve_member(ModelFamily("odd", "Odd", fail), "x"), UsageError),
    "load": (
        lambda path: load_dataset(DatasetSpec("odd", "Odd", fail), DataContext(path)),
        DatasetError,
    ),
    "export": (
        lambda path: export_run(ExporterSpec("odd", "Odd", fail), None, None),  # type: ignore[arg-type]
        ExportError,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_ends_in_an_error_of_ours_that_tells_theirs(name: str, tmp_path: Path) -> None:
    call, kind = CALLS[name]
    with pytest.raises(kind, match="OddError: odd"):
        call(tmp_path)


def test_a_loader_that_cannot_say_where_its_data_are_is_named(tmp_path: Path) -> None:
    spec = DatasetSpec("odd", "Odd", Locating(), canonical_fingerprint="0")
    context = DataContext(tmp_path)
    assert dataset_status(spec, context).where == "OddError: odd"
    (row,) = verify([spec], context)
    assert (row.ok, row.detail) == (False, "OddError: odd")
    (found,) = of_data([spec], None, offline=True)
    assert found.text == "not here: odd"


def test_a_check_has_failed() -> None:
    with pytest.raises(CheckFailure) as failure, no_error("at all", "Mend it."):
        fail()
    assert failure.value.found == "OddError: odd"


class Model:
    """A classifier with one member that fails."""

    def __init__(self, member: str) -> None:
        self._member = member

    def __getattribute__(self, name: str) -> Any:
        if name == object.__getattribute__(self, "_member"):
            fail()
        return object.__getattribute__(self, name)

    def fit(self, train: Any, validation: Any) -> None:
        """Learn nothing."""

    def predict(self, images: Any) -> Any:
        """Say 0."""
        return [0] * len(images)


MEMBERS = [
    "fit",
    "predict",
    "predict_proba",
    "n_parameters",
    "size_bytes",
    "details",
    "history",
]


@pytest.mark.parametrize("member", ["build", *MEMBERS])
def test_a_trial_has_failed(
    member: str,
    tiny_data: TrialData,
    plan_of: Callable[..., RunPlan],
    host_of: Callable[..., PluginHost],
) -> None:
    def build(options: Any, context: BuildContext) -> Any:
        return fail() if member == "build" else Model(member)

    spec = ModelSpec("odd", "Odd", build)
    trial = TrialSpec(model="odd", name="odd", options={}, trial=1, seed=1, threads=1)
    result = run_trial(trial, spec, tiny_data, lambda progress: None)
    assert (result.status, result.error) == ("failed", "OddError: odd")
    assert "in fail" in (result.traceback or "")


class Record:
    """A record that fails when it is looked at."""

    __class__ = property(fail)


class Plugin:
    """A plugin whose records are bad, each in its own way."""

    from digitbench import hookimpl

    @hookimpl
    def digitbench_models(self) -> Any:
        """Offer a bad record and a good one."""
        return [Record(), ModelSpec("good", "Good", fail)]

    @hookimpl
    def digitbench_datasets(self) -> Any:
        """Fail after the first record."""
        yield DatasetSpec("odd", "Odd", fail, canonical_fingerprint=3)  # type: ignore[arg-type]

    @hookimpl
    def digitbench_exporters(self) -> Any:
        """Fail amid the records."""
        yield ExporterSpec("good", "Good", fail)
        fail()


def test_records_are_left_out_one_by_one() -> None:
    host = PluginHost()
    host.add(PluginInfo("odd"), Plugin)
    assert list(host.models) == ["good"]
    assert [failure.reason for failure in host.failures] == [
        "digitbench_models: OddError: odd",
        "digitbench_datasets: data set 'odd': canonical_fingerprint must be text or None",
        "digitbench_exporters failed: OddError: odd",
    ]
