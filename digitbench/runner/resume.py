"""What a stored run has of a plan: whether its trials may be kept, and which are missing.

A trial is kept if nothing that decides its outcome or its times has changed: data, how training
images are drawn, options, seed, threads, versions, the plugins' source and the machine. The seeds
of a trial depend on the base seed and its number alone, so that it does not matter when, or beside
which others, it is run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from digitbench.errors import StoreError
from digitbench.provenance import (
    Fact,
    differing,
    machine_facts,
    option_facts,
    plan_facts,
    plugin_facts,
    set_facts,
    timing_facts,
)
from digitbench.store import read_run, runs_named
from digitbench.types import (
    Environment,
    RunPlan,
    RunRecord,
    TrialResult,
    TrialSpec,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resumption:
    """A stored run that a plan can go on with.

    Attributes:
        path: the run's directory.
        record: the run with the results that are kept and the plan to go on with, which covers
            the stored plan and the wanted one.
        done: the wanted trials that are kept.
        missing: the wanted trials that are to be run, in the plan's order.
        results_stored: how many results the store has, those of test sets too; another number
            means that somebody else wrote since.
    """

    path: Path
    record: RunRecord
    done: tuple[TrialResult, ...]
    missing: tuple[TrialSpec, ...]
    results_stored: int

    @property
    def cut_off(self) -> bool:
        """Whether the run did not come to its end, not even to an interrupt's."""
        return self.record.status == "running"


def resumption(
    path: Path, stored: RunRecord, wanted: RunPlan, *, retry_failed: bool = True
) -> Resumption:
    """Return what a stored run has of a plan and what it lacks.

    Args:
        path: the run's directory.
        stored: the run, read from there; `differences` must have found nothing.
        wanted: what is to be there in the end.
        retry_failed: run the trials that failed again.
    """
    done = tuple(r for r in results_of(stored, wanted) if r.status == "ok" or not retry_failed)
    have = {_axes(result.spec) for result in done}
    missing = tuple(spec for spec in wanted.trial_specs() if _axes(spec) not in have)
    again = set(map(_axes, missing))
    kept = tuple(result for result in stored.results if _axes(result.spec) not in again)
    record = stored.model_copy(update={"plan": widened(stored.plan, wanted), "results": kept})
    return Resumption(path, record, done, missing, count_results(stored))


def count_results(record: RunRecord) -> int:
    """Return how many results a run has, those of test sets too."""
    return len(record.results) + sum(len(result.set_results) for result in record.results)


def results_of(stored: RunRecord, wanted: RunPlan) -> tuple[TrialResult, ...]:
    """Return the results of a run that are trials of a plan, in the order they came."""
    specs = {_axes(spec): spec for spec in wanted.trial_specs()}
    return tuple(r for r in stored.results if specs.get(_axes(r.spec)) == r.spec)


def widened(stored: RunPlan, wanted: RunPlan) -> RunPlan:
    """Return a plan for both: the stored rows, then the new ones; the larger number of trials.

    The design, whose budget may have been changed, is the wanted plan's, and so is what is kept of
    the trials that are run. A test set that could not be loaded before is the wanted plan's, too.
    """
    labels = {model.label for model in stored.models}
    new = tuple(model for model in wanted.models if model.label not in labels)
    trials = max(stored.trials, wanted.trials)
    models = (*stored.models, *new)
    now = {one.label: one for one in wanted.test_sets if one.error is None}
    test_sets = tuple(
        one if one.error is None else now.get(one.label, one) for one in stored.test_sets
    )
    update = {"models": models, "trials": trials, "sequential": wanted.sequential}
    return stored.model_copy(update=update | {"keep": wanted.keep, "test_sets": test_sets})


def differences(stored: RunRecord, wanted: RunPlan, environment: Environment) -> tuple[str, ...]:
    """Say what keeps the trials of a stored run from standing for those of a plan.

    More models or more trials on either side do not; an empty answer means that the run can be
    taken up.

    Args:
        stored: the run.
        wanted: the plan.
        environment: where the plan would be run.

    Returns:
        A phrase for each difference, such as `seed was 0 and is now 1`.
    """
    return _phrases(_plan_facts(stored.plan, wanted)) + machine_differences(
        stored, wanted, environment
    )


def machine_differences(
    stored: RunRecord, wanted: RunPlan, environment: Environment
) -> tuple[str, ...]:
    """Say what differs between the machine and versions of a stored run and those of now.

    Args:
        stored: the run; its results are not looked at.
        wanted: the plan that would be run.
        environment: where it would be run.
    """
    plugins = {model.distribution for model in (*stored.plan.models, *wanted.models)}
    return _phrases(machine_facts(stored.environment, environment, plugins))


def timing_differences(stored: RunPlan, wanted: RunPlan) -> tuple[str, ...]:
    """Say what makes the times of two plans' trials hard to compare, though not their outcome."""
    return _phrases(timing_facts(stored, wanted))


def find_resumable(
    root: Path, name: str, wanted: RunPlan, environment: Environment
) -> Resumption | None:
    """Return the newest run of a name that a plan can go on with.

    If there are runs of that name but none will do, it is said of the newest what differs. A
    damaged run is passed over with a warning.

    Args:
        root: where runs are kept.
        name: what `digitbench.store.create_run` was told to call them.
        wanted: the plan.
        environment: where the plan would be run.
    """
    refusal = None
    for path in runs_named(root, name):
        try:
            stored = read_run(path)
        except StoreError as error:
            _log.warning("%s; the run is passed over", error)
            continue
        changed = differences(stored, wanted, environment)
        if not changed:
            return resumption(path, stored, wanted)
        refusal = refusal or (path, "; ".join(changed))
    if refusal:
        _log.warning("%s is left as it is and a new run is made: %s", *refusal)
    return None


def found_sets(stored: RunPlan, wanted: RunPlan) -> tuple[str, ...]:
    """Return the test sets of a stored run that could not be loaded then and are there now.

    Args:
        stored: the run's plan.
        wanted: the plan to go on with.
    """
    lost = {one.label for one in stored.test_sets if one.error is not None}
    return tuple(one.label for one in wanted.test_sets if one.error is None and one.label in lost)


def _phrases(facts: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(fact.changed() for fact in differing(facts))


def _plan_facts(stored: RunPlan, wanted: RunPlan) -> Iterator[Fact]:
    """Yield what of two plans must be the same."""
    yield from plan_facts(stored, wanted)
    yield from set_facts(stored, wanted)
    rows = {model.label: model for model in wanted.models}
    for row in stored.models:
        if model := rows.get(row.label):
            yield from plugin_facts(row, model)
            yield from option_facts(row, model)


def _axes(spec: TrialSpec) -> tuple[str, int]:
    """Return what tells the trials of one plan apart."""
    return spec.model, spec.trial
