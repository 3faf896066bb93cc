"""How long the parts of a trial take, by trials of earlier runs: a first one is slower."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field, replace
from statistics import median

from digitbench.analysis.estimate import alike
from digitbench.types import Environment, PlannedModel, RunPlan, RunRecord, TrialResult

_MOST_TRIALS = 9
"""How many trials the times are of, the newest: a machine's load changes."""
_LATENCY_SECONDS = 1.0
"""Time that latencies and checks take at most, where only the whole of a trial was kept."""


@dataclass(frozen=True)
class PhaseSeconds:
    """How long the parts of a trial take, or how long of each is left.

    Attributes:
        starting: from its start to `fit`; a first trial in a process loads its framework here.
        fit: `fit`.
        predict: `predict`, with probabilities.
        ending: from there on: latencies.
        test_sets: from there to the result: predictions of further test sets.
    """

    starting: float = 0.0
    fit: float = 0.0
    predict: float = 0.0
    ending: float = 0.0
    test_sets: float = 0.0

    @classmethod
    def of(cls, result: TrialResult, whole_seconds: float) -> "PhaseSeconds":
        """Return the parts of a trial whose phases nobody watched.

        Args:
            result: its result.
            whole_seconds: how long it took.
        """
        if result.fit_seconds is None or result.predict_seconds is None:
            return cls(fit=whole_seconds)
        test_sets = sum(part.seconds or 0.0 for part in result.set_results)
        known = result.fit_seconds + result.predict_seconds + test_sets
        other = max(0.0, whole_seconds - known)
        ending = min(other, _LATENCY_SECONDS)
        return cls(other - ending, result.fit_seconds, result.predict_seconds, ending, test_sets)

    @property
    def whole(self) -> float:
        """From the start of the trial to its result."""
        return self.starting + self.fit + self.predict + self.ending + self.test_sets

    @property
    def without_start(self) -> "PhaseSeconds":
        """Return the same for a trial that needs not load anything before its fit."""
        return replace(self, starting=0.0)

    def times(self, factor: float) -> "PhaseSeconds":
        """Return all parts so many times as long."""
        return self.towards(PhaseSeconds(), 1.0 - factor)

    def at_most(self, other: "PhaseSeconds") -> "PhaseSeconds":
        """Return each part, or that of other times if it is shorter."""
        return PhaseSeconds(*map(min, astuple(self), astuple(other)))

    def towards(self, other: "PhaseSeconds", weight: float) -> "PhaseSeconds":
        """Return the mean of these and other times, of which the others have a weight."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return PhaseSeconds(*(mine + weight * (its - mine) for mine, its in pairs))


@dataclass(frozen=True)
class ExpectedSeconds:
    """How long trials of a model took in earlier runs.

    Attributes:
        first: the first in a process, which loads and compiles; None if not known.
        later: the others; None if not known.
    """

    first: PhaseSeconds | None = None
    later: PhaseSeconds | None = None

    def testing(self, share: float) -> "ExpectedSeconds":
        """Return the same with so many times the test images in further test sets.

        Each takes as long as one of the test images does, whichever sets earlier trials had.
        """
        first, later = (
            seconds and replace(seconds, test_sets=share * seconds.predict)
            for seconds in (self.first, self.later)
        )
        return ExpectedSeconds(first, later)


@dataclass
class _Seen:
    first: list[PhaseSeconds] = field(default_factory=list)
    later: list[PhaseSeconds] = field(default_factory=list)

    def add(self, trials: Iterable[TrialResult], jobs: int) -> None:
        """Add the trials of a model in one run, of which the first have a process of their own."""
        for place, trial in enumerate(sorted(trials, key=lambda trial: trial.started_at)):
            seconds = known_seconds(trial)
            if seconds is not None:
                seen = self.first if place < jobs else self.later
                seen.append(PhaseSeconds.of(trial, seconds))

    def expected(self) -> ExpectedSeconds:
        """Return the medians of the newest.

        A later trial does what a first one does and loads nothing: if later ones took longer, the
        machine was busier then.
        """
        first, later = _middle(self.first), _middle(self.later)
        return ExpectedSeconds(first, later.at_most(first) if first and later else later)


def expected_phases(
    plan: RunPlan, environment: Environment, earlier: Iterable[RunRecord]
) -> dict[str, ExpectedSeconds]:
    """Return how long trials of a plan's models took in earlier runs, by label, where known.

    Args:
        plan: the plan.
        environment: where it is to be run.
        earlier: runs to judge by, the newest first; those under the same conditions count alone,
            if there are any of the model.
    """
    same: dict[str, _Seen] = {model.label: _Seen() for model in plan.models}
    other: dict[str, _Seen] = {model.label: _Seen() for model in plan.models}
    for record in earlier:
        if record.plan.dataset.fingerprint != plan.dataset.fingerprint:
            continue
        seen = same if alike(record, plan, environment) else other
        for model in plan.models:
            seen[model.label].add(_trials(record, model), record.plan.jobs)
    share = plan.further_images / plan.dataset.test_size
    found = {
        label: (same[label] if same[label].first else other[label]).expected().testing(share)
        for label in same
    }
    return {label: expected for label, expected in found.items() if expected.first is not None}


def known_seconds(result: TrialResult) -> float | None:
    """Return how long a trial took that was not watched; None if it does not tell."""
    if result.finished_at is not None and result.reused_from is None:
        return (result.finished_at - result.started_at).total_seconds()
    if result.fit_seconds is None:
        return None
    return result.fit_seconds + (result.predict_seconds or 0.0)


def _trials(record: RunRecord, model: PlannedModel) -> list[TrialResult]:
    """Return a run's own trials of a model that succeeded; those taken over count elsewhere."""
    return [
        result
        for result in record.results
        if (result.spec.name, result.spec.options) == (model.name, model.options)
        and result.reused_from is None
        and result.status == "ok"
    ]


def _middle(trials: Sequence[PhaseSeconds]) -> PhaseSeconds | None:
    newest = trials[:_MOST_TRIALS]
    if not newest:
        return None
    return PhaseSeconds(*map(median, zip(*map(astuple, newest), strict=True)))
