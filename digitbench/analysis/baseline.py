"""Makes a baseline of a stored run: what a gate needs to know of it later."""

from collections.abc import Mapping

import numpy as np

from digitbench.analysis.baseline_sets import (
    SetFigures,
    prediction_digests,
    set_figures,
    set_problem,
)
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.errors import UsageError
from digitbench.provenance import plugin_name
from digitbench.store.baseline import (
    Baseline,
    BaselineDataset,
    BaselineFigures,
    BaselineModel,
    BaselineTestSet,
)
from digitbench.types import NUM_CLASSES, Labels, RunPlan, RunRecord


def make_baseline(record: RunRecord) -> Baseline:
    """Return the baseline of a run.

    Args:
        record: a run, read with its predictions.

    Raises:
        UsageError: a trial failed or is missing: a baseline vouches for whole runs alone; or it
            is a smoke run, or its trials differ by more than their seeds.
    """
    refuse_resampled(record.plan, record.id)
    if record.plan.dataset.quick:
        raise UsageError(f"{record.id} is a smoke run (--quick): a baseline needs a whole one")
    if record.test_labels is None:
        raise ValueError(f"{record.id} was read without its test labels")
    found = outcomes(record)
    there = {(outcome.label, trial.spec.trial) for outcome in found for trial in outcome.trials}
    missing = [spec for spec in record.plan.trial_specs() if (spec.model, spec.trial) not in there]
    if missing:
        first = missing[0]
        raise UsageError(
            f"{record.id} lacks {len(missing)} of its trials, such as trial {first.trial} of "
            f"{first.model}: complete it with `digitbench run --resume {record.id} --retry-failed`"
        )
    for planned in record.plan.test_sets:
        for outcome in found:
            if problem := set_problem(record, planned.label, outcome.label):
                raise UsageError(f"{record.id} makes no baseline: {problem}")
    sets = set_figures(record)
    return Baseline(
        run=record.id,
        finished_at=record.finished_at,
        trials=record.plan.trials,
        base_seed=record.plan.base_seed,
        threads=record.plan.threads,
        dataset=_dataset(record, record.test_labels),
        environment=record.environment,
        models=tuple(_model(outcome, sets.get(outcome.label, {})) for outcome in found),
        test_sets=tuple(
            BaselineTestSet(label=one.label, fingerprint=one.fingerprint)
            for one in record.plan.test_sets
        ),
    )


def refuse_resampled(plan: RunPlan, run: str = "the run") -> None:
    """Refuse trials with training images of their own: the gate knows the noise of seeds alone.

    Args:
        plan: what was done, or is to be done.
        run: the name of the run, if there is one.

    Raises:
        UsageError: the plan is of such trials.
    """
    if plan.vary != "seed":
        raise UsageError(
            f"a gate compares trials that differ by their seeds alone, and {run} has --vary "
            f"{plan.vary}: make one without it"
        )


def wrong_per_digit(outcome: Outcomes) -> tuple[tuple[int, ...], ...]:
    """Return how many images of each digit are wrong, for each trial."""
    return tuple(
        tuple(np.bincount(outcome.labels[~right], minlength=NUM_CLASSES).tolist())
        for right in outcome.correct
    )


def images_per_digit(labels: Labels) -> tuple[int, ...]:
    """Return how many images show each digit."""
    return tuple(np.bincount(labels, minlength=NUM_CLASSES).tolist())


def _dataset(record: RunRecord, labels: Labels) -> BaselineDataset:
    data = record.plan.dataset
    return BaselineDataset(
        name=data.name,
        fingerprint=data.fingerprint,
        train_size=data.train_size,
        validation_size=data.validation_size,
        test_size=data.test_size,
        test_images_per_digit=images_per_digit(labels),
        validation_rule=data.validation_rule,
    )


def _model(outcome: Outcomes, sets: Mapping[str, SetFigures]) -> BaselineModel:
    planned = outcome.planned
    wrong = wrong_per_digit(outcome)
    sizes = images_per_digit(outcome.labels)
    totals = np.sum(wrong, axis=0)
    counts = (~outcome.correct).sum(axis=0)
    return BaselineModel(
        label=planned.label,
        alias_of=planned.alias_of,
        name=planned.name,
        options=planned.options,
        deterministic=planned.deterministic,
        plugin=plugin_name(planned.plugin, planned.distribution),
        distribution=planned.distribution,
        version=planned.version,
        source_hash=planned.source_hash,
        accuracies=tuple(map(float, outcome.accuracies)),
        class_accuracies=tuple(
            round(1 - int(total) / len(wrong) / size, 6) if size else None
            for total, size in zip(totals, sizes, strict=True)
        ),
        wrong_per_digit=wrong,
        seeds=tuple(trial.spec.seed for trial in outcome.trials),
        predictions=prediction_digests(outcome),
        wrong_images={
            int(trials): tuple(np.flatnonzero(counts == trials).tolist())
            for trials in np.unique(counts[counts > 0])
        },
        test_sets={
            name: BaselineFigures(
                images=figures.images,
                accuracies=figures.accuracies,
                predictions=figures.predictions,
            )
            for name, figures in sets.items()
        },
    )
