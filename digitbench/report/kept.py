"""Which trained models a run has kept, in words and as plain values."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from digitbench.kept import FoundModel, KeptModel, kept_models
from digitbench.report import formatting
from digitbench.types import RunPlan, RunRecord

_MOST_NAMED = 3


def kept_notes(record: RunRecord) -> list[str]:
    """Say which models of a stored run were kept, and why others were not; a line each."""
    notes = []
    if kept := kept_trials(record):
        notes.append(f"Trained models kept: {_named(kept, len(record.plan.models))}.")
    reasons: dict[str, list[str]] = {}
    for result in record.results:
        if result.not_kept is not None and result.status == "ok":
            labels = reasons.setdefault(result.not_kept, [])
            labels += [result.spec.model] if result.spec.model not in labels else []
    notes += [f"Not kept: {', '.join(labels)} ({reason})." for reason, labels in reasons.items()]
    return notes


def kept_trials(record: RunRecord) -> dict[str, list[int]]:
    """Return the numbers of the trials whose trained model is kept, by the model's label."""
    return _by_label(kept_models(record))


def kept_again(kept: KeptModel, directory: Path, fit_seconds: float | None) -> str:
    """Say that a model is kept.

    Args:
        kept: what is kept.
        directory: where.
        fit_seconds: how long it was trained for that; None if it was kept before.
    """
    what = f"{kept.model.label}, trial {kept.trial}"
    size = formatting.size(kept.size_bytes)
    if fit_seconds is None:
        return f"{what}: it was kept before, in {directory} ({size})"
    return (
        f"{what}: trained again in {formatting.duration(fit_seconds)}, it predicts all "
        f"{kept.dataset.test_size:,} test images as in the run; kept in {directory} ({size})"
    )


def planned_note(plan: RunPlan) -> str:
    """Say of which trials the trained model is to be kept."""
    return {
        "none": "Trained models are not kept.",
        "first": "The trained model of each first trial is kept, where its plugin can.",
        "all": "The trained model of every trial is kept, where its plugin can.",
    }[plan.keep]


def _named(kept: Mapping[str, Sequence[int]], n_models: int) -> str:
    """Name kept models in few words: a long list of all that ran says nothing more."""
    if len(kept) == n_models > _MOST_NAMED and all(trials == [1] for trials in kept.values()):
        return f"all {n_models}"
    return ", ".join(f"{label}{_of_trials(trials)}" for label, trials in kept.items())


def _by_label(found: Sequence[FoundModel]) -> dict[str, list[int]]:
    trials: dict[str, list[int]] = {}
    for one in found:
        trials.setdefault(one.kept.model.label, []).append(one.kept.trial)
    return trials


def _of_trials(trials: Sequence[int]) -> str:
    if len(trials) == 1:
        return "" if trials == [1] else f" (trial {trials[0]})"
    return f" ({len(trials)} trials)"
