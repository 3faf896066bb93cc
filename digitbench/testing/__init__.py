"""For authors of plugins: checks that a model or test set keeps the contract, and tiny data."""

from digitbench.testing.data import tiny_digits
from digitbench.testing.kit import (
    ConformanceError,
    check_classifier,
    parametrize_with_checks,
    run_checks,
)
from digitbench.testing.model_under_test import Candidate
from digitbench.testing.results import Check, CheckFailure, CheckOutcome, CheckResult, CheckSkipped
from digitbench.testing.sets import check_test_set

__all__ = [
    "Candidate",
    "Check",
    "CheckFailure",
    "CheckOutcome",
    "CheckResult",
    "CheckSkipped",
    "ConformanceError",
    "check_classifier",
    "check_test_set",
    "parametrize_with_checks",
    "run_checks",
    "tiny_digits",
]
