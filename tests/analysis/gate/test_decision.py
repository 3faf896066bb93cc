"""Gates are decided together: three outcomes, one rate of false alarms for all of them."""

import pytest

from digitbench.analysis.gate.decision import Figure, Gate, GateKind, GateOutcome, decide, overall
from digitbench.analysis.gate.power import Contrast, detectable_factor


def gate(drop: float, *, std: float | None = 1.0, clear: float | None = None, n: int = 1) -> Gate:
    """Make a gate of figures that are all alike, with ten degrees of freedom."""
    held = Contrast(drop, std, 10, 1.0)
    return Gate(GateKind.DROP, "made", (Figure(held, drop, 0.0, clear=clear),) * n)


def outcomes(*gates: Gate, looks: int = 1) -> list[str]:
    return [decision.outcome.value for decision in decide(gates, 0.01, looks)]


def test_a_drop_beyond_noise_fails_and_one_within_passes() -> None:
    assert outcomes(gate(2.70)) == ["pass"]
    assert outcomes(gate(2.80)) == ["fail"]  # t(0.99, 10) = 2.764


def test_more_gates_and_more_figures_and_more_looks_ask_for_more() -> None:
    other = gate(-1.0)
    assert outcomes(gate(2.80), other) == ["pass", "pass"]
    assert outcomes(gate(3.20), other) == ["fail", "pass"]  # t(0.995, 10) = 3.169
    assert outcomes(gate(2.80, n=2)) == ["pass"]
    assert outcomes(gate(3.20, n=2)) == ["fail"]
    assert outcomes(gate(2.80), looks=2) == ["pass"]
    assert outcomes(gate(3.20), looks=2) == ["fail"]


def test_a_gate_that_failed_makes_it_easier_for_the_others() -> None:
    assert outcomes(gate(9.0), gate(2.80)) == ["fail", "fail"]


def test_gates_without_noise_do_not_count() -> None:
    exact = gate(0.1, std=0.0)
    found = decide([exact, gate(2.80), Gate(GateKind.TRIALS, "made")], 0.01)
    assert [decision.outcome.value for decision in found] == ["fail", "fail", "pass"]
    assert [decision.false_alarms for decision in found] == [0.0, 0.01, 0.0]
    assert found[0].smallest_drop == 0.0


def test_what_cannot_be_ruled_out_is_inconclusive() -> None:
    # the 90 % bound lies 1.372 above the drop
    assert outcomes(gate(0.0, clear=1.5)) == ["pass"]
    assert outcomes(gate(0.5, clear=1.5)) == ["inconclusive"]
    assert outcomes(gate(0.0, clear=1.5), looks=2) == ["inconclusive"]
    assert outcomes(gate(0.0, std=None)) == ["inconclusive"]
    assert outcomes(gate(0.0, std=0.0, clear=0.0)) == ["pass"]


def test_a_problem_fails_and_what_is_unchanged_passes() -> None:
    broken = Gate(GateKind.TRIALS, "made", problem="1 of 3 failed")
    same = Gate(GateKind.DROP, "made", gate(5.0, clear=0.1).figures, unchanged=True)
    assert outcomes(broken, same) == ["fail", "pass"]


def test_each_gate_states_what_it_sees_at_its_share_of_the_rate() -> None:
    (alone,) = decide([gate(0.0)], 0.01)
    assert alone.smallest_drop == detectable_factor(10, 10, 0.01)
    first, second = decide([gate(0.0), gate(0.0, n=2)], 0.01, 2)
    assert first.smallest_drop == detectable_factor(10, 10, 0.0025)
    assert second.smallest_drop == detectable_factor(10, 10, 0.00125)


def test_the_figures_that_fail_are_named() -> None:
    held = [Contrast(drop, 1.0, 10, 1.0) for drop in (0.0, 9.0, 5.0)]
    figures = tuple(Figure(h, h.drop, 0.0, digit=d) for d, h in enumerate(held))
    (found,) = decide([Gate(GateKind.CLASS_ACCURACY, "made", figures)], 0.01)
    assert [figure.digit for figure in found.failing] == [1, 2]
    assert found.worst is figures[1]


@pytest.mark.parametrize(
    ("drops", "expected"),
    [
        ((0.0, 9.0), GateOutcome.FAIL),
        ((0.0, 1.0), GateOutcome.INCONCLUSIVE),
        ((-9.0,), GateOutcome.PASS),
    ],
)
def test_the_worst_gate_speaks_for_the_check(
    drops: tuple[float, ...], expected: GateOutcome
) -> None:
    assert overall(decide([gate(drop, clear=0.5) for drop in drops], 0.01)) is expected
