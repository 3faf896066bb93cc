"""The figures of a run's further test sets, trial by trial: for exporters, and as metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from digitbench.analysis.baseline_sets import SetFigures, set_figures
from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.metrics import Computed, accuracy_on
from digitbench.types import RunRecord


@dataclass(frozen=True)
class ModelSetMetrics:
    """What a model got on one of a run's further test sets.

    Attributes:
        model: the model's label.
        test_set: the set's label.
        trials: how many trials have predictions of it.
        accuracy: their mean accuracy, over the set's conditions too; a fraction.
        corruption_error: the mean corruption error; None where the set has none.
    """

    model: str
    test_set: str
    trials: int
    accuracy: float
    corruption_error: float | None


@dataclass(frozen=True)
class SetMetrics:
    """The figures of a run's further test sets.

    Attributes:
        accuracies: of each trial, by its model's label and its number: by the label of a set
            (the mean over its conditions) and by the name of a condition, `corruptions/fog@3`.
        models: what each model got on each set, in the order of the plan.
    """

    accuracies: Mapping[tuple[str, int], Mapping[str, float]] = field(default_factory=dict)
    models: tuple[ModelSetMetrics, ...] = ()


def set_metrics(record: RunRecord) -> SetMetrics:
    """Return the figures of a run's further test sets; none if it has no such set.

    Args:
        record: a run as exporters and `digitbench_run_finished` get it, with its predictions.
    """
    if not record.plan.test_sets:
        return SetMetrics()
    figures = set_figures(record)
    models = []
    for test_set in analyse_sets(record).loaded:
        errors = {error.model: error.mean for error in corruption_errors(test_set)}
        models += [
            ModelSetMetrics(
                model,
                test_set.label,
                len(found[test_set.label].trials),
                fmean(found[test_set.label].accuracies),
                errors.get(model),
            )
            for model, found in figures.items()
            if test_set.label in found
        ]
    return SetMetrics(_by_trial(figures), tuple(models))


def accuracies_on(record: RunRecord, names: Iterable[str]) -> Computed:
    """Return the accuracies on test sets and conditions as metrics of the run's trials.

    Args:
        record: the run, read with its predictions.
        names: whole names of sets and conditions (`full_set_name`).
    """
    metrics = {name: accuracy_on(name) for name in names}
    return Computed(
        tuple(metrics.values()),
        {
            trial: {metrics[name].key: found[name] for name in metrics if name in found}
            for trial, found in _by_trial(set_figures(record)).items()
        },
    )


def _by_trial(
    figures: Mapping[str, Mapping[str, SetFigures]],
) -> dict[tuple[str, int], dict[str, float]]:
    accuracies: dict[tuple[str, int], dict[str, float]] = {}
    for model, found in figures.items():
        for name, one in found.items():
            for trial, accuracy in zip(one.trials, one.accuracies, strict=True):
                accuracies.setdefault((model, trial), {})[name] = accuracy
    return accuracies
