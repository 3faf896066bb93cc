"""For authors of plugins: checks that a model keeps the contract, and tiny data to test with."""

from digitbench.testing.data import tiny_digits
from digitbench.testing.kit import (
    ConformanceError,
    check_classifier,
    parametrize_with_checks,
    run_checks,
)
from digitbench.testing.model_under_test import Candidate
from digitbench.testing.results import Check, CheckFailure, CheckOutcome, CheckResult, CheckSkipped

__all__ = [
    "Candidate",
    "Check",
    "CheckFailure",
    "CheckOutcome",
    "CheckResult",
    "CheckSkipped",
    "ConformanceError",
    "check_classifier",
    "parametrize_with_checks",
    "run_checks",
    "tiny_digits",
]
