"""Where runs come from, and what differs between two: typed facts, and one way to say them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from digitbench.types import Environment, PlannedModel, RunPlan, RunRecord

_SHORT = 12
"""Hexadecimal digits of a hash that people compare."""


class DifferenceKind(StrEnum):
    """What a fact is about, in the words that a person reads."""

    DATA_SET = "data set"
    DATA = "data"
    FINGERPRINT = "its fingerprint"
    VALIDATION_SIZE = "number of validation images"
    VALIDATION_RULE = "what is held out for validation"
    SEED = "seed"
    THREADS = "number of threads"
    VARY = "what varies"
    PLUGIN = "plugin"
    SOURCE = "source"
    OPTION = "option"
    PYTHON = "Python"
    PROCESSOR = "processor"
    CPUS = "processors"
    VERSION = "version of"
    VARIABLE = "variable"
    JOBS = "number of jobs"
    ENGINE = "engine"
    TEST_SET = "test set"


@dataclass(frozen=True)
class Fact:
    """One circumstance of two runs.

    Attributes:
        kind: what it is.
        then: its value in the one, or the earlier run; None for its absence.
        now: that in the other.
        subject: the name of an option, of a library or of a variable.
        model: the label of the model that it is of, if it is of one.
    """

    kind: DifferenceKind
    then: object
    now: object
    subject: str = ""
    model: str = ""

    @property
    def differs(self) -> bool:
        """Whether the runs are not alike in it."""
        return self.then != self.now

    @property
    def what(self) -> str:
        """What it is, in words, where the model is clear."""
        if self.kind is DifferenceKind.VARIABLE:
            return self.subject
        return f"{self.kind} {self.subject}".rstrip()

    @property
    def name(self) -> str:
        """What it is, in words, with the model."""
        return f"{self.what} of {self.model}" if self.model else self.what

    def changed(self) -> str:
        """Say it of an earlier run and now: `seed was 0 and is now 1`."""
        return f"{self.name} was {_shown(self.then)} and is now {_shown(self.now)}"

    def beside(self) -> str:
        """Say it of two runs side by side: `seed: A had 0, B has 1`."""
        return f"{self.name}: A had {_shown(self.then, 'none')}, B has {_shown(self.now, 'none')}"


class ModelCode(Protocol):
    """A model of a plan or of a baseline: which code it is, with which options."""

    @property
    def label(self) -> str:
        """The model as it is named in its run."""

    @property
    def plugin(self) -> str:
        """The plugin's name, or its file."""

    @property
    def distribution(self) -> str | None:
        """The plugin's distribution; None for a file."""

    @property
    def source_hash(self) -> str | None:
        """The state of the plugin's source."""

    @property
    def options(self) -> Mapping[str, object]:
        """The options, each with its value."""


def plan_facts(one: RunPlan, other: RunPlan) -> Iterator[Fact]:
    """Yield what of two plans decides the outcome of the models' trials, or their times."""
    a, b = one.dataset, other.dataset
    last = "the last images"
    yield Fact(DifferenceKind.DATA_SET, a.name, b.name)
    yield Fact(DifferenceKind.FINGERPRINT, a.fingerprint, b.fingerprint)
    yield Fact(DifferenceKind.VALIDATION_SIZE, a.validation_size, b.validation_size)
    yield Fact(DifferenceKind.VALIDATION_RULE, a.validation_rule or last, b.validation_rule or last)
    yield Fact(DifferenceKind.SEED, one.base_seed, other.base_seed)
    yield Fact(DifferenceKind.THREADS, one.threads, other.threads)
    yield Fact(DifferenceKind.VARY, _varied(one), _varied(other))


def plugin_facts(one: ModelCode, other: ModelCode) -> Iterator[Fact]:
    """Yield which code two rows of the same model are."""
    then = plugin_name(one.plugin, one.distribution)
    now = plugin_name(other.plugin, other.distribution)
    yield Fact(DifferenceKind.PLUGIN, then, now, model=one.label)
    yield Fact(
        DifferenceKind.SOURCE, short(one.source_hash), short(other.source_hash), model=one.label
    )


def plugin_name(plugin: str, distribution: str | None) -> str:
    """Return a plugin's name; that of a file without the way to it, which may be written anyhow."""
    return Path(plugin).name if distribution is None else plugin


def option_facts(one: ModelCode, other: ModelCode) -> Iterator[Fact]:
    """Yield the options of two rows of the same model."""
    for name in sorted(one.options.keys() | other.options.keys()):
        then, now = one.options.get(name), other.options.get(name)
        yield Fact(DifferenceKind.OPTION, then, now, name, model=one.label)


def machine_facts(one: Environment, other: Environment, plugins: Set[str | None]) -> Iterator[Fact]:
    """Yield the machines and versions of two environments.

    Args:
        one: the environment of one run.
        other: that of the other.
        plugins: distributions of the plugins of either. One that only one side uses has its
            version on that side alone: no difference.
    """
    yield Fact(DifferenceKind.PYTHON, one.python, other.python)
    yield Fact(DifferenceKind.PROCESSOR, one.processor, other.processor)
    both = one.versions.keys() & other.versions.keys()
    either = one.versions.keys() | other.versions.keys()
    for name in sorted(both | (either - plugins)):
        yield Fact(DifferenceKind.VERSION, one.versions.get(name), other.versions.get(name), name)
    for name in sorted(one.variables.keys() | other.variables.keys()):
        yield Fact(
            DifferenceKind.VARIABLE, one.variables.get(name), other.variables.get(name), name
        )


def timing_facts(one: RunPlan, other: RunPlan) -> Iterator[Fact]:
    """Yield what of two plans decides the times of trials, though not their outcome."""
    yield Fact(DifferenceKind.JOBS, one.jobs, other.jobs)
    yield Fact(DifferenceKind.ENGINE, one.engine, other.engine)


def set_facts(then: RunPlan, now: RunPlan) -> Iterator[Fact]:
    """Yield the content of the further test sets that a plan asks for, as a stored run has them.

    Sets that could not be loaded, then or now, have none to compare.
    """
    known = {one.label: one for one in then.test_sets}
    for wanted in now.test_sets:
        stored = known.get(wanted.label)
        if wanted.error is None and (stored is None or stored.error is None):
            before = None if stored is None else short(stored.fingerprint)
            yield Fact(DifferenceKind.TEST_SET, before, short(wanted.fingerprint), wanted.label)


def differing(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return the facts in which two runs are not alike."""
    return tuple(fact for fact in facts if fact.differs)


def run_differences(
    a: RunRecord, b: RunRecord, models: Sequence[tuple[PlannedModel, PlannedModel]]
) -> tuple[Fact, ...]:
    """Return what differs between two runs apart from their models.

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
    return differing(facts)


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
