"""Further test sets as plain values for JSON; `docs/json.md` explains each field."""

from collections.abc import Iterable
from typing import Any

from digitbench.analysis.corruption_error import CorruptionError, corruption_errors
from digitbench.analysis.disputed import DisputedLabels, disputed_labels
from digitbench.analysis.run_tables import Row
from digitbench.analysis.set_analysis import (
    ConditionAnalysis,
    SetAnalysis,
    SetsAnalysis,
    analyse_sets,
)
from digitbench.analysis.set_tables import condition_rows, mean_rows
from digitbench.analysis.set_verdicts import ChangedVerdict, changed_verdicts, wins_of
from digitbench.report.comparison_document import pair_document
from digitbench.report.set_words import set_sentences
from digitbench.report.significance_json import interval_document
from digitbench.types import RunRecord

_OF_TABLE = frozenset({"condition", "severity", "images"})
"""What the rows of a condition have in common."""


def sets_document(record: RunRecord) -> list[dict[str, Any]]:
    """Return what is known of each further test set of a run; none if it has none."""
    if not record.plan.test_sets:
        return []
    analysis = analyse_sets(record)
    said = {said.test_set: list(said.sentences) for said in set_sentences(analysis)}
    return [_set(found, analysis, said.get(found.label, [])) for found in analysis.sets]


def _set(found: SetAnalysis, analysis: SetsAnalysis, sentences: list[str]) -> dict[str, Any]:
    planned = found.planned
    is_known = found in analysis.loaded
    mean = found.mean if is_known else None
    return {
        "test_set": found.label,
        "name": planned.name,
        "options": dict(planned.options),
        "source": planned.source,
        "fingerprint": planned.fingerprint,
        "error": planned.error,
        "failures": [
            {"model": failure.model, "trial": failure.trial, "error": failure.error}
            for failure in found.failures
        ],
        "summary": sentences,
        "mean": _models(mean_rows(found)) if is_known else [],
        "pairs": [pair_document(pair) for pair in mean.pairs] if mean else [],
        "changed_verdicts": _changes(changed_verdicts(analysis.test, mean)) if mean else [],
        "wins": _wins(found, analysis) if is_known else None,
        "corruption_errors": [_error(error) for error in corruption_errors(found)],
        "disputed": _disputed(disputed_labels(found, analysis.test)) if is_known else None,
        "conditions": [_condition(condition, found) for condition in found.conditions],
    }


def _condition(condition: ConditionAnalysis, found: SetAnalysis) -> dict[str, Any]:
    planned = condition.planned
    return {
        "condition": planned.name,
        "severity": planned.severity,
        "images": planned.size,
        "of_test": planned.of_test,
        "paired": planned.paired,
        "models": _models(condition_rows(condition, found)),
    }


def _models(rows: Iterable[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if key not in _OF_TABLE} for row in rows]


def _wins(found: SetAnalysis, analysis: SetsAnalysis) -> dict[str, Any]:
    wins = wins_of(analysis.test.models[0].outcomes.label, found.comparisons)
    return {
        "model": wins.model,
        "best": list(wins.best),
        "tied": list(wins.tied),
        "beaten": [{"condition": name, "model": model} for name, model in wins.beaten],
        "untested": list(wins.untested),
    }


def _error(error: CorruptionError) -> dict[str, Any]:
    return {
        "model": error.model,
        "reference": error.reference,
        "mean": error.mean,
        "std": error.std,
        **interval_document(error.interval),
        "relative": error.relative,
        "relative_std": error.relative_std,
        "by_name": error.by_name,
    }


def _disputed(disputed: DisputedLabels | None) -> dict[str, Any] | None:
    if disputed is None:
        return None
    return {
        "images": disputed.images.tolist(),
        "models": [
            {"model": one.model, "errors": one.errors, "disputed": one.disputed}
            for one in disputed.errors
        ],
        "changed_verdicts": [
            {"condition": condition.planned.key, **_change(change)}
            for condition, change in disputed.changed
        ],
    }


def _changes(changes: Iterable[ChangedVerdict]) -> list[dict[str, Any]]:
    return [_change(change) for change in changes]


def _change(change: ChangedVerdict) -> dict[str, Any]:
    return {
        "first": change.now.first.label,
        "second": change.now.second.label,
        "change": change.change.value,
    }
