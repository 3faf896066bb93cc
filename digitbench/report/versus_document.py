"""Two sides against each other as a JSON document; `docs/json.md` explains each field."""

from collections.abc import Sequence
from typing import Any

from digitbench.analysis.claims import Claim, Verdict
from digitbench.analysis.image_difference import ChangedImage, ImageDifference
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.uncertainty import uncertainty
from digitbench.analysis.versus import Versus

DOCUMENT_VERSION = 1


def versus_document(
    warnings: Sequence[str],
    found: Sequence[Versus],
    chosen: Versus,
    difference: ImageDifference,
) -> dict[str, Any]:
    """Return the comparison of two sides as plain values that `json.dumps` takes.

    Args:
        warnings: what differs between the runs apart from their models.
        found: the models that are compared.
        chosen: the pair whose images are told of.
        difference: those images.
    """
    changed = {"newly_wrong": difference.newly_wrong, "newly_right": difference.newly_right}
    return {
        "document_version": DOCUMENT_VERSION,
        "dataset": chosen.a.dataset.model_dump(mode="json"),
        "run_a": chosen.a.run,
        "run_b": chosen.b.run,
        "warnings": list(warnings),
        "comparisons": [_comparison(one) for one in found],
        "images": {
            "compared": chosen.name,
            **{
                name: [_image(chosen, image) for image in images]
                for name, images in changed.items()
            },
        },
    }


def _comparison(one: Versus) -> dict[str, Any]:
    pair = one.pair
    better = None
    if pair.broad.verdict is Verdict.BETTER:
        better = "b" if pair.first is one.b else "a"
    return {
        "compared": one.name,
        "a": _model(one.labels[0], one.a),
        "b": _model(one.labels[1], one.b),
        "better": better,
        "difference": one.difference,
        "images_per_10_000": one.images_per_10_000,
        "comparisons_adjusted_for": one.family,
        "digits_like_these": _claim(one, pair.broad),
        "this_test_set_alone": _claim(one, pair.narrow),
        "trials_needed": pair.trials_needed,
        "images_needed": pair.images_needed,
    }


def _model(label: str, model: Outcomes) -> dict[str, Any]:
    found = uncertainty(model)
    low, high = found.interval or (None, None)
    return {
        "model": label,
        "trials": len(model.trials),
        "accuracy_mean": found.mean,
        "accuracy_std": found.seed_std,
        "accuracy_interval_low": low,
        "accuracy_interval_high": high,
    }


def _claim(one: Versus, claim: Claim) -> dict[str, Any]:
    low, high = one.interval(claim) or (None, None)
    return {
        "verdict": claim.verdict.value,
        "method": claim.method.value,
        "interval_low": low,
        "interval_high": high,
        "p_value": claim.p_value,
        "p_adjusted": claim.p_adjusted,
    }


def _image(chosen: Versus, image: ChangedImage) -> dict[str, Any]:
    return {
        "index": image.index,
        "label": image.label,
        "a_predictions": chosen.a.predictions[:, image.index].tolist(),
        "b_predictions": chosen.b.predictions[:, image.index].tolist(),
    }
