"""The lines of a run's trials: read one by one, and compared with the run's plan."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digitbench.errors import StoreError
from digitbench.store.layout import MANIFEST, TRIALS, StoredTrial
from digitbench.store.lines import distinct_lines, parsed, take, validated, values
from digitbench.types import RunPlan, TrialResult, TrialSpec
from digitbench.types.plain import short

_NOT_STORED = "keep"
"""The field of a trial that no line has."""


@dataclass(frozen=True)
class TrialLine:
    """A line of `trials.jsonl`.

    Attributes:
        place: the file and the line's number, as messages name them.
        trial: what it says.
        spec: the plan's record of the trial, which is equal: thousands of results then share what
            they have in common.
    """

    place: str
    trial: StoredTrial
    spec: TrialSpec


def trial_lines(path: Path, plan: RunPlan) -> Iterator[TrialLine]:
    """Yield the lines of a run's trials, as `distinct_lines` does.

    Args:
        path: the run's directory.
        plan: the run's; every trial must be one of it.

    Raises:
        StoreError: the file cannot be read, a line is damaged, or the lines contradict the plan or
            each other.
    """
    file = path / TRIALS
    rules = _Rules(plan)
    for number, line in distinct_lines(file):
        place = f"{file}, line {number}"
        found = values(line, place)
        rules.share_planned(found)
        trial = validated(found, StoredTrial, place)
        if fault := rules.fault(trial, number):
            raise StoreError(f"{place}: {fault}")
        yield TrialLine(place, trial, rules.planned(trial))


def results_after(path: Path, offset: int) -> tuple[list[TrialResult], int]:
    """Return the results in the lines from an offset on, and the offset of the line that follows.

    They come without their arrays, and are not compared with the run's plan: this is for whoever
    follows a run that is going on.

    Args:
        path: the run's directory.
        offset: where a line begins, in bytes; 0, or what this returned before.

    Raises:
        StoreError: the file cannot be read, or a line is damaged.
    """
    file = path / TRIALS
    try:
        with file.open("rb") as lines:
            lines.seek(offset)
            whole = lines.read().rpartition(b"\n")[0]
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error
    if not whole:
        return [], offset
    place = f"{file}, from byte {offset} on,"
    results = [parsed(line, StoredTrial, place).result for line in whole.split(b"\n")]
    return results, offset + len(whole) + 1


@dataclass
class _Rules:
    """What the lines of a run must keep to.

    Attributes:
        plan: the run's plan.
    """

    plan: RunPlan
    _specs: dict[tuple[str, int], TrialSpec] = field(init=False)
    _numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    _predictions: list[tuple[int, int]] = field(default_factory=list)
    _probabilities: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._specs = {(spec.model, spec.trial): spec for spec in self.plan.trial_specs()}

    def share_planned(self, found: Any) -> None:
        """Put the plan's record of a trial, which is validated, in the place of equal values.

        Args:
            found: the plain values of a line.
        """
        match found:
            case {"result": {"spec": {"model": str(model), "trial": int(trial)} as spec} as result}:
                planned = self._specs.get((model, trial))
                if planned is not None and {_NOT_STORED: False, **spec} == vars(planned):
                    result["spec"] = planned

    def planned(self, trial: StoredTrial) -> TrialSpec:
        """Return the plan's record of a trial in which there is no fault."""
        return self._specs[trial.result.spec.model, trial.result.spec.trial]

    def fault(self, trial: StoredTrial, number: int) -> str | None:
        """Say what is wrong with a line's trial, given the lines before; None if nothing is."""
        spec = trial.result.spec
        key = spec.model, spec.trial
        if key not in self._specs:
            return (
                f"{_named(spec)} is not in the plan of {MANIFEST}; these files are not of one run"
            )
        if differing := _differing(spec, self._specs[key]):
            return (
                f"{_named(spec)} has another {differing} than the plan of {MANIFEST} gives it; "
                "these files are not of one run"
            )
        if key in self._numbers:
            return (
                f"{_named(spec)} is in line {self._numbers[key]} already, with another result; "
                "delete the line that is wrong"
            )
        self._numbers[key] = number
        return _own_fault(trial) or self._overlap(trial)

    def _overlap(self, trial: StoredTrial) -> str | None:
        for block, taken in (
            (trial.predictions, self._predictions),
            (trial.probabilities, self._probabilities),
        ):
            if block is not None and not take(block, taken):
                what = _named(trial.result.spec)
                return f"{what} claims bytes of an array that another trial claims too"
        return None


def _named(spec: TrialSpec) -> str:
    return f"trial {spec.trial} of {short(spec.model)}"


def _differing(spec: TrialSpec, planned: TrialSpec) -> str | None:
    """Return which field of a trial is not as it was planned, if one is not."""
    if spec is planned:
        return None
    names = (
        name for name in TrialSpec.model_fields if getattr(spec, name) != getattr(planned, name)
    )
    return next(names, None)


def _own_fault(trial: StoredTrial) -> str | None:
    """Say what of a trial contradicts itself."""
    result = trial.result
    if result.status == "failed":
        if result.error is None or result.accuracy is not None or trial.predictions is not None:
            return f"{_named(result.spec)} failed, but lacks the reason or has figures"
    elif result.accuracy is None or result.error is not None or trial.predictions is None:
        return f"{_named(result.spec)} succeeded, but lacks figures or has an error"
    return None
