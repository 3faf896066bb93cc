"""The gates of a check, and how each is decided: pass, fail or inconclusive.

All gates of one check share its false-alarm rate. A gate of several figures, such as the accuracy
on each digit, counts its smallest p-value times their number (Bonferroni); over the gates, p-values
are adjusted by Holm's method. A check that looks several times, each time with more trials, has an
equal part of the rate at each look. So the rate holds whatever the gates have in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from digitbench.analysis.gate.power import POWER, ROUNDING, Contrast
from digitbench.analysis.significance import holm


class GateOutcome(StrEnum):
    """What a gate says, or a check as a whole."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class GateKind(StrEnum):
    """What a gate looks at.

    Members:
        TRIALS: every trial that was asked for is there and did not fail.
        DROP: the mean accuracy against the baseline's.
        ACCURACY: the mean accuracy against a floor.
        CLASS_ACCURACY: the mean accuracy on digits against floors.
        FIT_TIME, PREDICT_TIME, SIZE: as a multiple of another model's of the same run.
    """

    TRIALS = "trials"
    DROP = "drop"
    ACCURACY = "accuracy"
    CLASS_ACCURACY = "class accuracy"
    FIT_TIME = "fit time"
    PREDICT_TIME = "predict time"
    SIZE = "size"


@dataclass(frozen=True)
class Figure:
    """One figure that is compared with its limit.

    Attributes:
        contrast: how far it is on the wrong side of what it is compared with, and the noise.
        measured: the figure as people know it: a mean accuracy, a drop, a ratio.
        limit: what it is compared with, in the same terms.
        allowed: the largest `contrast.drop` that is no fault.
        clear: the gate passes only if a `contrast.drop` above this can be ruled out; None if it
            passes as long as it does not fail.
        digit: the digit that it is of; None for all.
    """

    contrast: Contrast
    measured: float
    limit: float
    allowed: float = 0.0
    clear: float | None = None
    digit: int | None = None

    @property
    def exact(self) -> bool:
        """Whether there is no noise in it."""
        return self.contrast.std == 0


@dataclass(frozen=True)
class Gate:
    """A gate before it is decided.

    Attributes:
        kind: what it looks at.
        model: the label of the model it is of.
        figures: what it decides by, at least one unless it is of `TRIALS`.
        reference: the model that a ratio is to.
        unchanged: every prediction is the baseline's: there is nothing to test.
        problem: why it fails without a figure, such as a failed trial.
        test_set: the further test set, or a condition of one, that it is of; None for the run's
            own test images.
    """

    kind: GateKind
    model: str
    figures: tuple[Figure, ...] = ()
    reference: str | None = None
    unchanged: bool = False
    problem: str | None = None
    test_set: str | None = None

    @property
    def noisy(self) -> bool:
        """Whether it can give a false alarm."""
        return any(not f.exact and f.contrast.std is not None for f in self.figures)

    @property
    def p_value(self) -> float | None:
        """Of its worst figure, for their number; None if no figure has one."""
        if self.unchanged:
            return 1.0
        known = [p for f in self.figures if (p := f.contrast.p_value(f.allowed)) is not None]
        return min(1.0, min(known) * len(self.figures)) if known else None


@dataclass(frozen=True)
class Decision:
    """A gate, decided.

    Attributes:
        gate: which.
        outcome: what it says.
        worst: the figure that decided; None if there is none.
        failing: the figures that are on the wrong side of their limits by more than noise.
        p_adjusted: Holm's adjusted p-value; None where there is no noise, or none is known.
        false_alarms: how often this gate at most fails by chance, 0 where there is no noise.
        smallest_drop: the smallest true drop beyond the limit that it finds with 90 % power, in
            the terms of the worst figure's contrast; None where the noise is unknown.
    """

    gate: Gate
    outcome: GateOutcome
    worst: Figure | None = None
    failing: tuple[Figure, ...] = ()
    p_adjusted: float | None = None
    false_alarms: float = 0.0
    smallest_drop: float | None = None


def decide(gates: Sequence[Gate], false_alarms: float, looks: int = 1) -> tuple[Decision, ...]:
    """Decide the gates of a check, in their order.

    Args:
        gates: all gates of the check.
        false_alarms: how often a check of an unchanged model may fail, all gates and looks
            together.
        looks: how many times the check looks at most, each time with more trials.
    """
    level = false_alarms / looks
    missed = (1 - POWER) / looks
    noisy = sum(gate.noisy for gate in gates)
    adjusted = holm([gate.p_value if gate.noisy else None for gate in gates])
    decisions = []
    for gate, p_adjusted in zip(gates, adjusted, strict=True):
        decision = _decide(gate, gate.p_value if p_adjusted is None else p_adjusted, level, missed)
        if p_adjusted is not None:
            share = level / noisy
            worst, of_figure = decision.worst, share / len(gate.figures)
            smallest = worst.contrast.smallest_drop(of_figure) if worst else None
            decision = replace(
                decision, p_adjusted=p_adjusted, false_alarms=share, smallest_drop=smallest
            )
        elif decision.worst and decision.worst.exact:
            decision = replace(decision, smallest_drop=0.0)
        decisions.append(decision)
    return tuple(decisions)


def overall(decisions: Sequence[Decision]) -> GateOutcome:
    """Return what a check says as a whole: its worst gate."""
    outcomes = {decision.outcome for decision in decisions}
    for outcome in (GateOutcome.FAIL, GateOutcome.INCONCLUSIVE):
        if outcome in outcomes:
            return outcome
    return GateOutcome.PASS


def _decide(gate: Gate, p_value: float | None, level: float, missed: float) -> Decision:
    if gate.problem is not None:
        return Decision(gate, GateOutcome.FAIL)
    if not gate.figures:
        return Decision(gate, GateOutcome.PASS)
    worst = min(gate.figures, key=_badness)
    if gate.unchanged:
        return Decision(gate, GateOutcome.PASS, worst)
    parts = len(gate.figures)
    if p_value is not None and p_value <= level:
        # The gate as a whole is significant at its level; each figure at its own part of it.
        part = level / parts
        failing = tuple(f for f in gate.figures if (f.contrast.p_value(f.allowed) or 0) <= part)
        return Decision(gate, GateOutcome.FAIL, worst, failing or (worst,))
    clear = all(_is_clear(figure, missed / parts) for figure in gate.figures)
    return Decision(gate, GateOutcome.PASS if clear else GateOutcome.INCONCLUSIVE, worst)


def _badness(figure: Figure) -> tuple[float, float]:
    p_value = figure.contrast.p_value(figure.allowed)
    return (1.0 if p_value is None else p_value, figure.allowed - figure.contrast.drop)


def _is_clear(figure: Figure, level: float) -> bool:
    upper = figure.contrast.upper(level)
    if upper is None:
        return False
    return figure.clear is None or upper <= figure.clear + ROUNDING
