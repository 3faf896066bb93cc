"""A check: a run compared with what is asked of it, and with a baseline.

The question is about one test set: has the mean accuracy of these models, on these very images,
become lower than it was, by more than trainings with other seeds differ?
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from digitbench.analysis.baseline_sets import SetFigures, full_set_name, set_figures
from digitbench.analysis.gate.decision import Decision, GateOutcome, decide, overall
from digitbench.analysis.gate.images import ImageChanges
from digitbench.analysis.gate.model_gates import ModelGates
from digitbench.analysis.gate.settings import GateSettings
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.errors import UsageError
from digitbench.store.baseline import Baseline, BaselineModel
from digitbench.types import RunPlan, RunRecord


@dataclass(frozen=True)
class CheckedModel:
    """A model of a check, as it is and as it was.

    Attributes:
        label: the model.
        now: its trials that succeeded; None if none did.
        then: the baseline's; None if that does not have it.
        images: which images became wrong or right; None unless there are both.
        sets: its figures on further test sets, by the name of a set or of a condition.
    """

    label: str
    now: Outcomes | None
    then: BaselineModel | None
    images: ImageChanges | None
    sets: Mapping[str, SetFigures] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What a check found.

    Attributes:
        record: the run that was judged.
        baseline: what it was compared with, if anything.
        settings: what was asked.
        looks: how many times it might look, each time with more trials.
        models: the models that were judged.
        decisions: the gates, model by model.
    """

    record: RunRecord
    baseline: Baseline | None
    settings: GateSettings
    looks: int
    models: tuple[CheckedModel, ...]
    decisions: tuple[Decision, ...]

    @property
    def outcome(self) -> GateOutcome:
        """What the worst gate says."""
        return overall(self.decisions)

    @property
    def passed(self) -> bool:
        """Whether the check as a whole lets pass; what is inconclusive counts as configured."""
        if self.outcome is GateOutcome.INCONCLUSIVE:
            return self.settings.on_inconclusive == "pass"
        return self.outcome is GateOutcome.PASS

    @property
    def noisy_gates(self) -> int:
        """How many gates can give a false alarm."""
        return sum(decision.gate.noisy for decision in self.decisions)

    @property
    def false_alarms(self) -> float:
        """How often a check like this fails though nothing has changed, at most."""
        return self.settings.false_alarms if self.noisy_gates else 0.0


def check(
    record: RunRecord,
    baseline: Baseline | None,
    settings: GateSettings,
    models: Collection[str] | None = None,
    *,
    looks: int = 1,
) -> Judgement:
    """Judge a run.

    Args:
        record: the run, read with its predictions.
        baseline: what it is compared with; None if only floors and ratios are asked for. What
            differs must have been looked at (`digitbench.analysis.gate.compatibility`).
        settings: what is asked.
        models: labels of the models to judge; None for those of the run and of the baseline.
        looks: how many times the check looks at most, each time with more trials.

    Raises:
        UsageError: a model that is named is not there.
    """
    found = {outcome.label: outcome for outcome in outcomes(record)}
    known = refuse_unknown_names(record.plan, baseline, settings, models)
    labels = [label for label in known if models is None or label in models]
    sets = set_figures(record)
    rows = [
        ModelGates(label, record, found, baseline, settings.limits(label), sets.get(label, {}))
        for label in labels
    ]
    gates = [gate for row in rows for gate in row.gates()]
    checked = tuple(CheckedModel(r.label, r.now, r.then, r.images, r.sets) for r in rows)
    decisions = decide(gates, settings.false_alarms, looks)
    return Judgement(record, baseline, settings, looks, checked, decisions)


def refuse_unknown_names(
    plan: RunPlan,
    baseline: Baseline | None,
    settings: GateSettings,
    models: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Return the labels of the models of a run and of a baseline.

    Raises:
        UsageError: the settings, or the models to judge, name another one; or a ratio is to a
            model, or a limit on a test set, that the run does not have.
    """
    planned = [model.label for model in plan.models]
    known = dict.fromkeys(
        [*planned, *(model.label for model in baseline.models)] if baseline else planned
    )
    for label in (*(models or ()), *settings.model):
        if label not in known:
            raise UsageError(f"there is no {label} to check; there are: {', '.join(known)}")
    for label in planned:
        limits = settings.limits(label)
        for name in (*limits.min_set_accuracy, *limits.set_tolerance):
            full_set_name(name, plan)
        ratios = (limits.max_fit_time_ratio, limits.max_predict_time_ratio, limits.max_size_ratio)
        for reference in (name for ratio in ratios for name in ratio):
            if reference not in planned:
                raise UsageError(
                    f"{label} is to be compared with {reference}, which is not in the run: add it "
                    "to --models"
                )
    return tuple(known)


def asks_something(
    labels: Collection[str], baseline: Baseline | None, settings: GateSettings
) -> bool:
    """Tell whether there is a gate for any of the models, beside that of its trials."""
    return any(
        (baseline is not None and baseline.model(label) is not None)
        or settings.limits(label).asks_something
        for label in labels
    )


def looks_of(trials: int, max_trials: int | None) -> tuple[int, ...]:
    """Return the numbers of trials at which a check looks: twice as many each time.

    Args:
        trials: at the first look.
        max_trials: at the last; None or fewer than `trials` for no other look.
    """
    counts = [trials]
    while max_trials is not None and counts[-1] < max_trials:
        counts.append(min(2 * counts[-1], max_trials))
    return tuple(counts)
