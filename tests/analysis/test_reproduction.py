"""A run compared with published experiments."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from digitbench.analysis.difference import ReproductionVerdict
from digitbench.analysis.paper import Experiment, Paper
from digitbench.analysis.reproduction import reproduce
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import PublishedResult, RunPlan, RunRecord, TrialData

NOISY, SURE, FAILING = "centroid[noise=3.0]", "centroid", "raises-in-fit"
PUBLISHED = (0.91, 0.95, 0.93)


@pytest.fixture(scope="module")
def record(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> RunRecord:
    """Make a run of three models, all with published figures."""
    host = host_of("centroid", "faulty_models")
    plan = plan_of(host, f"{NOISY},{SURE},{FAILING}", trials=4, canonical=True)
    published = PublishedResult(dataset="mnist", accuracies=PUBLISHED, source="A Paper")
    models = tuple(m.model_copy(update={"published": published}) for m in plan.models)
    plan = plan.model_copy(update={"models": models})
    runs: Path = tmp_path_factory.mktemp("runs")
    return read_run(run_plan(plan, host, tiny_data, InlineEngine(), runs))


def paper(*models: str, best: tuple[str, ...] = ()) -> Paper:
    return Paper("A Paper", "mnist", (Experiment("one", "Experiment One", models, best),))


def test_every_figure_of_an_experiment(record: RunRecord) -> None:
    (result,) = reproduce(record, paper(NOISY, SURE))
    assert result.accuracy.mean == pytest.approx(0.93)
    assert result.margin == pytest.approx(0.04)
    assert result.trials == 4
    noisy, sure = result.recipes
    accuracies = [t.accuracy for t in noisy.summary.trials if t.accuracy is not None]
    assert len(accuracies) == 4
    expected = stats.ttest_ind(accuracies, PUBLISHED, equal_var=False).confidence_interval()
    assert noisy.difference is not None
    assert noisy.difference.interval == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert noisy.verdict == ReproductionVerdict.WORSE
    fits = [trial.fit_seconds for trial in noisy.summary.trials]
    assert noisy.fit_seconds_median == pytest.approx(np.median(np.array(fits, dtype=float)))
    assert [noisy.accuracy_of(trial) for trial in (1, 2, 3, 4)] == accuracies
    assert sure.accuracy_of(1) == 1.0
    assert sure.accuracy_of(2) is None
    assert sure.difference is not None
    assert sure.difference.interval is not None
    assert sure.verdict == ReproductionVerdict.BETTER


def test_a_recipe_that_always_fails_settles_nothing(record: RunRecord) -> None:
    (result,) = reproduce(record, paper(FAILING))
    (failing,) = result.recipes
    assert failing.difference is None
    assert failing.fit_seconds_median is None
    assert failing.verdict == ReproductionVerdict.NOT_SETTLED


def test_the_best_recipe_is_there_only_if_it_was_run(record: RunRecord) -> None:
    (result,) = reproduce(record, paper(NOISY, best=(SURE, "not-run")))
    assert [recipe.summary.planned.label for recipe in result.recipes] == [NOISY, SURE]


def test_a_model_without_published_figures_is_a_mistake(record: RunRecord) -> None:
    elsewhere = record.plan.dataset.model_copy(update={"canonical": False})
    plan = record.plan.model_copy(update={"dataset": elsewhere})
    with pytest.raises(ValueError, match="nothing published for centroid"):
        reproduce(record.model_copy(update={"plan": plan}), paper(SURE))
