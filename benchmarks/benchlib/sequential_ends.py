"""How simulated runs end that go on until it is decided."""

from collections.abc import Sequence
from dataclasses import replace

from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sequential import State, standing
from digitbench.analysis.significance import Verdict
from digitbench.types import SequentialDesign


def end_of_run(models: Sequence[Outcomes], design: SequentialDesign) -> tuple[State, int]:
    """Return how a run ends and after how many trials; any pair called better is a decision.

    Args:
        models: with as many trials as the last look has.
        design: the looks.
    """
    state, trials = State.OPEN, 0
    for trials in design.looks:
        found = standing([_first_trials(model, trials) for model in models], design)
        if any(p.population.verdict is Verdict.BETTER for p in found.pairs):
            return State.DECIDED, trials
        state = found.state
        if state is not State.OPEN:
            break
    return state, trials


def _first_trials(model: Outcomes, trials: int) -> Outcomes:
    return replace(model, trials=model.trials[:trials], rows=model.rows[:trials])
