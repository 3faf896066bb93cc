"""Test sets of one or two images, or of one class: every command has its figures or one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import RunPlan, Split, TrialData

Command = Callable[..., Any]
TEST_SETS = {
    "one image": [3],
    "two images": [3, 5],
    "one class": [7] * 12,
}
MODELS = {
    "two models": ("centroid,centroid[noise=3]", 3),
    "one trial": ("centroid,centroid[noise=3]", 1),
    "one model": ("centroid[noise=3]", 2),
    "all wrong": ("centroid,centroid[noise=100]", 2),
}
COMMANDS = (
    ("show",),
    ("show", "--json"),
    ("show", "--trials-table"),
    ("list",),
    ("choose",),
    ("report", "--output", "r.html", "--offline"),
    ("report", "--format", "md"),
    ("report", "--format", "csv"),
    ("report", "--format", "latex"),
    ("report", "--format", "json"),
    ("baseline",),
    ("history", "centroid"),
)


@pytest.fixture(params=TEST_SETS)
def runs(
    request: pytest.FixtureRequest,
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    workdir: Path,
) -> Callable[[str, int], Path]:
    """Return a function that runs models on a small test set."""
    labels = np.array(TEST_SETS[request.param], np.uint8)
    pool = tiny_data.test
    images = pool.images[[int(np.flatnonzero(pool.labels == label)[0]) for label in labels]]
    data = TrialData(tiny_data.train, tiny_data.validation, Split(images, labels))

    def run(models: str, trials: int) -> Path:
        host = host_of("centroid")
        plan = plan_of(host, models, trials=trials)
        dataset = plan.dataset.model_copy(update={"test_size": len(labels)})
        plan = plan.model_copy(update={"dataset": dataset})
        return run_plan(plan, host, data, InlineEngine(), workdir / "runs")

    return run


@pytest.mark.parametrize("models", MODELS)
def test_every_command_copes(
    models: str, runs: Callable[[str, int], Path], command: Command, workdir: Path
) -> None:
    runs(*MODELS[models])
    for arguments in COMMANDS:
        outcome = command(*arguments)  # an exception is raised here
        assert outcome.code in {0, 2}, (arguments, outcome)
        if outcome.code == 2:
            assert len(outcome.err.splitlines()) == 1, (arguments, outcome.err)
        else:
            assert outcome.out or (workdir / "r.html").is_file()
    document = command("list", "--json").json
    assert [run["error"] for run in document["runs"]] == [None]
    baseline = command("baseline")
    if baseline.code == 0:
        (workdir / "b.json").write_text(baseline.out)
        assert command("check", "--run", "latest", "--baseline", "b.json").code in {0, 1, 2}
