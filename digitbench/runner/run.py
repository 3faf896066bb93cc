"""A whole run: the plan's trials go through an engine, and the hooks hear of each step."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from digitbench.plugins import PluginHost
from digitbench.runner.engines import Engine, Workbench
from digitbench.runner.environment import describe_environment
from digitbench.runner.trial import TrialData
from digitbench.store import create_run
from digitbench.types import FitProgress, RunPlan, TrialResult, TrialSpec


@dataclass(frozen=True)
class _HookEvents:
    """Passes an engine's events on to the hooks."""

    host: PluginHost
    plan: RunPlan

    def started(self, trial: TrialSpec) -> None:
        """Call `digitbench_trial_started`."""
        self.host.notify("digitbench_trial_started", plan=self.plan, trial=trial)

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Call `digitbench_trial_progress`."""
        self.host.notify(
            "digitbench_trial_progress", plan=self.plan, trial=trial, progress=progress
        )


def run_plan(
    plan: RunPlan, host: PluginHost, data: TrialData, engine: Engine, runs_dir: Path
) -> Path:
    """Run every trial of a plan and return the run's directory.

    Each result is on disk before the next trial starts. An interrupt (Ctrl-C) ends the run
    early: its status is then `interrupted`, and what was finished is kept.

    Raises:
        StoreError: the run directory cannot be written.
    """
    distributions = [model.plugin for model in plan.models]
    environment = describe_environment(distributions)
    writer = create_run(runs_dir, plan, environment, data.test.labels)
    host.listen(writer)
    bench = Workbench({name: offer.spec for name, offer in host.models.items()}, data)
    results: list[TrialResult] = []
    status: Literal["complete", "interrupted"] = "complete"
    try:
        host.notify("digitbench_run_started", plan=plan)
        for result in engine.run(plan.trial_specs(), bench, _HookEvents(host, plan)):
            host.notify("digitbench_trial_finished", plan=plan, result=result)
            results.append(result)
    except KeyboardInterrupt:
        status = "interrupted"
    finished = {"results": tuple(results), "status": status, "finished_at": datetime.now(UTC)}
    host.notify("digitbench_run_finished", record=writer.record.model_copy(update=finished))
    return writer.path
