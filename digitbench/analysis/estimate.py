"""How long trials may take, from what trials of earlier runs took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from statistics import fmean

from digitbench.types import Environment, PlannedModel, RunPlan, RunRecord, TrialSpec


@dataclass(frozen=True)
class ModelEstimate:
    """What is known of a model's trials.

    Attributes:
        planned: the model as planned.
        trials: how many of its trials are to be run.
        trial_seconds: mean time of `fit` and `predict` of earlier trials with the same options
            on the same data, and as long for each image of further test sets; None if there were
            none.
        trials_measured: how many trials that is the mean of.
        same_conditions: whether those had as many threads and training images, as many trials
            beside them, and the same hardware; otherwise no trial had.
    """

    planned: PlannedModel
    trials: int
    trial_seconds: float | None
    trials_measured: int
    same_conditions: bool

    @property
    def seconds(self) -> float | None:
        """Time of all its trials, one after the other; None if it is not known."""
        return None if self.trial_seconds is None else self.trials * self.trial_seconds


@dataclass(frozen=True)
class Estimate:
    """How long the trials of a plan may take.

    Attributes:
        models: the models that have trials to be run, in the order of the plan.
        seconds: time from the first trial's start to the last one's end; None if no model's is
            known. Trials of models that are not known count as nothing.
    """

    models: tuple[ModelEstimate, ...]
    seconds: float | None

    @property
    def unknown(self) -> tuple[ModelEstimate, ...]:
        """The models whose time is not known: with one, the time is at least the estimate."""
        return tuple(model for model in self.models if model.trial_seconds is None)


def estimate(
    plan: RunPlan,
    trials: Sequence[TrialSpec],
    environment: Environment,
    earlier: Iterable[RunRecord],
) -> Estimate:
    """Estimate how long trials of a plan take.

    Starting worker processes, loading frameworks and timing single predictions is not in it.

    Args:
        plan: the plan.
        trials: those of its trials that are to be run, in their order.
        environment: where they are to be run.
        earlier: runs to judge by.
    """
    same: dict[str, list[float]] = {model.label: [] for model in plan.models}
    other: dict[str, list[float]] = {model.label: [] for model in plan.models}
    share = plan.further_images / plan.dataset.test_size
    for record in earlier:
        if record.plan.dataset.fingerprint != plan.dataset.fingerprint:
            continue
        seconds = same if alike(record, plan, environment) else other
        for model in plan.models:
            seconds[model.label] += _seconds(record, model, share)
    left = Counter(trial.model for trial in trials)
    models = tuple(
        _of_model(model, left[model.label], same[model.label], other[model.label])
        for model in plan.models
        if left[model.label]
    )
    known = {m.planned.label: m.trial_seconds for m in models if m.trial_seconds is not None}
    times = [known.get(trial.model, 0.0) for trial in trials]
    return Estimate(models, _makespan(times, plan.jobs) if known else None)


def expected_seconds(record: RunRecord, trials: Iterable[TrialSpec]) -> float:
    """Return how long further trials of a run may take, by how long its trials took so far.

    Unlike `estimate`, this counts trials as a whole, from before `build` to their results.

    Args:
        record: the run; a model without a trial in it counts as nothing.
        trials: what is to be run, in order.
    """
    taken: dict[str, list[float]] = {}
    for result in record.results:
        if result.reused_from is not None:
            seconds = (result.fit_seconds or 0.0) + (result.predict_seconds or 0.0)
            seconds += sum(part.seconds or 0.0 for part in result.set_results)
        elif result.finished_at is not None:
            seconds = (result.finished_at - result.started_at).total_seconds()
        else:
            continue
        taken.setdefault(result.spec.model, []).append(seconds)
    means = {model: fmean(seconds) for model, seconds in taken.items()}
    return _makespan((means.get(trial.model, 0.0) for trial in trials), record.plan.jobs)


def alike(record: RunRecord, plan: RunPlan, environment: Environment) -> bool:
    """Tell whether a run was under the conditions of a plan, as far as they decide its times."""
    return _conditions(record.plan, record.environment) == _conditions(plan, environment)


def _of_model(
    model: PlannedModel, trials: int, same: Sequence[float], other: Sequence[float]
) -> ModelEstimate:
    measured = same or other
    return ModelEstimate(
        planned=model,
        trials=trials,
        trial_seconds=fmean(measured) if measured else None,
        trials_measured=len(measured),
        same_conditions=bool(same),
    )


def _conditions(plan: RunPlan, environment: Environment) -> tuple[object, ...]:
    """Return what else decides how long a trial takes."""
    hardware = (environment.processor, environment.cpus)
    return plan.threads, plan.jobs, plan.training_size, *hardware


def _seconds(record: RunRecord, model: PlannedModel, share: float) -> list[float]:
    """Return the times of a run's own trials of a model; those taken over count elsewhere.

    Args:
        record: the run.
        model: the model.
        share: how many times as many images as the test images are predicted besides these.
    """
    return [
        result.fit_seconds + (1 + share) * result.predict_seconds
        for result in record.results
        if (result.spec.name, result.spec.options) == (model.name, model.options)
        and result.reused_from is None
        and result.fit_seconds is not None
        and result.predict_seconds is not None
        and result.status == "ok"
    ]


def _makespan(seconds: Iterable[float], jobs: int) -> float:
    """Return when the last trial ends if each goes to the job that is free first."""
    ends = [0.0] * jobs
    heapify(ends)
    for duration in seconds:
        heapreplace(ends, ends[0] + duration)
    return max(ends)
