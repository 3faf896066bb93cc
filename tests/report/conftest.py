"""A stored run to report on."""

from collections.abc import Callable, Mapping

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import PublishedResult, RunPlan, RunRecord, TrialData


@pytest.fixture(scope="session")
def record(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> RunRecord:
    """Make a run of a noisy model with a published figure, a sure one, and one that fails."""
    host = host_of("centroid", "faulty_models")
    plan = plan_of(host, "centroid[noise=0.3],centroid,wrong-labels", trials=3, canonical=True)
    published = PublishedResult(dataset="mnist", accuracies=(0.91, 0.93), source="A Paper, Table 2")
    first = plan.models[0].model_copy(update={"published": published})
    plan = plan.model_copy(update={"models": (first, *plan.models[1:])})
    return read_run(
        run_plan(plan, host, tiny_data, InlineEngine(), tmp_path_factory.mktemp("runs"))
    )


@pytest.fixture(scope="session")
def renamed() -> Callable[[RunRecord, Mapping[str, str]], RunRecord]:
    """Return a function that gives the models of a run other labels."""

    def rename(record: RunRecord, labels: Mapping[str, str]) -> RunRecord:
        models = tuple(
            model.model_copy(update={"label": labels.get(model.label, model.label)})
            for model in record.plan.models
        )
        results = tuple(
            result.model_copy(
                update={
                    "spec": result.spec.model_copy(
                        update={"model": labels.get(result.spec.model, result.spec.model)}
                    )
                }
            )
            for result in record.results
        )
        plan = record.plan.model_copy(update={"models": models})
        return record.model_copy(update={"plan": plan, "results": results})

    return rename
