"""A run, or a reproduction, as one JSON document: the figures of the tables, and every trial.

The field names are part of digitbench's interface; `docs/json.md` explains each. Accuracies are
fractions, times are seconds, sizes are bytes; what does not exist is null.
"""

import json
from collections.abc import Iterable
from typing import Any

from digitbench.analysis.reproduction import ExperimentResult, RecipeResult
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import ModelSummary, Spread, summarise
from digitbench.metrics import METRICS, NOTHING_COMPUTED, Computed, Metric
from digitbench.report.comparison_document import comparison_document
from digitbench.report.kept import kept_trials
from digitbench.report.misread_document import groups_document
from digitbench.report.sequential import sequential_document
from digitbench.report.sets_document import sets_document
from digitbench.types import RunRecord, TrialResult

DOCUMENT_VERSION = 1


def run_document(record: RunRecord, computed: Computed = NOTHING_COMPUTED) -> dict[str, Any]:
    """Return a run as plain values that `json.dumps` takes.

    Args:
        record: the run, read with its predictions.
        computed: what the metrics of plugins are in it.
    """
    stored = record.model_dump(mode="json")
    models = summarise(record, computed)
    kept = kept_trials(record)
    return {
        "document_version": DOCUMENT_VERSION,
        "run": record.id,
        "status": record.status,
        "started_at": stored["started_at"],
        "finished_at": stored["finished_at"],
        "base_seed": record.plan.base_seed,
        "vary": record.plan.vary,
        "resampling": stored["plan"]["resampling"],
        "sequential": sequential_document(record),
        "threads": record.plan.threads,
        "jobs": record.plan.jobs,
        "engine": record.plan.engine,
        "dataset": stored["plan"]["dataset"],
        "environment": stored["environment"],
        "models": [
            _model(row, computed) | {"kept": kept.get(row.planned.label, [])} for row in models
        ],
        "comparison": comparison_document(models, compare_run(record)),
        "groups": groups_document(record),
        "test_sets": sets_document(record),
    }


def reproduction_document(
    record: RunRecord,
    experiments: Iterable[ExperimentResult],
    computed: Computed = NOTHING_COMPUTED,
) -> dict[str, Any]:
    """Return the document of a run with the experiments that it was compared with."""
    held = {"experiments": [_experiment(result) for result in experiments]}
    return run_document(record, computed) | held


def _experiment(result: ExperimentResult) -> dict[str, Any]:
    return {
        "name": result.experiment.name,
        "title": result.experiment.title,
        "published_source": result.published.source,
        "published_accuracies": list(result.published.accuracies),
        **_spread("published_accuracy", result.accuracy),
        **_interval("published_accuracy", result.accuracy.interval),
        "margin": result.margin,
        "recipes": [_recipe(recipe) for recipe in result.recipes],
    }


def _recipe(recipe: RecipeResult) -> dict[str, Any]:
    difference = recipe.difference
    return {
        "model": recipe.summary.planned.label,
        "difference": difference.mean if difference else None,
        **_interval("difference", difference.interval if difference else None),
        "verdict": recipe.verdict.value,
        "fit_seconds_median": recipe.fit_seconds_median,
    }


def _model(row: ModelSummary, computed: Computed) -> dict[str, Any]:
    planned = row.planned
    published = row.published
    of_plugins = {metric.key: row.values(metric) for metric in computed.metrics}
    return {
        "model": planned.label,
        "alias_of": planned.alias_of,
        "name": planned.name,
        "options": planned.options,
        "plugin": planned.plugin,
        "distribution": planned.distribution,
        "version": planned.version,
        "deterministic": planned.deterministic,
        "trials_planned": row.trials_planned,
        "trials_failed": len(row.failed),
        **{key: value for metric in METRICS for key, value in row.told(metric).items()},
        "published_accuracy_mean": published.accuracy_mean if published else None,
        "published_source": published.source if published else None,
        "metrics": {metric.key: _statistics(metric, row) for metric in computed.metrics},
        "trials": [
            _trial(trial) | {"metrics": {key: values[i] for key, values in of_plugins.items()}}
            for i, trial in enumerate(row.trials)
        ],
    }


def _statistics(metric: Metric, row: ModelSummary) -> dict[str, Any]:
    """Return all that is told of a plugin's metric."""
    told = row.told(metric)
    return {
        "heading": metric.heading,
        "unit": metric.unit,
        "less_is_better": metric.less_is_better,
        **{key.removeprefix(f"{metric.key}_"): value for key, value in told.items()},
    }


def _spread(name: str, spread: Spread | None) -> dict[str, Any]:
    return {
        f"{name}_mean": spread.mean if spread else None,
        f"{name}_std": spread.std if spread else None,
        f"{name}_min": spread.minimum if spread else None,
        f"{name}_max": spread.maximum if spread else None,
    }


def _interval(name: str, bounds: tuple[float, float] | None) -> dict[str, Any]:
    low, high = bounds or (None, None)
    return {f"{name}_interval_low": low, f"{name}_interval_high": high}


def _trial(trial: TrialResult) -> dict[str, Any]:
    stored = trial.model_dump(mode="json", exclude={"spec", "traceback", "history"})
    spec = trial.spec
    return {
        "trial": spec.trial,
        "seed": spec.seed,
        "training_seed": spec.training.seed if spec.training else None,
        "threads": spec.threads,
        **stored,
    }


def to_json(document: dict[str, Any]) -> str:
    """Write a document as JSON text that ends with a newline.

    Raises:
        ValueError: a figure is NaN or infinite, which JSON cannot hold.
    """
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
