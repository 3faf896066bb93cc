"""Finds the models of a stored run by what users call them."""

from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches

from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.errors import UsageError
from digitbench.printable import printable
from digitbench.runner.model_requests import parse_models
from digitbench.types import RunRecord


def chosen_models(record: RunRecord, text: str | None) -> tuple[Outcomes, ...]:
    """Return the models of a run that a list names, as it names them.

    Args:
        record: the run.
        text: a list such as `svm,knn[k=3]`; None for all that have a trial which succeeded, by
            mean accuracy.

    Raises:
        UsageError: the list is not of the grammar, names a model that the run lacks, or one of
            which no trial succeeded; or no trial of the run succeeded.
    """
    found = outcomes_by_label(record)
    if text is None:
        if not found:
            raise UsageError(f"no trial of {record.id} succeeded: there are no errors to show")
        return tuple(sorted(found.values(), key=lambda model: -model.accuracy))
    labels = labels_of(record)
    named = [text] if text in labels else [request.called for request in parse_models(text)]
    chosen: dict[str, Outcomes] = {}
    for name in named:
        label = label_of(record, name)
        if label is None:
            raise UsageError(no_such_model(record, name))
        if label not in found:
            raise UsageError(no_success(record, label))
        chosen[label] = found[label]
    return tuple(chosen.values())


def label_of(record: RunRecord, text: str) -> str | None:
    """Return the label of a run's model, however its options are ordered, spaced or rounded."""
    labels = labels_of(record)
    if text in labels:
        return text
    return next(
        (row.label for row in record.plan.models if _same_request(row.alias_of or row.label, text)),
        None,
    )


def _same_request(label: str, text: str) -> bool:
    try:
        (one,), (other,) = parse_models(label), parse_models(text)
    except (UsageError, ValueError):  # not of the grammar, which labels need not be; or several
        return False
    return (
        one.name == other.name
        and one.options.keys() == other.options.keys()
        and all(
            _same_value(str(value), str(other.options[key])) for key, value in one.options.items()
        )
    )


def _same_value(one: str, other: str) -> bool:
    """Tell whether two values of an option are the same: `2` is `2.0`."""
    with suppress(ValueError):
        return float(one) == float(other)
    return one == other


def outcomes_by_label(record: RunRecord) -> dict[str, Outcomes]:
    """Return the outcomes of a run's models that have a trial which succeeded."""
    return {model.label: model for model in outcomes(record)}


def no_success(record: RunRecord, label: str) -> str:
    """Say that a model has no trial which succeeded, and why."""
    errors = [r.error for r in record.results if r.spec.model == label and r.status == "failed"]
    reason = f": {errors[0]}" if errors else ""
    return printable(f"no trial of {label} succeeded in {record.id}{reason}")


def no_such_model(record: RunRecord, model: str) -> str:
    """Say that a run lacks a model, and which may be meant."""
    near = get_close_matches(model, labels_of(record))
    hint = f"did you mean {printable(' or '.join(near))}?" if near else models_of(record)
    return f"there is no model '{model}' in {record.id}; {hint}"


def labels_of(record: RunRecord) -> Sequence[str]:
    """Return the labels of a run's models."""
    return [model.label for model in record.plan.models]


def models_of(record: RunRecord) -> str:
    """Write which models a run has."""
    return f"its models: {listed(labels_of(record))}"


def listed(labels: Sequence[str]) -> str:
    """Write labels in a row."""
    return printable(", ".join(labels))
