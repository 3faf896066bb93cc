"""Finished trials of earlier runs that stand for trials of a new one.

A trial may stand for another if everything that decides its outcome and its times is the same:
model, options, seed, threads, data, training sample, the plugin with its version and source,
digitbench and the frameworks with their versions, and the machine; and if it was tried on the same
further test sets.
"""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from digitbench.errors import KeptModelError, StoreError, one_line
from digitbench.kept import kept_model, read_files
from digitbench.runner.resume import machine_differences
from digitbench.store import read_manifest, read_results, run_paths
from digitbench.types import (
    Environment,
    PlannedModel,
    RunPlan,
    RunRecord,
    SetResult,
    TrialResult,
    TrialSpec,
)

_log = logging.getLogger(__name__)


def reusable_results(
    root: Path,
    wanted: RunPlan,
    environment: Environment,
    trials: Iterable[TrialSpec] | None = None,
) -> Iterator[TrialResult]:
    """Yield results of earlier runs that stand for trials of a plan, at most one for each.

    They carry the wanted trial's spec, their arrays, the run they are from and, if the plan keeps
    it, what is kept of the trained classifier. The newest run that has a trial gives it. A damaged
    run is passed over with a warning.

    Args:
        root: where runs are kept.
        wanted: the plan.
        environment: where it would be run.
        trials: those of its trials that are missing; None for all.
    """
    missing = {_axes(spec): spec for spec in trials or wanted.trial_specs()}
    for path in run_paths(root):
        try:
            yield from _of_run(path, missing, wanted, environment)
        except StoreError as error:
            _log.warning("%s; the run is passed over", error)
        if not missing:
            return


def _of_run(
    path: Path,
    missing: dict[tuple[str, int], TrialSpec],
    wanted: RunPlan,
    environment: Environment,
) -> Iterator[TrialResult]:
    """Yield what a run has of the missing trials, and take them off these."""
    stored = read_manifest(path)
    rows = {
        then.label: now
        for then in stored.plan.models
        for now in wanted.models
        if _same_model(then, now)
    }
    sets = _same_sets(stored.plan, wanted)
    if (
        not rows
        or sets is None
        or not _same_data(stored.plan, wanted)
        or machine_differences(stored, wanted, environment)
    ):
        return
    wanted_of = {(spec.model, spec.seed, spec.training): spec for spec in missing.values()}
    for result in read_results(path):
        then = result.spec
        if then.model not in rows:
            continue
        now = wanted_of.get((rows[then.model].label, then.seed, then.training))
        if now is None or result.status != "ok" or then.threads != now.threads:
            continue
        set_results = _renamed(result.set_results, sets)
        if len(set_results) < len(sets):
            continue
        if missing.pop(_axes(now), None) is None:  # the run has it twice, by rows that are alike
            continue
        found: dict[str, object] = {
            "spec": now,
            "reused_from": result.reused_from or stored.id,
            "not_kept": None,
            "set_results": set_results,
        }
        if wanted.keeps(now):
            found |= _kept(path, stored, result)
        yield result.model_copy(update=found)


def _kept(path: Path, stored: RunRecord, result: TrialResult) -> dict[str, object]:
    """Return what a run has kept of a trial's classifier, or why it is not kept anew."""
    try:
        kept = kept_model(path, stored, result)
        if kept is not None:
            return {"kept_files": read_files(kept.directory, kept.kept)}
    except KeptModelError as error:
        return {"not_kept": one_line(error)}
    return {"not_kept": f"the trial was taken from {stored.id}, which did not keep it"}


def _same_model(then: PlannedModel, now: PlannedModel) -> bool:
    """Tell whether two rows are the same model of the very same plugin."""
    return now.source_hash is not None and all(
        getattr(then, name) == getattr(now, name)
        for name in ("name", "options", "plugin", "distribution", "version", "source_hash")
    )


def _same_data(then: RunPlan, now: RunPlan) -> bool:
    return all(
        getattr(then.dataset, name) == getattr(now.dataset, name)
        for name in ("fingerprint", "validation_size", "validation_rule")
    )


def _same_sets(then: RunPlan, now: RunPlan) -> dict[str, str] | None:
    """Return what the test sets of a plan are called in another, by their own labels.

    Returns:
        None if the other lacks one. Sets that cannot be loaded are left out.
    """
    known = {one.fingerprint: one.label for one in then.test_sets if one.error is None}
    wanted = [one for one in now.test_sets if one.error is None]
    if any(one.fingerprint not in known for one in wanted):
        return None
    return {one.label: known[one.fingerprint] for one in wanted}


def _renamed(results: Iterable[SetResult], sets: dict[str, str]) -> tuple[SetResult, ...]:
    """Return results of test sets as another plan calls them; those that failed are left out."""
    there = {one.test_set: one for one in results if one.error is None}
    return tuple(
        there[then].model_copy(update={"test_set": now, "seconds": None})
        for now, then in sets.items()
        if then in there
    )


def _axes(spec: TrialSpec) -> tuple[str, int]:
    return spec.model, spec.trial
