"""The paper's experiments as data, and what may stand beside its figures."""

from collections.abc import Callable

import pytest

from digitbench.analysis.paper import LIU_FU, Paper
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import resolve_models
from digitbench.types import RunPlan
from digitbench.workflows.reproduce import check_comparable


def test_the_experiments_name_models_that_there_are_in_normal_form() -> None:
    text = LIU_FU.models(best=True)
    models = resolve_models(parse_models(text), load_plugins())
    assert ",".join(model.label for model in models) == text
    assert len(models) == len(parse_models(LIU_FU.models(best=False))) + 1
    for experiment in LIU_FU.experiments:
        labels = {*experiment.models, *experiment.best}
        (published,) = {m.published for m in models if m.label in labels}
        assert published is not None
        assert published.dataset == LIU_FU.dataset
        assert len(published.accuracies) == 5


def test_their_trials_are_known_again_when_read_from_a_store(
    plan_of: Callable[..., RunPlan],
) -> None:
    plan = plan_of(load_plugins(), LIU_FU.models(best=True))
    assert RunPlan.model_validate_json(plan.model_dump_json()).trial_specs() == plan.trial_specs()


def test_only_the_published_data_will_do(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    host = host_of("replica")
    digits = {"name": "digits", "canonical": True}
    plan = plan_of(host, "replica")
    same = plan.model_copy(update={"dataset": plan.dataset.model_copy(update=digits)})
    paper = Paper("A Paper", "digits", ())
    check_comparable(same, paper)
    for change in ({"canonical": False}, {"canonical": None}, {"name": "mnist"}):
        dataset = same.dataset.model_copy(update=change)
        with pytest.raises(UsageError, match="are not the canonical digits"):
            check_comparable(same.model_copy(update={"dataset": dataset}), paper)


def test_a_model_without_published_accuracies_is_refused(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    plan = plan_of(host_of("centroid"), "centroid", canonical=True)
    with pytest.raises(UsageError, match="no published accuracies of centroid on mnist"):
        check_comparable(plan, Paper("A Paper", "mnist", ()))
