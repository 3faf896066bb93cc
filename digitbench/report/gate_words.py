"""A check in words: what each gate found, how good it is, and what could be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean

from digitbench.analysis.gate.decision import Decision, Figure, GateKind, GateOutcome
from digitbench.analysis.gate.images import ChangedImage
from digitbench.analysis.gate.judgement import CheckedModel, Judgement
from digitbench.analysis.gate.power import POWER, detectable_factor, flip_std, pooled_std
from digitbench.analysis.gate.set_labels import absolute_places
from digitbench.analysis.gate.settings import FALSE_ALARMS
from digitbench.report.formatting import percent
from digitbench.report.verdicts import p_text
from digitbench.store.baseline import Baseline, BaselineModel

_RATIOS = (GateKind.FIT_TIME, GateKind.PREDICT_TIME, GateKind.SIZE)
_FORESEEN_TRIALS = (3, 5, 10)


def title(decision: Decision) -> str:
    """Name a gate: `accuracy against the baseline`."""
    gate = decision.gate
    on = "" if gate.test_set is None else f" on {gate.test_set}"
    return {
        GateKind.TRIALS: "trials",
        GateKind.DROP: f"accuracy{on} against the baseline",
        GateKind.ACCURACY: f"accuracy{on} against a floor",
        GateKind.CLASS_ACCURACY: "accuracy on digits against floors",
    }.get(gate.kind, f"{gate.kind.value} against {gate.reference}")


def finding(decision: Decision, check: Judgement) -> str:
    """Say what a gate found, in one sentence."""
    gate = decision.gate
    if gate.problem is not None:
        return gate.problem
    if gate.kind is GateKind.TRIALS:
        return "all are there, none failed"
    worst = decision.worst
    if worst is None:
        return "no test image shows these digits"
    model = next(model for model in check.models if model.label == gate.model)
    if gate.kind is GateKind.DROP:
        return _drop_found(decision, worst, _held(decision, check))
    if gate.kind in _RATIOS:
        times = f"{worst.measured:.2f} times that of {gate.reference}"
        return f"{times}; at most {worst.limit:g} times are allowed"
    return _floor_found(decision, worst, model)


def quality(decision: Decision, check: Judgement) -> str:
    """Say how good a gate is: how often it fails by chance, and what it sees."""
    gate, worst = decision.gate, decision.worst
    if gate.kind is GateKind.TRIALS or gate.problem is not None or worst is None:
        return "no noise"
    if gate.kind is GateKind.SIZE:
        return "no noise: any excess is seen"
    if worst.exact:
        return "no noise, the model is deterministic: one image too many is seen"
    if decision.smallest_drop is None:
        return "the noise is unknown: it takes three trials, of baseline and run together"
    p_value = "" if decision.p_adjusted is None else f"{p_text(decision.p_adjusted)}, "
    chance = f"fails by chance in at most {_rate(decision.false_alarms)} of checks"
    seen = _seen(decision, worst, _held(decision, check))
    return f"{p_value}{chance}, finds {seen} with {_rate(POWER)} power"


def advice(decision: Decision, check: Judgement) -> str | None:
    """Say why a gate is inconclusive; None if it is not."""
    worst = decision.worst
    if decision.outcome is not GateOutcome.INCONCLUSIVE or worst is None:
        return None
    upper = worst.contrast.upper((1 - POWER) / check.looks)
    if upper is None:
        return "too few trials to know the noise"
    if decision.gate.kind is GateKind.DROP:
        asked = _amount(check.settings.limits(decision.gate.model).smallest_drop or "")
        return (
            f"a drop of {_points(min(upper, 1.0))} cannot be ruled out, one of {asked} was to be: "
            "more trials, of the baseline too, would tell"
        )
    return "the limit lies within the noise: more trials would tell"


def headline(check: Judgement) -> str:
    """Say what a check found, as a whole."""
    counts = {
        outcome: sum(decision.outcome is outcome for decision in check.decisions)
        for outcome in GateOutcome
    }
    parts = [
        f"{counts[outcome]} {word}"
        for outcome, word in (
            (GateOutcome.FAIL, "failed"),
            (GateOutcome.INCONCLUSIVE, "inconclusive"),
            (GateOutcome.PASS, "passed"),
        )
        if counts[outcome]
    ]
    text = f"{'passed' if check.passed else 'FAILED'}: of {len(check.decisions)} gates "
    text += ", ".join(parts)
    if check.outcome is GateOutcome.INCONCLUSIVE:
        text += f" (inconclusive ones count as {check.settings.on_inconclusive})"
    return text


def footing(check: Judgement) -> Iterator[str]:
    """Say what a check was of, and how often one like it fails by chance."""
    data = check.record.plan.dataset
    text = f"run {check.record.id}, {data.name}, {data.test_size:,} test images"
    if check.baseline is not None:
        text += f"; baseline {check.baseline.run}"
    yield text
    if check.noisy_gates:
        rate, gates = _rate(check.false_alarms), check.noisy_gates
        several = f"; all {gates} gates that have noise share this" if gates > 1 else ""
        looks = f", over up to {check.looks} looks" if check.looks > 1 else ""
        yield f"an unchanged model fails in at most {rate} of such checks{looks}{several}"


def image_words(image: ChangedImage) -> str:
    """Say what became of an image."""
    return (
        f"image {image.index}: a {image.digit}, taken for {image.taken_for}, wrong in "
        f"{image.wrong_now} of {image.trials_now} {_trials(image.trials_now)}, before in "
        f"{image.wrong_then} of {image.trials_then}"
    )


def images_summary(model: CheckedModel) -> str | None:
    """Say how many images of a model became wrong or right; None if that is not known."""
    if model.images is None:
        return None
    wrong, right = len(model.images.became_wrong), model.images.became_right
    return (
        f"{model.label}: {wrong:,} {'image' if wrong == 1 else 'images'} became wrong and "
        f"{right:,} right, in at least half of the trials"
    )


def foresight(baseline: Baseline) -> Iterator[str]:
    """Say what checks against a baseline will see, by numbers of trials, and what they need."""
    for model in baseline.models:
        if model.deterministic:
            yield f"{model.label}: deterministic, a check sees every image that is lost"
        elif model.trials == 1:
            yield f"{model.label}: one trial tells nothing of the noise; give it more"
        else:
            drops = [
                (_foreseen(model, baseline.dataset.test_size, trials), trials)
                for trials in _FORESEEN_TRIALS
            ]
            mean = sum(model.accuracies) / model.trials
            seen = ", ".join(
                f"{_points(drop)} with {trials}" for drop, trials in drops if drop <= mean
            )
            if seen:
                yield f"{model.label}: a check of one gate sees a drop of {seen} trials"
            else:
                most = f"{_FORESEEN_TRIALS[-1]} trials or fewer"
                yield f"{model.label}: a check of one gate sees no drop with {most}; give it more"
    for label in absolute_places(baseline):
        yield (
            f"{label}: where that path is another, name it to `digitbench check --test-sets`; "
            "what is there must be the same"
        )


def _foreseen(model: BaselineModel, images: int, trials: int) -> float:
    floor = flip_std(model.wrong_counts(images), model.trials)
    std, known = pooled_std([model.accuracies], floor)
    scale = sqrt(1 / trials + 1 / model.trials)
    factor = detectable_factor(known, trials + model.trials - 2, FALSE_ALARMS)
    return factor * (std or 0.0) * scale


@dataclass(frozen=True)
class _Held:
    """What a drop is made of.

    Attributes:
        now, then: accuracies of each trial, and of the baseline's; none if there are no trials.
        images: how many predictions each is made of.
    """

    now: Sequence[float]
    then: Sequence[float]
    images: int


def _held(decision: Decision, check: Judgement) -> _Held:
    """Return what a gate is about: the test images, or a further test set."""
    model = next(model for model in check.models if model.label == decision.gate.model)
    name = decision.gate.test_set
    if name is None:
        now = model.now
        return _Held(
            [] if now is None else now.accuracies.tolist(),
            model.then.accuracies if model.then else (),
            0 if now is None else len(now.labels),
        )
    figures = model.sets[name]
    known = model.then.test_sets.get(name) if model.then else None
    return _Held(figures.accuracies, known.accuracies if known else (), figures.images)


def _drop_found(decision: Decision, worst: Figure, held: _Held) -> str:
    now, then = fmean(held.now), fmean(held.then)
    text = f"{percent(now)} % {_over(len(held.now))}"
    if decision.gate.unchanged:
        return f"{text}: every prediction is the baseline's"
    images = round(abs(worst.measured) * held.images, 6)
    count = f"{images:,.1f}".removesuffix(".0")
    by = f"{_points(abs(worst.measured))}, {count} {'image' if images == 1 else 'images'},"
    side = "below" if worst.measured > 0 else "above"
    apart = f"{by} {side}" if images else "the same as"
    text += f", {apart} the baseline's {percent(then)} % {_over(len(held.then))}"
    if worst.limit:
        text += f"; {_points(worst.limit)} are allowed"
    return text


def _floor_found(decision: Decision, worst: Figure, model: CheckedModel) -> str:
    trials = _over(len(model.now.trials)) if model.now else ""
    if worst.digit is None:
        side = "below" if worst.measured < worst.limit else "no less than"
        return f"{percent(worst.measured)} % {trials}, {side} the floor of {_limit(worst.limit)}"
    if not decision.failing:
        named = f"{worst.digit} is the worst with {percent(worst.measured)} % {trials}"
        return f"{named}; floor {_limit(worst.limit)}"
    low = ", ".join(f"{f.digit} has {percent(f.measured)} %" for f in decision.failing)
    return f"below the floor of {_limit(worst.limit)} {trials}: {low}"


def _seen(decision: Decision, worst: Figure, held: _Held) -> str:
    """Say what a gate finds, in the terms of its figure."""
    beyond = decision.smallest_drop or 0.0
    if decision.gate.kind is GateKind.DROP:
        return _drop_seen(worst.allowed + beyond, held.then)
    if decision.gate.kind in _RATIOS:
        return f"a ratio of {exp(log(worst.limit) + beyond):.2f} or more"
    if beyond >= worst.limit:
        return "no shortfall, however large,"
    of = "" if worst.digit is None else f"on {worst.digit}s "
    return f"an accuracy {of}of {percent(worst.limit - beyond)} % or less"


def _drop_seen(drop: float, then: Sequence[float]) -> str:
    """Say what drop is seen; no accuracy can fall by more than it was."""
    if then and drop > fmean(then):
        return "no drop, however large,"
    return f"a drop of {_points(drop)} or more"


def _over(trials: int) -> str:
    return f"({trials} {_trials(trials)})"


def _trials(count: int) -> str:
    return "trial" if count == 1 else "trials"


def _points(fraction: float) -> str:
    """Write a difference in percentage points, finer where it is small."""
    value = 100 * fraction
    return f"{value:.2f} points" if value >= 0.095 else f"{value:.3f} points"  # noqa: PLR2004


def _amount(text: str) -> str:
    """Write an amount as it was given; a bare fraction in points."""
    return text if not text or text[-1].isalpha() else _points(float(text))


def _limit(fraction: float) -> str:
    return f"{100 * fraction:g} %"


def _rate(fraction: float) -> str:
    return f"{100 * fraction:.2g} %"
