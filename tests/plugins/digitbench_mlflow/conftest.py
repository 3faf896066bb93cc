"""A new MLflow store for each test, and what a store holds as plain values."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import made_environment
from digitbench.plugins import PluginHost
from digitbench.types import RunPlan, RunRecord, TrialResult

START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass(frozen=True)
class Store:
    """An MLflow store of a test's own.

    Attributes:
        uri: its tracking URI.
        client: an `mlflow.MlflowClient` of it.
    """

    uri: str
    client: Any

    def runs(self) -> list[Any]:
        """Return the runs that were not deleted, oldest first."""
        experiment = self.client.get_experiment_by_name("digitbench")
        return list(self.client.search_runs([experiment.experiment_id], order_by=["start_time"]))

    def parents(self) -> list[Any]:
        """Return the runs that are in no other."""
        return [run for run in self.runs() if "mlflow.parentRunId" not in run.data.tags]

    def trials(self) -> list[Any]:
        """Return the nested runs, oldest first."""
        return [run for run in self.runs() if "mlflow.parentRunId" in run.data.tags]

    def content(self) -> list[Any]:
        """Return all that the runs say, without the ids that MLflow draws."""
        return [
            (
                run.info.run_name,
                run.info.status,
                run.info.start_time,
                run.info.end_time,
                {key: run.data.tags[key] for key in run.data.tags if key != "mlflow.parentRunId"},
                run.data.params,
                {
                    key: [
                        (point.step, point.timestamp, point.value)
                        for point in self.client.get_metric_history(run.info.run_id, key)
                    ]
                    for key in run.data.metrics
                },
            )
            for run in self.runs()
        ]


@pytest.fixture(autouse=True)
def environment_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo, after the test, what the plugin sets for MLflow."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "CRITICAL")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with MLflow's tables, which take it seconds to make."""
    pytest.importorskip("mlflow")
    from digitbench_mlflow.connection import connect

    file = tmp_path_factory.mktemp("mlflow") / "empty.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_LOGGING_LEVEL", "CRITICAL")
        connect(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def new_store(empty_store: Path, tmp_path: Path) -> Callable[[str], Store]:
    """Return a function that makes a store of a name."""
    from digitbench_mlflow.connection import connect

    def make(name: str) -> Store:
        file = shutil.copy(empty_store, tmp_path / f"{name}.db")
        return Store(f"sqlite:///{file}", connect(f"sqlite:///{file}"))

    return make


@pytest.fixture
def store(new_store: Callable[[str], Store]) -> Store:
    """Return a store with no runs."""
    return new_store("store")


@pytest.fixture
def result_of() -> Callable[..., TrialResult]:
    """Return a function that makes a result of one of a plan's trials."""

    def make(plan: RunPlan, trial: int, *, model: int = 0, **values: Any) -> TrialResult:
        label = plan.models[model].label
        spec = next(s for s in plan.trial_specs() if (s.model, s.trial) == (label, trial))
        started_at = START + timedelta(seconds=10 * trial + model)
        defaults: dict[str, Any] = {
            "status": "ok",
            "started_at": started_at,
            "finished_at": started_at + timedelta(seconds=2),
            "accuracy": 0.9,
            "fit_seconds": 1.5,
            "fit_cpu_seconds": 1.25,
            "predict_seconds": 0.25,
            "n_parameters": 7840,
            "details": {"backend": "numpy"},
            "history": ({"loss": 0.5}, {"loss": 0.25}),
        }
        return TrialResult(spec=spec, **(defaults | values))

    return make


@pytest.fixture
def record_of(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    result_of: Callable[..., TrialResult],
) -> Callable[..., RunRecord]:
    """Return a function that makes the record of a run of `centroid` with so many trials."""

    def make(trials: int = 2, **values: Any) -> RunRecord:
        plan = plan_of(host_of("centroid"), "centroid[noise=0.5]", trials=trials)
        defaults: dict[str, Any] = {
            "id": "20260301T120000Z-centroid",
            "plan": plan,
            "environment": made_environment(
                python="3.12.1", versions={"digitbench": "0.1.0", "numpy": "2.4.0"}
            ),
            "started_at": START,
            "finished_at": START + timedelta(minutes=1),
            "status": "complete",
            "results": tuple(result_of(plan, trial) for trial in range(1, trials + 1)),
        }
        return RunRecord(**(defaults | values))

    return make
