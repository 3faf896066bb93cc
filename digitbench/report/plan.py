"""A plan before it is run: its models, seeds and data, and how long it may take."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.estimate import Estimate, ModelEstimate
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.kept import planned_note
from digitbench.report.sequential import design_notes
from digitbench.report.training import training_notes
from digitbench.types import ModelSpec, PlannedModel, PlannedTestSet, RunPlan, TrialSpec
from digitbench.types.values import option_text

DOCUMENT_VERSION = 1

_MOST_SEEDS = 10
_MOST_CONDITIONS = 15
_ROUGHLY = "~"


def plan_tables(
    plan: RunPlan, trials: Sequence[TrialSpec], expected: Estimate, specs: Mapping[str, ModelSpec]
) -> RenderableType:
    """Return the trials that are to be run as a table of models, with title and notes.

    Args:
        plan: the plan.
        trials: those of its trials that are to be run.
        expected: how long they may take.
        specs: the models by name, for the defaults of their options.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("Model", overflow="fold")
    table.add_column("Options that are not the default", overflow="fold")
    for heading in ("Trials", "Time of one", "Of all"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in expected.models:
        cells = _cells(plan, row, specs[row.planned.name])
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return Group(
        Text(printable(dataset_title(plan.dataset)), style="bold"),
        Text(f"fingerprint {plan.dataset.fingerprint}"),
        Text(_how(plan, trials)),
        table,
        *_test_sets(plan),
        *map(Text, (*_seeds(plan, trials), *training_notes(plan), *design_notes(plan.sequential))),
        Text(planned_note(plan)),
        Text(_time(expected), style="bold"),
        *(Text(note, style="dim") for note in _notes(plan, expected)),
    )


def plan_document(plan: RunPlan, trials: Sequence[TrialSpec], expected: Estimate) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes."""
    return {
        "document_version": DOCUMENT_VERSION,
        "plan": plan.model_dump(mode="json"),
        "trials": [_trial(trial) for trial in trials],
        "estimate": {
            "seconds": expected.seconds,
            "complete": not expected.unknown,
            "models": [_model(row) for row in expected.models],
        },
    }


def _trial(trial: TrialSpec) -> dict[str, Any]:
    return {
        "model": trial.model,
        "trial": trial.trial,
        "seed": trial.seed,
        "training_seed": trial.training.seed if trial.training else None,
    }


def _model(row: ModelEstimate) -> dict[str, Any]:
    return {
        "model": row.planned.label,
        "trials": row.trials,
        "trial_seconds": row.trial_seconds,
        "trials_measured": row.trials_measured,
        "same_conditions": row.same_conditions if row.trials_measured else None,
    }


def _cells(plan: RunPlan, row: ModelEstimate, spec: ModelSpec) -> tuple[str, ...]:
    trials = f"{row.trials} det." if plan.runs_once(row.planned) else str(row.trials)
    options = _options(row.planned, spec)
    if row.trial_seconds is None:
        return _called(row.planned), options, trials, "not known", formatting.ABSENT
    roughly = "" if row.same_conditions else _ROUGHLY
    one, whole = (roughly + formatting.duration(t) for t in (row.trial_seconds, row.seconds))
    return _called(row.planned), options, trials, one, whole


def _test_sets(plan: RunPlan) -> Iterator[Table]:
    """Yield a table of the further test sets, if there are any."""
    if not plan.test_sets:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("Test set", overflow="fold")
    table.add_column("Conditions", overflow="fold")
    table.add_column("Images", justify="right", no_wrap=True)
    for row in plan.test_sets:
        images = sum(condition.size for condition in row.conditions)
        cells = (row.label, _conditions(row), f"{images:,}" if images else formatting.ABSENT)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    yield table


def _conditions(row: PlannedTestSet) -> str:
    """List the conditions of a test set, or say why there are none."""
    if row.error is not None:
        return f"left out: {row.error}"
    keys = [condition.key for condition in row.conditions if condition.key]
    if not keys:
        return "of the test images" if row.conditions[0].of_test else formatting.ABSENT
    more = len(keys) - _MOST_CONDITIONS
    shown = ", ".join(keys[:_MOST_CONDITIONS])
    return f"{len(keys)}: {shown}{f' and {more:,} more (--json lists them)' if more > 0 else ''}"


def _called(model: PlannedModel) -> str:
    """Return a model's name, after the label that is the user's own."""
    return model.name if model.alias_of is None else f"{model.label} ({model.name})"


def _options(model: PlannedModel, spec: ModelSpec) -> str:
    """Write the options that differ from the defaults, those that another one sets included."""
    defaults = spec.options().model_dump(mode="json")
    changed = (
        f"{name}={option_text(value)}"
        for name, value in model.options.items()
        if value != defaults.get(name)
    )
    return " ".join(changed) or formatting.ABSENT


def _how(plan: RunPlan, trials: Sequence[TrialSpec]) -> str:
    """Say how many trials there are and how they are run."""
    parts = [
        f"{len(trials):,} {_plural('trial', len(trials))}, {plan.jobs} at a time",
        f"{plan.threads} {_plural('thread', plan.threads)} each",
        f"engine {plan.engine}",
    ]
    if plan.timeout_seconds is not None:
        parts.append(f"time-out {plan.timeout_seconds:g} s")
    return ", ".join(parts)


def _seeds(plan: RunPlan, trials: Sequence[TrialSpec]) -> list[str]:
    """List the trials' seeds, and those of their training samples, all the same for all models."""
    base = f"from base seed {plan.base_seed}"
    samples = {trial.trial: trial.training.seed for trial in trials if trial.training}
    seeds = {trial.trial: trial.seed for trial in trials}
    if plan.vary == "data":
        lines = [f"Seed of every trial, {base}: {seed}" for seed in set(seeds.values())]
    else:
        lines = [f"Seeds of the trials, {base}: {_listed(seeds)}"]
    return [*lines, f"Seeds of their training samples: {_listed(samples)}"] if samples else lines


def _listed(seeds: Mapping[int, int]) -> str:
    shown = [f"{trial}: {seeds[trial]}" for trial in sorted(seeds)[:_MOST_SEEDS]]
    more = len(seeds) - len(shown)
    text = ", ".join(shown)
    return f"{text}, and {more:,} more (--json lists them)" if more else text


def _time(expected: Estimate) -> str:
    if expected.seconds is None:
        return "Estimated time: not known; no earlier run has these models on these data"
    rough = any(not row.same_conditions for row in expected.models if row.trials_measured)
    bound = "at least " if expected.unknown else ""
    return (
        f"Estimated time: {bound}{_ROUGHLY if rough else ''}{formatting.duration(expected.seconds)}"
    )


def _notes(plan: RunPlan, expected: Estimate) -> list[str]:
    notes = []
    if any(plan.runs_once(row.planned) for row in expected.models):
        notes.append("det.: the model is deterministic, so it is run once.")
    if expected.seconds is not None:
        notes.append(
            "Times are means of fit and predict in earlier runs"
            + (", each further test image as one of the test images" if plan.test_sets else "")
            + "; starting up comes on top."
        )
    if any(row.trials_measured and not row.same_conditions for row in expected.models):
        notes.append(
            f"{_ROUGHLY}: measured with other threads, trials at a time, training images or "
            "hardware."
        )
    return notes


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
