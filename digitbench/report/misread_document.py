"""Who is misread, as plain values for JSON; `docs/json.md` explains each field."""

from collections.abc import Sequence
from typing import Any

from digitbench.analysis.groups import GroupDifference, Misread, misread
from digitbench.analysis.outcomes import Outcomes, outcomes
from digitbench.report.misread import ModelMisread
from digitbench.types import RunRecord

DOCUMENT_VERSION = 1


def groups_document(record: RunRecord) -> dict[str, Any] | None:
    """Return the errors of a run's models by stratum; None if no groups of images are known."""
    if record.test_groups is None:
        return None
    found = [ModelMisread(model, misread(model)) for model in outcomes(record)]
    return {
        "name": record.test_groups.name,
        "count": record.test_groups.count,
        "models": [_summary(one) for one in found],
    }


def misread_document(
    record: RunRecord,
    shown: Sequence[ModelMisread],
    pair: tuple[Outcomes, Outcomes] | None,
    differences: Sequence[GroupDifference],
) -> dict[str, Any]:
    """Return all that is known of the groups of a run as plain values that `json.dumps` takes.

    Args:
        record: the run.
        shown: its models, at least one.
        pair: two of them that are compared with each other; None for none.
        differences: what these two make of each group.
    """
    name = shown[0].found.name
    return {
        "document_version": DOCUMENT_VERSION,
        "run": record.id,
        "dataset": record.plan.dataset.model_dump(mode="json"),
        "name": name,
        "count": len(shown[0].found.groups),
        "models": [_summary(one) | {"groups": _groups(one.found)} for one in shown],
        "compared": None if pair is None else [model.label for model in pair],
        "differences": [_difference(group) for group in differences],
    }


def _summary(one: ModelMisread) -> dict[str, Any]:
    found, part = one.found, one.found.concentration
    return {
        "model": one.model.label,
        "strata": [
            {
                "stratum": stratum.name,
                "groups": stratum.groups,
                "images": stratum.images,
                "error": stratum.error,
            }
            for stratum in found.strata
        ],
        "worst_groups": part.groups,
        "worst_share": part.share,
        "worst_share_by_chance": part.by_chance,
        "without_errors": part.without_errors,
        "without_errors_by_chance": part.without_errors_by_chance,
        "most_errors": part.errors[0],
        "most_errors_by_chance": part.errors_by_chance[0],
        "design_effect": found.design_effect,
        "intraclass_correlation": found.correlation,
    }


def _groups(found: Misread) -> list[dict[str, Any]]:
    return [
        {
            "group": group.number,
            "stratum": group.stratum,
            "images": group.images,
            "wrong": group.wrong,
            "error": group.error,
            "expected": group.expected,
            "wrong_images": group.wrong_images.tolist(),
        }
        for group in found.groups
    ]


def _difference(group: GroupDifference) -> dict[str, Any]:
    return {
        "group": group.number,
        "stratum": group.stratum,
        "images": group.images,
        "a_wrong": group.first_wrong,
        "b_wrong": group.second_wrong,
        "difference": group.difference,
        "changed_images": group.changed_images.tolist(),
    }
