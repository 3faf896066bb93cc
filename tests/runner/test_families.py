"""Members of model families, wherever a model's name goes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.errors import ContractError, UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_model, resolve_models
from digitbench.runner.run import environment_of, run_plan
from digitbench.store import read_run
from digitbench.types import Engine, EngineContext, PluginSources, RunPlan, TrialData
from digitbench.workflows.stored_request import request_from_plan

HostOf = Callable[..., PluginHost]
PlanOf = Callable[..., RunPlan]


@pytest.fixture
def host(host_of: HostOf) -> PluginHost:
    return host_of("families", "centroid")


def test_bad_records_are_left_out_and_the_good_ones_stay(host: PluginHost) -> None:
    assert list(host.families) == ["always", "breaks", "misnames"]
    assert [failure.reason.partition(":")[0] for failure in host.failures] == [
        "digitbench_model_families"
    ] * 2


def test_members_are_found_and_are_no_part_of_all(host: PluginHost) -> None:
    assert find_model("always:7", host).spec.summary == "Says 7"
    assert find_model("always:7", host) is find_model("always:7", host)
    assert [model.name for model in resolve_models(parse_models("all"), host)] == ["centroid"]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("always:x", UsageError, "write always:0 to always:9"),
        ("alwyas:7", UsageError, "there is no model family 'alwyas'; did you mean always?"),
        ("breaks:it", UsageError, "'breaks:it' cannot be made: RuntimeError: no it"),
        ("misnames:3", ContractError, "resolve must give a ModelSpec 'misnames:3'"),
    ],
)
def test_what_cannot_be_resolved_is_refused(
    name: str, kind: type[Exception], message: str, host: PluginHost
) -> None:
    with pytest.raises(kind, match=message.replace("?", r"\?")):
        resolve_models(parse_models(name), host)


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_every_engine_runs_a_member(
    engine: str,
    host: PluginHost,
    plugin_file: Callable[[str], Path],
    plan_of: PlanOf,
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    files = (plugin_file("families"), plugin_file("centroid"))
    workers = ProcessEngine(EngineContext(plugins=PluginSources(files)))
    runner: Engine = InlineEngine() if engine == "inline" else workers
    plan = plan_of(host, "always:7,centroid,always:8")
    record = read_run(run_plan(plan, host, tiny_data, runner, tmp_path))
    assert [result.accuracy for result in record.results if result.spec.name != "centroid"] == [
        0.1,
        0.1,
    ]
    assert record.id.endswith("always-7-centroid-always-8")
    assert request_from_plan(record.plan, {}).models == "always:7,centroid,always:8"


def test_results_of_a_member_are_reused(
    host: PluginHost, plan_of: PlanOf, tiny_data: TrialData, tmp_path: Path
) -> None:
    plan = plan_of(host, "always:7")
    first = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path))
    again = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path, reuse=True))
    assert [result.reused_from for result in again.results] == [first.id]
    assert environment_of(plan).versions == first.environment.versions
