"""Two sides against each other as a JSON document; `docs/json.md` explains each field."""

from collections.abc import Sequence
from typing import Any

from digitbench.analysis.head_to_head import HeadToHead
from digitbench.analysis.image_difference import ChangedImage, ImageDifference
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sets_head_to_head import SetsVersus
from digitbench.analysis.significance import Verdict
from digitbench.analysis.uncertainty import uncertainty
from digitbench.report.significance_json import claim_document, interval_document
from digitbench.report.verdicts import pair_sentence, seeds_only_sentence

DOCUMENT_VERSION = 1


def head_to_head_document(
    warnings: Sequence[str],
    found: Sequence[HeadToHead],
    chosen: HeadToHead,
    difference: ImageDifference,
    sets: SetsVersus,
) -> dict[str, Any]:
    """Return the comparison of two sides as plain values that `json.dumps` takes.

    Args:
        warnings: what differs between the runs apart from their models.
        found: the models that are compared.
        chosen: the pair whose images are told of.
        difference: those images.
        sets: the same models on further test sets.
    """
    changed = {"newly_wrong": difference.newly_wrong, "newly_right": difference.newly_right}
    return {
        "document_version": DOCUMENT_VERSION,
        "dataset": chosen.a.dataset.model_dump(mode="json"),
        "run_a": chosen.a.run,
        "run_b": chosen.b.run,
        "warnings": list(warnings),
        "comparisons": [comparison_of_models(one) for one in found],
        "images": {
            "compared": chosen.name,
            **{
                name: [_image(chosen, image) for image in images]
                for name, images in changed.items()
            },
        },
        "test_sets": [
            {"test_set": one.test_set, "comparisons": [comparison_of_models(v) for v in one.found]}
            for one in sets.compared
        ],
        "test_sets_left_out": [
            {"test_set": one.test_set, "reason": one.reason} for one in sets.left_out
        ],
    }


def comparison_of_models(one: HeadToHead) -> dict[str, Any]:
    """Return what there is to say of a model of either side, in figures and in words."""
    pair = one.pair
    better = None
    if pair.population.verdict is Verdict.BETTER:
        better = "b" if pair.first is one.b else "a"
    return {
        "compared": one.name,
        "summary": [pair_sentence(pair), seeds_only_sentence(pair)],
        "a": _model(one.labels[0], one.a),
        "b": _model(one.labels[1], one.b),
        "better": better,
        "difference": one.difference,
        "images_per_10_000": one.images_per_10_000,
        "comparisons_adjusted_for": one.family,
        "level": one.level,
        "digits_like_these": claim_document(pair.population, one.interval(pair.population)),
        "this_test_set_alone": claim_document(pair.test_set, one.interval(pair.test_set)),
        "trials_needed": pair.trials_needed,
        "images_needed": pair.groups_needed if pair.group_name is None else None,
        "groups_needed": None if pair.group_name is None else pair.groups_needed,
        "group": pair.group_name,
    }


def _model(label: str, model: Outcomes) -> dict[str, Any]:
    sure = uncertainty(model)
    return {
        "model": label,
        "trials": len(model.trials),
        "accuracy_mean": sure.mean,
        "accuracy_std": sure.seed_std,
        "standard_error": sure.standard_error,
        "population": sure.population,
        **interval_document(sure.interval),
    }


def _image(chosen: HeadToHead, image: ChangedImage) -> dict[str, Any]:
    return {
        "index": image.index,
        "label": image.label,
        "a_predictions": chosen.a.predictions[:, image.index].tolist(),
        "b_predictions": chosen.b.predictions[:, image.index].tolist(),
    }
