"""What MLflow shows of a run and of a trial: the records as tags, parameters and metrics."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue

from digitbench import RunPlan, RunRecord, SetMetrics, TrialResult

STARTED_AT = "digitbench.started_at"
RUN_ID = "digitbench.run_id"
MODEL = "digitbench.model"
TRIAL = "digitbench.trial"

_LONGEST_KEY = 200
_LONGEST_PART = 60
_LONGEST_VALUE = 5000
"""What all versions and stores of MLflow take, with room for a prefix."""
_NOT_IN_KEYS = re.compile(r"[^\w -]")


class Point(NamedTuple):
    """One value of a metric.

    `step` is the number of an epoch; of a run's figure, how many trials it is made of; else 0.
    """

    key: str
    value: float
    step: int = 0


def run_tags(record: RunRecord) -> dict[str, str]:
    """Describe a run: what was run, on what data, where."""
    plan, dataset, environment = record.plan, record.plan.dataset, record.environment
    tags: dict[str, JsonValue] = {
        RUN_ID: record.id,
        STARTED_AT: record.started_at.isoformat(),
        "digitbench.models": ", ".join(model.label for model in plan.models),
        "digitbench.trials": plan.trials,
        "digitbench.base_seed": plan.base_seed,
        "digitbench.vary": plan.vary,
        "digitbench.resample": plan.resampling.method if plan.resampling else None,
        "digitbench.fraction": plan.resampling.fraction if plan.resampling else None,
        "digitbench.until_decided": _until_decided(plan),
        "digitbench.quick": dataset.quick,
        "digitbench.engine": plan.engine,
        "digitbench.jobs": plan.jobs,
        "digitbench.threads": plan.threads,
        "digitbench.dataset": dataset.name,
        "digitbench.fingerprint": dataset.fingerprint,
        "digitbench.platform": environment.platform,
        "digitbench.processor": environment.processor,
        "digitbench.cpus": environment.cpus,
        "digitbench.version.python": environment.python,
    }
    for name, version in environment.versions.items():
        tags[f"digitbench.version.{_key(name)}"] = version
    return _texts(tags)


def _until_decided(plan: RunPlan) -> str | None:
    """Write whose comparison decided the number of trials, and when it was looked at."""
    design = plan.sequential
    if design is None:
        return None
    who = " and ".join(design.pair or ("every pair",))
    return f"{who}, after {', '.join(map(str, design.looks))} trials"


def run_status(record: RunRecord) -> str:
    """Return MLflow's word for the status of a run; that some trials failed does not fail it."""
    return {"running": "RUNNING", "complete": "FINISHED", "interrupted": "KILLED"}[record.status]


def trial_tags(record: RunRecord, result: TrialResult) -> dict[str, str]:
    """Describe a trial, apart from its options: which it is, what ran it, and what went wrong."""
    spec = result.spec
    tags: dict[str, JsonValue] = {
        MODEL: spec.model,
        TRIAL: spec.trial,
        "digitbench.seed": spec.seed,
        "digitbench.training_seed": spec.training.seed if spec.training else None,
        "digitbench.threads": spec.threads,
        "digitbench.error": result.error,
        "digitbench.reused_from": result.reused_from,
    }
    for model in record.plan.models:
        if model.label == spec.model:
            tags["digitbench.plugin"] = model.plugin
            tags["digitbench.plugin_version"] = model.version
            tags["digitbench.source_hash"] = model.source_hash
    for name, value in result.details.items():
        tags[f"details.{_key(name)}"] = value
    return _texts(tags)


def trial_params(result: TrialResult) -> dict[str, str]:
    """Return every option of the model."""
    return {_key(name): _text(value) for name, value in result.spec.options.items()}


def trial_metrics(result: TrialResult) -> Iterator[Point]:
    """Yield every number that the trial gave, then the figures of each epoch, counted from 1.

    The metrics of plugins are apart: a trial that has just finished has none yet.
    """
    for name, value in result:
        if isinstance(value, int | float):
            yield Point(name, value)
    for epoch, figures in enumerate(result.history, start=1):
        for name, figure in figures.items():
            yield Point(f"history/{_key(name)}", figure, epoch)


def plugin_metrics(result: TrialResult) -> Iterator[Point]:
    """Yield what the metrics of plugins are of the trial."""
    for name, value in result.metrics.items():
        yield Point(_key(name), value)


class SetPoints:
    """The figures of a run's further test sets, under keys that MLflow takes.

    Keys are made of all names together, so that no two names share one.
    """

    def __init__(self, record: RunRecord, metrics: SetMetrics) -> None:
        """Make the keys.

        Args:
            record: the run.
            metrics: its figures (`digitbench.set_metrics`).
        """
        self._metrics = metrics
        sets = record.plan.test_sets
        self._keys = _unlike_keys(one.label for one in sets)
        for one in sets:
            of_set = _unlike_keys(part.key for part in one.conditions if part.key)
            self._keys |= {
                f"{one.label}/{name}": f"{self._keys[one.label]}.{key}"
                for name, key in of_set.items()
            }
        self._models = _unlike_keys(model.label for model in record.plan.models)

    def of_trial(self, result: TrialResult) -> Iterator[Point]:
        """Yield a trial's accuracy on each set, and on each of its conditions."""
        key = (result.spec.model, result.spec.trial)
        for name, accuracy in self._metrics.accuracies.get(key, {}).items():
            yield Point(f"{self._of(name)}.accuracy", accuracy)

    def of_run(self) -> Iterator[Point]:
        """Yield each model's mean accuracy on each set, and its mean corruption error."""
        trials: dict[str, int] = {}
        for one in self._metrics.models:
            trials[one.test_set] = trials.get(one.test_set, 0) + one.trials
        for one in self._metrics.models:
            step, model = trials[one.test_set], self._models[one.model]
            yield Point(f"{self._of(one.test_set)}.accuracy.{model}", one.accuracy, step)
            if one.corruption_error is not None:
                key = f"{self._of(one.test_set)}.mean_corruption_error.{model}"
                yield Point(key, one.corruption_error, step)

    def _of(self, name: str) -> str:
        return f"test_sets.{self._keys[name]}"


def _unlike_keys(names: Iterable[str]) -> dict[str, str]:
    """Return a key of MLflow for each name; of names that would share one, the later get numbers.

    Sets that are added to a run come after those that it had, whose keys stay.
    """
    keys: dict[str, str] = {}
    for name in names:
        plain = _key(name)[:_LONGEST_PART].strip("_ ") or "_"
        key, number = plain, 1
        while key in keys.values():
            number += 1
            key = f"{plain}_{number}"
        keys[name] = key
    return keys


def trial_end(result: TrialResult) -> datetime:
    """Return when a trial ended; where that was not recorded, when it can have ended at best."""
    if result.finished_at is not None:
        return result.finished_at
    timed = (result.fit_seconds or 0.0) + (result.predict_seconds or 0.0)
    return result.started_at + timedelta(seconds=timed)


def milliseconds(moment: datetime) -> int:
    """Return a time as MLflow counts it: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def _texts(tags: dict[str, JsonValue]) -> dict[str, str]:
    return {key: _text(value) for key, value in tags.items() if value is not None}


def _text(value: JsonValue) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(map(_shown, text))[:_LONGEST_VALUE]


def _shown(character: str) -> str:
    """Escape what no page of MLflow shows, and no database is sure to keep."""
    visible = character.isprintable() or character in "\n\t"
    return character if visible else character.encode("unicode_escape").decode()


def _key(name: str) -> str:
    """Return a plugin's name for something as a key that MLflow takes."""
    return _NOT_IN_KEYS.sub("_", name)[:_LONGEST_KEY] or "_"
