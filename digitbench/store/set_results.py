"""What trials gave on further test sets: lines and predictions, compared with the run's plan."""

from dataclasses import dataclass
from pathlib import Path

from digitbench.errors import StoreError
from digitbench.store.arrays import ArrayFile
from digitbench.store.layout import (
    MANIFEST,
    SET_PREDICTIONS,
    SET_RESULTS,
    StoredSetResult,
)
from digitbench.store.lines import distinct_lines, parsed, take
from digitbench.types import NUM_CLASSES, RunPlan, SetResult, TrialResult
from digitbench.types.plain import short


@dataclass(frozen=True)
class SetResultLine:
    """A line of `test_sets.jsonl`.

    Attributes:
        place: the file and the line's number, as messages name them.
        stored: what it says.
    """

    place: str
    stored: StoredSetResult


class SetResults:
    """What a run's trials gave on its further test sets.

    Attributes:
        lines: by the label and number of the trial, then by the label of the set; the last one
            where those before say that it failed.
    """

    def __init__(self, path: Path, plan: RunPlan, *, arrays: bool = True) -> None:
        """Read the lines; the predictions are mapped, and checked for the trials asked for.

        Args:
            path: the run's directory.
            plan: the run's; every line must be of a trial and a set of it.
            arrays: whether the predictions are wanted.

        Raises:
            StoreError: a file cannot be read, a line is damaged, or the lines contradict the plan
                or each other.
        """
        self._predictions = ArrayFile(path / SET_PREDICTIONS) if arrays else None
        self._sets = {planned.label: planned for planned in plan.test_sets}
        self.lines: dict[tuple[str, int], dict[str, SetResultLine]] = {}
        file = path / SET_RESULTS
        planned = {model.label: plan.trials_of(model) for model in plan.models}
        taken: list[tuple[int, int]] = []
        for number, line in distinct_lines(file):
            place = f"{file}, line {number}"
            stored = parsed(line, StoredSetResult, place)
            there = self.lines.setdefault((stored.model, stored.trial), {})
            known = stored.trial <= planned.get(stored.model, 0)
            if fault := self._fault(stored, there, taken, known):
                raise StoreError(f"{place}: {fault}")
            there[stored.result.test_set] = SetResultLine(place, stored)

    def of(self, result: TrialResult) -> tuple[SetResult, ...]:
        """Return what a trial gave on the sets it was tried on, in the order of the plan.

        Raises:
            StoreError: its predictions are damaged, or it failed and has some.
        """
        there = self.lines.get((result.spec.model, result.spec.trial), {})
        found = (there[label] for label in self._sets if label in there)
        return tuple(self._with_predictions(line, result) for line in found)

    def _fault(
        self,
        stored: StoredSetResult,
        there: dict[str, SetResultLine],
        taken: list[tuple[int, int]],
        known: bool,
    ) -> str | None:
        """Say what is wrong with a line, given the lines before; None if nothing is.

        Args:
            stored: what the line says.
            there: what the lines before say of its trial, by set.
            taken: where their arrays lie.
            known: whether its trial is in the plan.
        """
        test_set, block = stored.result.test_set, stored.predictions
        what = f"trial {stored.trial} of {short(stored.model)} on {short(test_set)}"
        planned = self._sets.get(test_set)
        if planned is None or not known:
            return f"{what} is not in the plan of {MANIFEST}; these files are not of one run"
        fault = None
        if test_set in there and there[test_set].stored.predictions is not None:
            fault = "is there already, with another result; delete the line that is wrong"
        elif (stored.result.error is None) != (block is not None):
            fault = "has neither predictions nor an error, or both"
        elif block and (planned.error is not None or block.size != planned.size):
            fault = f"does not hold the predictions that the plan of {MANIFEST} asks for"
        elif block and not take(block, taken):
            fault = "claims bytes of an array that another line claims too"
        return fault and f"{what} {fault}"

    def _with_predictions(self, line: SetResultLine, trial: TrialResult) -> SetResult:
        result, block = line.stored.result, line.stored.predictions
        if block is None:
            return result
        if trial.status == "failed":
            raise StoreError(f"{line.place}: there are predictions of a trial that failed")
        if self._predictions is None:
            return result
        predictions = self._predictions.block(block)
        if block.size and int(predictions.max()) >= NUM_CLASSES:
            raise StoreError(
                f"{line.place}: a prediction is {predictions.max()}; digits are 0 to 9"
            )
        return result.model_copy(update={"predictions": predictions})
