"""What `digitbench check` and the plugin of pytest do: judge a stored run, or a new one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from digitbench.analysis.baseline import refuse_resampled
from digitbench.analysis.gate.compatibility import (
    changes,
    refuse_unless_meant,
    rounding_differences,
)
from digitbench.analysis.gate.decision import GateOutcome
from digitbench.analysis.gate.judgement import (
    Judgement,
    asks_something,
    check,
    looks_of,
    refuse_unknown_names,
)
from digitbench.analysis.gate.set_labels import with_labels_of
from digitbench.analysis.gate.settings import GateSettings
from digitbench.errors import UsageError
from digitbench.given import written_path
from digitbench.runner.model_requests import parse_models
from digitbench.runner.run import environment_of
from digitbench.runner.set_requests import sets_text
from digitbench.store.baseline import Baseline, read_baseline
from digitbench.types import Environment, RunPlan, RunRecord
from digitbench.workflows.chosen import ChosenModels
from digitbench.workflows.config_file import check_settings
from digitbench.workflows.execute import new_run
from digitbench.workflows.looks import looks
from digitbench.workflows.messages import Messages
from digitbench.workflows.request import RunRequest, key_of
from digitbench.workflows.stored import load_run
from digitbench.workflows.stored_request import request_from_baseline

__all__ = [
    "CheckInterruptedError",
    "GateSettings",
    "Judgement",
    "Task",
    "gate_settings",
    "judge_asked",
    "judge_new",
    "judge_stored",
    "read_baseline",
    "run_gate",
]

_MARK = "@pytest.mark.digitbench"
_RUN_SETTINGS = (
    *("models", "trials", "seed", "dataset", "data_dir", "validation", "vary", "test_sets"),
    *("engine", "jobs", "threads", "scheduler", "plugin_files", "offline", "timeout_seconds"),
)
"""What a mark may say of a run; vary is refused, with a reason."""


class CheckInterruptedError(Exception):
    """The run that was to be judged was interrupted."""

    def __init__(self, path: Path) -> None:
        """Remember where what had finished is kept."""
        super().__init__(f"interrupted; what had finished is stored in {path}")


@dataclass(frozen=True)
class Task:
    """What is to be judged, and by what.

    Attributes:
        baseline: None if only floors and ratios are asked for.
        settings: what is asked.
        models: labels of the models to judge; None for those of the run and the baseline.
        may_be_empty: whether it is no mistake if nothing but the trials is to be judged.
    """

    baseline: Baseline | None
    settings: GateSettings
    models: Collection[str] | None = None
    may_be_empty: bool = False

    def of(self, plan: RunPlan) -> Self:
        """Return the task for a run, whose test sets may lie elsewhere than the baseline's did."""
        baseline = self.baseline and with_labels_of(self.baseline, plan)
        return replace(self, baseline=baseline)

    def admit(
        self,
        plan: RunPlan,
        environment: Environment,
        messages: Messages,
        run: str = "the run",
    ) -> None:
        """Warn of what may shift predictions.

        Args:
            plan: what was done, or is to be done.
            environment: where.
            messages: where the warning goes.
            run: the name of the run, if there is one.

        Raises:
            UsageError: the run would be of something else than the baseline, a model that the
                settings name is not there, nothing is asked, or it is a smoke run.
        """
        if plan.dataset.quick:
            raise UsageError(
                f"{run} is a smoke run (--quick) and cannot be judged: make a whole one"
            )
        refuse_resampled(plan, run)
        known = refuse_unknown_names(plan, self.baseline, self.settings, self.models)
        labels = [label for label in known if self.models is None or label in self.models]
        if not self.may_be_empty and not asks_something(labels, self.baseline, self.settings):
            raise UsageError(
                "there is nothing to check: name a --baseline that has these models, or a floor "
                "such as --min-accuracy 0.9"
            )
        if self.baseline is None:
            return
        for label in sorted({one.label for one in plan.test_sets if one.error and one.argument}):
            if label in {one.label for one in self.baseline.test_sets}:
                messages.warn(
                    f"the baseline has the test set {label}: if its files lie elsewhere here, name "
                    "all test sets of the baseline with --test-sets, this one with its place here"
                )
        found = list(changes(self.baseline, plan))
        refuse_unless_meant(found, self.settings)
        for difference in found:
            messages.info(f"changed on purpose: {difference.text}")
        rounding = rounding_differences(self.baseline, plan, environment)
        if rounding:
            messages.warn(
                "not as it was for the baseline, which can shift a few predictions: "
                + "; ".join(fact.changed() for fact in rounding),
            )


def run_gate(
    asked: Mapping[str, Any],
    settings: GateSettings,
    baseline: Path | None,
    messages: Messages,
    *,
    run: str | None = None,
) -> Judgement:
    """Judge a stored run, or a new one.

    Args:
        asked: what a new run is to be, by field of `RunRequest`; by default as for the baseline.
        settings: what is asked of it.
        baseline: the file of one; None if only floors and ratios are asked for.
        messages: where it is said what is going on.
        run: the stored run to judge; None for a new one.

    Raises:
        CheckInterruptedError: the new run was interrupted.
        DigitbenchError: as `judge_stored` and `judge_new` do.
    """
    task = Task(read_baseline(baseline) if baseline else None, settings)
    if run is None:
        return judge_new(_request(asked, task), task, messages)
    record = load_run(run, RunRequest.of(asked).runs_dir)
    if "models" in asked:
        task = replace(task, models=[model.called for model in parse_models(asked["models"])])
    return judge_stored(record, task, messages)


def _request(asked: Mapping[str, Any], task: Task) -> RunRequest:
    if task.baseline is None:
        return RunRequest.of(asked)
    return request_from_baseline(task.baseline, asked)


def judge_stored(record: RunRecord, task: Task, messages: Messages) -> Judgement:
    """Judge a stored run.

    Raises:
        UsageError: it is of something else than the baseline, or there is nothing to check.
    """
    task = task.of(record.plan)
    task.admit(record.plan, record.environment, messages, record.id)
    return check(record, task.baseline, task.settings, task.models)


def judge_new(
    request: RunRequest, task: Task, messages: Messages, *, chosen: ChosenModels | None = None
) -> Judgement:
    """Run what is asked for and judge it, with more trials as long as it is inconclusive.

    Args:
        request: what to run.
        task: what is to be judged.
        messages: where it is told what is done.
        chosen: the models; None for those that the request names.

    Raises:
        CheckInterruptedError: the run was interrupted.
        DigitbenchError: as for `digitbench run`; or as `judge_stored` does.
    """
    pending = new_run(request, messages, chosen=chosen)
    plan = pending.plan
    task = replace(task, models=[model.label for model in plan.models]).of(plan)
    task.admit(plan, environment_of(plan), messages)
    seeded = any(not model.deterministic for model in plan.models)
    counts = looks_of(plan.trials, task.settings.max_trials if seeded else None)
    for look in looks(pending, counts, messages):
        if look.record.status == "interrupted":
            raise CheckInterruptedError(look.path)
        found = check(look.record, task.baseline, task.settings, task.models, looks=len(counts))
        if found.outcome is not GateOutcome.INCONCLUSIVE or look.next is None:
            break
        now, then = look.record.plan.trials, look.next.plan.trials
        messages.info(f"inconclusive with {now} trials: there will be {then}")
    return found


def judge_asked(
    asked: Mapping[str, Any], root: Path, runs_dir: Path, messages: Messages
) -> tuple[Judgement, RunRequest]:
    """Judge a new run that a mark of pytest asks for, by the names of options with underscores.

    Args:
        asked: settings of a run, those of the gates, and `baseline`, a file.
        root: what relative paths are taken from.
        runs_dir: where the run is kept.
        messages: where it is told what it does.

    Returns:
        The check, and what was run for it.

    Raises:
        UsageError: a name is unknown, or a value is wrong.
        DigitbenchError: as `judge_new` does.
    """
    gate_names = GateSettings.model_fields.keys()
    if unknown := asked.keys() - set(_RUN_SETTINGS) - gate_names - {"baseline"}:
        names = sorted((*_RUN_SETTINGS, *gate_names, "baseline"))
        near = get_close_matches(min(unknown), names) or names
        raise UsageError(f"{min(unknown)} is not known; there are: {', '.join(near)}")
    settings = gate_settings(asked)
    table = {
        key_of(name): _path_texts(value) for name, value in asked.items() if name in _RUN_SETTINGS
    }
    checked = check_settings(table, root / _MARK, called=_MARK)
    given = {name: checked[key_of(name)] for name in asked if name in _RUN_SETTINGS}
    given["runs_dir"] = runs_dir
    baseline = None
    if (file := asked.get("baseline")) is not None:
        if not isinstance(file, str | Path):
            raise UsageError(f"{_MARK}: baseline = {file!r}: name a file")
        baseline = read_baseline(root / written_path(file))
        given.setdefault("test_sets", sets_text([one.label for one in baseline.test_sets], root))
    task = Task(baseline, settings, may_be_empty=True)
    request = _request(given, task)
    return judge_new(request, task, messages), request


def _path_texts(value: object) -> object:
    """Return a value as a config file has it, where paths are texts."""
    if isinstance(value, tuple | list):
        return [_path_texts(part) for part in value]
    return str(value) if isinstance(value, Path) else value


def gate_settings(values: Mapping[str, Any]) -> GateSettings:
    """Return checked settings of a gate; `accept_changed` may be a text with commas.

    Args:
        values: by name; what is no setting of a gate is passed over.

    Raises:
        UsageError: a value is wrong.
    """
    values = {name: values[name] for name in GateSettings.model_fields if name in values}
    if isinstance(text := values.get("accept_changed"), str):
        values["accept_changed"] = [part.strip() for part in text.split(",")]
    try:
        return GateSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("_", "-")
        reason = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{option} = {first['input']!r}: {reason}") from error
