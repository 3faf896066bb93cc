"""A whole run: the plan's trials go through an engine, and the hooks hear of each step."""

from collections.abc import Iterable
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
    plan: RunPlan,
    host: PluginHost,
    data: TrialData,
    engine: Engine,
    runs_dir: Path,
    listeners: Iterable[object] = (),
) -> Path:
    """Run every trial of a plan and return the run's directory.

    Each result is on disk before any hook hears of it and the next trial starts. An interrupt
    (Ctrl-C) ends the run early: its status is then `interrupted`, and what was finished is kept.

    Args:
        plan: what to run.
        host: the plugins; its models must hold those of the plan.
        data: the images.
        engine: where the trials run.
        runs_dir: where the run's directory is made.
        listeners: hook users of the caller's, such as a progress display.

    Raises:
        StoreError: the run directory cannot be written.
    """
    distributions = [model.distribution for model in plan.models if model.distribution]
    environment = describe_environment(distributions)
    writer = create_run(runs_dir, plan, environment, data.test.labels)
    bench = Workbench({name: offer.spec for name, offer in host.models.items()}, data)
    with host.listening(writer, *listeners):
        host.notify("digitbench_run_started", plan=plan)
        results, status = _run_trials(plan, host, engine, bench)
        finished = {"results": results, "status": status, "finished_at": datetime.now(UTC)}
        host.notify("digitbench_run_finished", record=writer.record.model_copy(update=finished))
    return writer.path


def _run_trials(
    plan: RunPlan, host: PluginHost, engine: Engine, bench: Workbench
) -> tuple[tuple[TrialResult, ...], Literal["complete", "interrupted"]]:
    """Return the results in the order they came, and whether that was to the end."""
    results: list[TrialResult] = []
    try:
        for result in engine.run(plan.trial_specs(), bench, _HookEvents(host, plan)):
            host.notify("digitbench_trial_finished", plan=plan, result=result)
            results.append(result)
    except KeyboardInterrupt:
        return tuple(results), "interrupted"
    return tuple(results), "complete"
