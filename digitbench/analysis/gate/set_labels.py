"""Test sets of a baseline that a run has by other labels, because they lie in another place there.

A label such as `pictures:/home/me/digits` names a place on the machine that made the baseline.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from digitbench.store.baseline import Baseline, BaselineModel
from digitbench.types import PlannedTestSet, RunPlan

_LABEL = re.compile(r"(?P<name>[^\[:]+)(?::[\"']?(?P<place>.*))?", re.DOTALL)


def with_labels_of(baseline: Baseline, plan: RunPlan) -> Baseline:
    """Return a baseline whose test sets are called as they are in a run.

    A set that the run does not have by its label is the one with the same content; or else, where
    its label names a place, the run's only other set of the same name with a place.
    """
    labels = [one.label for one in baseline.test_sets]
    others = [one for one in plan.test_sets if one.label not in labels]
    called: dict[str, str] = {}
    for then in baseline.test_sets:
        if any(one.label == then.label for one in plan.test_sets):
            continue
        same = [one for one in others if one.fingerprint == then.fingerprint]
        like = [one for one in others if _like(one, then.label)]
        if same or len(like) == 1:
            found = (same or like)[0]
            called[then.label] = found.label
            others.remove(found)
    return _renamed(baseline, called) if called else baseline


def absolute_places(baseline: Baseline) -> tuple[str, ...]:
    """Return the labels of the test sets that only a machine with the same path finds."""
    return tuple(
        one.label for one in baseline.test_sets if Path(_place(one.label) or "").is_absolute()
    )


def _like(planned: PlannedTestSet, label: str) -> bool:
    """Tell whether a set has the name that a label begins with, and both are of a place."""
    match = _LABEL.match(label)
    same_name = match is not None and match["name"] == planned.name
    return same_name and planned.argument is not None and _place(label) is not None


def _place(label: str) -> str | None:
    match = _LABEL.match(label)
    return match and match["place"]


def _renamed(baseline: Baseline, called: Mapping[str, str]) -> Baseline:
    sets = tuple(
        one.model_copy(update={"label": called.get(one.label, one.label)})
        for one in baseline.test_sets
    )
    models = tuple(_of_model(model, called) for model in baseline.models)
    return baseline.model_copy(update={"test_sets": sets, "models": models})


def _of_model(model: BaselineModel, called: Mapping[str, str]) -> BaselineModel:
    figures = {_name(name, called): found for name, found in model.test_sets.items()}
    return model.model_copy(update={"test_sets": figures})


def _name(name: str, called: Mapping[str, str]) -> str:
    """Return the name of a set or of one of its conditions, with the set's other label."""
    for label, other in called.items():
        if name == label or name.startswith(f"{label}/"):
            return other + name.removeprefix(label)
    return name
