"""What a test says of two models, as plain values that `json.dumps` takes."""

from typing import Any

from digitbench.analysis.significance import DifferenceTest

Bounds = tuple[float, float] | None


def claim_document(claim: DifferenceTest, interval: Bounds) -> dict[str, Any]:
    """Return a claim, with the interval of the difference in the direction that is shown."""
    return {
        "verdict": claim.verdict.value,
        "method": claim.method.value,
        "population": claim.population,
        **interval_document(interval),
        "confidence": claim.confidence,
        "p_value": claim.p_value,
        "p_adjusted": claim.p_adjusted,
    }


def interval_document(bounds: Bounds) -> dict[str, Any]:
    """Return the bounds of an interval; None for both if it is not known."""
    low, high = bounds or (None, None)
    return {"interval_low": low, "interval_high": high}
