"""A run that goes on until a comparison is settled: what its looks found, in words and as JSON."""

from typing import Any

from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.pairs import Pair
from digitbench.analysis.sequential import Standing, State, family_level, judge
from digitbench.analysis.significance import Verdict
from digitbench.report import formatting
from digitbench.types import RunRecord, SequentialDesign

NOTHING_TO_GAIN = "more trials cannot settle it, the test set is the limit"


def standing_of(record: RunRecord, design: SequentialDesign) -> Standing | None:
    """Return how the comparison stands; None between two looks, or if a model always failed."""
    if record.status != "complete" or always_failed(record, design):
        return None
    return judge(record, design)


def always_failed(record: RunRecord, design: SequentialDesign) -> list[str]:
    """Return the labels of compared models of which no trial succeeded."""
    there = {model.label for model in outcomes(record)}
    return [label for label in _compared(record, design) if label not in there]


def after(record: RunRecord) -> str:
    """Say how many trials of a model there are: `after 5 trials`."""
    trials = max(record.plan.trials_of(model) for model in record.plan.models)
    return "after 1 trial" if trials == 1 else f"after {trials} trials"


def finding(standing: Standing) -> str:
    """Say what a look found, such as `cnn better than svm, p = 0.0003 <= 0.0146`."""
    pairs, level = standing.pairs, standing.level
    if len(pairs) == 1:
        return _of_pair(pairs[0], level)
    settled = sum(pair.population.verdict is Verdict.BETTER for pair in pairs)
    return f"{settled} of {len(pairs)} pairs told apart at the level {level:.4f}"


def design_notes(design: SequentialDesign | None) -> list[str]:
    """Say of a run that has not begun how its number of trials will come about."""
    if design is None:
        return []
    budget = design.budget_seconds
    most = "" if budget is None else f", as long as they fit into {formatting.duration(budget)}"
    looks = ", ".join(map(str, design.looks))
    return [
        f"Trials are added to tell {_who(design)} apart, with looks after {looks} trials{most}.",
        "Those listed are of the first look.",
    ]


def sequential_notes(record: RunRecord) -> list[str]:
    """Say how the number of trials came about; nothing if it was fixed."""
    design = record.plan.sequential
    if design is None:
        return []
    looks = ", ".join(map(str, design.looks))
    level = f"{_level(record, design):.4f}"
    return [
        f"Trials were added to tell {_who(design)} apart: {_ending(record, design)}.",
        f"Looks after {looks} trials, each at the level {level}, which is 5 % for all together.",
    ]


def sequential_document(record: RunRecord) -> dict[str, Any] | None:
    """Return the design and how the comparison stands; None if the trials were fixed."""
    design = record.plan.sequential
    if design is None:
        return None
    standing = standing_of(record, design)
    return {
        **design.model_dump(mode="json"),
        "level": _level(record, design),
        "state": None if standing is None else standing.state.value,
    }


def _who(design: SequentialDesign) -> str:
    return "every pair" if design.pair is None else " and ".join(design.pair)


def _compared(record: RunRecord, design: SequentialDesign) -> tuple[str, ...]:
    return design.pair or tuple(model.label for model in record.plan.models)


def _level(record: RunRecord, design: SequentialDesign) -> float:
    """Return the level of one look, for all pairs of the run together."""
    models = len(outcomes(record)) or len(record.plan.models)
    return family_level(design, models * (models - 1) // 2)


def _of_pair(pair: Pair, level: float) -> str:
    first, second = pair.first.label, pair.second.label
    p_value = pair.population.p_adjusted
    if not pair.difference:
        return f"{first} and {second} equally good"
    if p_value is None:
        tested = "p not known"
    else:
        tested = f"p = {p_value:.2g} {'<=' if p_value <= level else '>'} {level:.4f}"
    if pair.population.verdict is Verdict.BETTER:
        return f"{first} better than {second}, {tested}"
    return f"{first} {formatting.points(pair.difference)} points ahead of {second}, {tested}"


def _ending(record: RunRecord, design: SequentialDesign) -> str:
    """Say how it stands."""
    standing = standing_of(record, design)
    if standing is None:
        return "not settled; the trials so far are no look"
    found = f"{after(record)}, {finding(standing)}"
    if standing.state is State.DECIDED:
        return f"settled {found}"
    if standing.state is State.UNDECIDABLE:
        return f"{found}; {NOTHING_TO_GAIN}"
    if record.plan.trials >= design.looks[-1]:
        return f"not settled {found}; no more trials were to be added"
    budget = design.budget_seconds
    within = "" if budget is None else f" within {formatting.duration(budget)}"
    return f"not settled{within} {found}"
