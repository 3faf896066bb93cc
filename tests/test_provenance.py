"""What differs between two runs apart from their models."""

from collections.abc import Callable

import pytest

from builders import made_environment, made_run
from digitbench.plugins import PluginHost
from digitbench.provenance import DifferenceKind, run_differences
from digitbench.types import PlannedModel, RunPlan, RunRecord

Pairs = list[tuple[PlannedModel, PlannedModel]]


@pytest.fixture
def record(host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]) -> RunRecord:
    """Return a run without results."""
    return made_run(
        plan_of(host_of("centroid"), "centroid,centroid[noise=1]"),
        environment=made_environment(
            versions={"digitbench": "1", "numpy": "2.0"}, variables={"OMP_NUM_THREADS": "1"}
        ),
    )


def changed(record: RunRecord, **changes: object) -> RunRecord:
    """Return a run with changes to its plan, or to its environment."""
    fields = set(RunPlan.model_fields)
    of_plan = {name: value for name, value in changes.items() if name in fields}
    of_environment = {name: value for name, value in changes.items() if name not in fields}
    return record.model_copy(
        update={
            "plan": record.plan.model_copy(update=of_plan),
            "environment": record.environment.model_copy(update=of_environment),
        }
    )


def test_runs_that_are_alike_differ_in_nothing(record: RunRecord) -> None:
    models = record.plan.models
    assert run_differences(record, record, [(models[0], models[0])]) == ()
    assert run_differences(record, record, [(models[0], models[1])]) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_seed": 7}, ["seed: A had 0, B has 7"]),
        ({"threads": 4}, ["number of threads: A had 1, B has 4"]),
        (
            {"jobs": 2, "engine": "dask"},
            ["number of jobs: A had 1, B has 2", "engine: A had inline, B has dask"],
        ),
        ({"processor": "Another"}, ["processor: A had A processor, B has Another"]),
        ({"python": "3.13.1"}, ["Python: A had 3.12.0, B has 3.13.1"]),
        (
            {"versions": {"digitbench": "2", "numpy": "2.0"}},
            ["version of digitbench: A had 1, B has 2"],
        ),
        ({"variables": {}}, ["OMP_NUM_THREADS: A had 1, B has none"]),
    ],
)
def test_each_difference_is_a_phrase(
    record: RunRecord, changes: dict[str, object], said: list[str]
) -> None:
    models = record.plan.models
    found = run_differences(record, changed(record, **changes), [(models[0], models[0])])
    assert [fact.beside() for fact in found] == said


def test_training_sets_of_other_sizes_are_told_of(record: RunRecord) -> None:
    dataset = record.plan.dataset.model_copy(update={"train_size": 70, "validation_size": 10})
    found = run_differences(record, changed(record, dataset=dataset), [])
    assert [fact.beside() for fact in found] == ["number of validation images: A had 20, B has 10"]


def test_other_code_of_the_same_model_is_told_of_with_other_options_too(record: RunRecord) -> None:
    one, other = record.plan.models
    edited = other.model_copy(update={"source_hash": "f" * 64, "plugin": "moved.py"})
    plugin, source = run_differences(record, record, [(one, edited)])
    assert plugin.beside() == "plugin of centroid: A had centroid.py, B has moved.py"
    assert (source.kind, source.model) == (DifferenceKind.SOURCE, "centroid")
    assert (source.then, source.now) == ((one.source_hash or "")[:12], "f" * 12)
    stranger = edited.model_copy(update={"name": "another"})
    assert run_differences(record, record, [(one, stranger)]) == ()
