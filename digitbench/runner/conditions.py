"""The conditions of two runs held side by side: what decides the outcome or times of their trials.

A fact is a name with its value on either side; facts whose values differ are made into phrases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from digitbench.types import Environment, PlannedModel, RunPlan, RunRecord

Fact = tuple[str, object, object]
"""What it is, and its value on the one side and on the other."""

_SHORT = 12
"""Hexadecimal digits of a hash that people compare."""


def plan_facts(one: RunPlan, other: RunPlan) -> Iterator[Fact]:
    """Yield what of two plans decides the outcome of the models' trials, or their times."""
    yield "data set", one.dataset.name, other.dataset.name
    yield "its fingerprint", one.dataset.fingerprint, other.dataset.fingerprint
    yield (
        "number of validation images",
        one.dataset.validation_size,
        other.dataset.validation_size,
    )
    yield (
        "what is held out for validation",
        one.dataset.validation_rule or "the last images",
        other.dataset.validation_rule or "the last images",
    )
    yield "seed", one.base_seed, other.base_seed
    yield "number of threads", one.threads, other.threads
    yield "what varies", _varied(one), _varied(other)


def plugin_facts(one: PlannedModel, other: PlannedModel) -> Iterator[Fact]:
    """Yield which code two rows of the same model are."""
    yield f"plugin of {one.label}", _plugin(one), _plugin(other)
    yield f"source of {one.label}", short(one.source_hash), short(other.source_hash)


def _plugin(model: PlannedModel) -> str:
    """Return a plugin's name; that of a file without the way to it, which may be written anyhow."""
    return Path(model.plugin).name if model.distribution is None else model.plugin


def option_facts(one: PlannedModel, other: PlannedModel) -> Iterator[Fact]:
    """Yield the options of two rows of the same model."""
    for option in sorted(one.options.keys() | other.options.keys()):
        yield f"option {option} of {one.label}", one.options.get(option), other.options.get(option)


def machine_facts(one: Environment, other: Environment, plugins: Set[str | None]) -> Iterator[Fact]:
    """Yield the machines and versions of two environments.

    Args:
        one: the environment of one run.
        other: that of the other.
        plugins: distributions of the plugins of either. One that only one side uses has its
            version on that side alone: no difference.
    """
    yield "Python", one.python, other.python
    yield "processor", one.processor, other.processor
    both = one.versions.keys() & other.versions.keys()
    either = one.versions.keys() | other.versions.keys()
    for name in sorted(both | (either - plugins)):
        yield f"version of {name}", one.versions.get(name), other.versions.get(name)
    for name in sorted(one.variables.keys() | other.variables.keys()):
        yield name, one.variables.get(name), other.variables.get(name)


def timing_facts(one: RunPlan, other: RunPlan) -> Iterator[Fact]:
    """Yield what of two plans decides the times of trials, though not their outcome."""
    yield "number of jobs", one.jobs, other.jobs
    yield "engine", one.engine, other.engine


def changes(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Say what changed from then to now: `seed was 0 and is now 1`."""
    return tuple(
        f"{name} was {_shown(then)} and is now {_shown(now)}"
        for name, then, now in facts
        if then != now
    )


def run_differences(
    a: RunRecord, b: RunRecord, models: Sequence[tuple[PlannedModel, PlannedModel]]
) -> tuple[str, ...]:
    """Say what differs between two runs apart from their models: `seed: A had 0, B has 1`.

    Args:
        a: one run; its results are not looked at.
        b: the other.
        models: the rows that are compared, one of either run. Rows of the same model, if with
            other options, should be of the same code.
    """
    facts = list(plan_facts(a.plan, b.plan))
    for one, other in models:
        if one.name == other.name:
            facts += plugin_facts(one, other)
    plugins = {model.distribution for run in (a, b) for model in run.plan.models}
    facts += machine_facts(a.environment, b.environment, plugins)
    facts += timing_facts(a.plan, b.plan)
    return tuple(
        f"{name}: A had {_shown(one, 'none')}, B has {_shown(other, 'none')}"
        for name, one, other in facts
        if one != other
    )


def short(hash_value: str | None) -> str | None:
    """Return as much of a hash as people compare."""
    return hash_value and hash_value[:_SHORT]


def _varied(plan: RunPlan) -> str:
    """Say what differs between the trials of a plan, and how training images are drawn."""
    if plan.resampling is None:
        return plan.vary
    drawn: str = plan.resampling.method
    if drawn == "subsample":
        drawn += f" of {plan.resampling.fraction:g}"
    if plan.resampling.groups is not None:
        drawn += f" of the {plan.resampling.groups}"
    return f"{plan.vary} ({drawn})"


def _shown(value: object, nothing: str = "absent") -> str:
    return nothing if value is None else str(value)
