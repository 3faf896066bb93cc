"""Checks all that a classifier returns or says of itself, as soon as it does.

What passes can be stored and comes back as it was; anything else makes the trial fail, with a
reason that says what was due.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import ContractError, one_line
from digitbench.types import NUM_CLASSES, Classifier, FitProgress, Labels
from digitbench.types.plain import plain_mapping, plain_number, plain_text, short

_PROBABILITY_TOLERANCE = 1e-3
"""How far a row of probabilities may be from summing to 1: float32 and bfloat16 round."""
_MOST_DETAILS = 1_000_000
_MOST_HISTORY = 32_000_000
"""Characters, more or less: of the classifier's details and of its history."""
_FIGURE_CHARACTERS = 24
_MOST_PROGRESS_TEXT = 100
_MOST_METRICS = 20
"""Of a report of progress: characters of a name, and metrics; the line on the terminal is short."""
_LARGEST = 2**63 - 1


def failure_reason(error: BaseException) -> str:
    """Say in one line why a classifier failed."""
    reason = one_line(error)
    if isinstance(error, ValueError) and "read-only" in reason:
        reason += " (the images are shared and read-only: work on a copy)"
    return reason


def check_predictions(predictions: object, count: int) -> Labels:
    """Return predicted digits as uint8 `(count,)`.

    Raises:
        ContractError: they are not integers, not of that shape, or not all 0 to 9.
    """
    array = _as_array(predictions, "predict", (count,))
    if array.shape != (count,):
        raise ContractError(f"predict returned shape {array.shape} where ({count},) was due")
    if array.dtype.kind not in "iu":
        raise ContractError(f"predict returned {array.dtype} values where integers were due")
    if count and not (array.min() >= 0 and array.max() < NUM_CLASSES):
        raise ContractError(
            f"predict returned labels from {array.min()} to {array.max()}; digits are 0 to 9"
        )
    return array.astype(np.uint8)


def check_probabilities(probabilities: object, count: int) -> NDArray[np.float32]:
    """Return class probabilities as float32 `(count, 10)`.

    Raises:
        ContractError: they are not floats of that shape, not finite, negative, or their rows do
            not sum to 1.
    """
    due = (count, NUM_CLASSES)
    array = _as_array(probabilities, "predict_proba", due)
    if array.shape != due:
        raise ContractError(f"predict_proba returned shape {array.shape} where {due} was due")
    if not np.issubdtype(array.dtype, np.floating):
        raise ContractError(f"predict_proba returned {array.dtype} values where floats were due")
    bad = int(np.count_nonzero(~np.isfinite(array).all(axis=1)))
    if bad:
        raise ContractError(f"predict_proba returned NaN or infinity for {bad} of {count} images")
    if count and array.min() < 0:
        raise ContractError(f"predict_proba returned a negative probability, {array.min():.3g}")
    sums = array.sum(axis=1, dtype=np.float64)
    if count and np.abs(sums - 1).max() > _PROBABILITY_TOLERANCE:
        worst = sums[np.abs(sums - 1).argmax()]
        raise ContractError(f"a row of predict_proba sums to {worst:.6g} where 1 was due")
    return array.astype(np.float32)


def _as_array(values: object, method: str, due: tuple[int, ...]) -> NDArray[Any]:
    """Return values as an array.

    A mapping, of which NumPy would try to make a list, is refused; so are lists of another shape.
    NumPy would walk through every path of lists that hold themselves or share their parts, for ever
    and with all memory.
    """
    if isinstance(values, Mapping):
        raise ContractError(f"{method} returned {short(values)} where an array was due")
    if not _lists_fit(values, due):
        raise ContractError(
            f"{method} returned {short(values)} where an array of shape {due} was due"
        )
    return np.asarray(values)


def _lists_fit(values: object, due: tuple[int, ...]) -> bool:
    """Tell whether what is a list, or a list of lists, has the shape that is due."""
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        return True
    if not due or len(values) != due[0]:
        return False
    return all(_lists_fit(part, due[1:]) for part in values)


def reported_members(classifier: Classifier) -> dict[str, Any]:
    """Collect what the classifier says of itself.

    Raises:
        ContractError: one of the optional members has the wrong type or is too large.
    """
    return {
        "n_parameters": _count(getattr(classifier, "n_parameters", None), "n_parameters"),
        "model_size_bytes": _count(getattr(classifier, "size_bytes", None), "size_bytes"),
        "details": _details(getattr(classifier, "details", {})),
        "history": _history(getattr(classifier, "history", ())),
    }


def check_progress(progress: object) -> FitProgress:
    """Return a report of progress as plain values.

    Raises:
        ContractError: it is not a `FitProgress`, or does not hold what that promises.
    """
    if not isinstance(progress, FitProgress):
        raise ContractError(f"report was called with {short(progress)}, not a FitProgress")
    if not isinstance(progress.metrics, Mapping):
        raise ContractError(f"the metrics of a FitProgress are {short(progress.metrics)}")
    return FitProgress(
        step=_whole(progress.step, "step"),
        total=_whole(progress.total, "total"),
        unit=_name(progress.unit),
        metrics={
            _name(name): _number(value, f"metric {short(name)}")
            for name, value in islice(progress.metrics.items(), _MOST_METRICS)
        },
    )


def _name(value: object) -> str:
    """Return a name as a short text; what is no text is not written out, which may be endless."""
    return plain_text(value if isinstance(value, str) else short(value), _MOST_PROGRESS_TEXT)


def _count(value: Any, member: str) -> int | None:
    if value is None:
        return None
    try:
        count = int(operator.index(value))
    except TypeError as error:
        raise ContractError(f"{member} is {short(value)}, not an integer") from error
    if not 0 <= count <= _LARGEST:
        raise ContractError(f"{member} is {short(count)}: give 0 or more, or None if unknown")
    return count


def _details(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ContractError(f"details are {short(value)}, not a mapping")
    try:
        return plain_mapping(value, "details", _MOST_DETAILS)
    except ValueError as error:
        raise ContractError(str(error)) from error


def _history(value: object) -> tuple[dict[str, float], ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise ContractError(f"history is {short(value)}, not a sequence of mappings")
    entries: list[dict[str, float]] = []
    left = _MOST_HISTORY
    for entry in value:
        place = f"history[{len(entries)}]"
        if not isinstance(entry, Mapping):
            raise ContractError(f"{place} is {short(entry)}, not a mapping")
        figures: dict[str, float] = {}
        left -= 1
        for name, figure in entry.items():
            if not isinstance(name, str):
                raise ContractError(f"{place} has the name {short(name)}, which is not text")
            figures[plain_text(name)] = _number(figure, f"{place}[{short(name)}]")
            left -= len(name) + _FIGURE_CHARACTERS
            if left < 0:
                break
        if left < 0:
            raise ContractError(
                f"history has more than {_MOST_HISTORY:,} characters: keep fewer entries"
            )
        entries.append(figures)
    return tuple(entries)


def _number(value: object, what: str) -> float:
    try:
        return plain_number(value)
    except ValueError as error:
        raise ContractError(f"{what} {error}") from error


def _whole(value: Any, what: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ContractError(f"the {what} of a FitProgress is {short(value)}") from error
    if not 0 <= number <= _LARGEST:
        raise ContractError(f"the {what} of a FitProgress is {short(number)}: give 0 or more")
    return number
