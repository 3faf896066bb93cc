"""For authors of plugins: checks that a model keeps the contract, and tiny data to test with."""

from digitbench.testing.data import tiny_digits
from digitbench.testing.examination import Candidate
from digitbench.testing.kit import (
    ConformanceError,
    check_classifier,
    parametrize_with_checks,
    run_checks,
)
from digitbench.testing.results import Check, CheckFailure, CheckResult, CheckSkipped, Outcome

__all__ = [
    "Candidate",
    "Check",
    "CheckFailure",
    "CheckResult",
    "CheckSkipped",
    "ConformanceError",
    "Outcome",
    "check_classifier",
    "parametrize_with_checks",
    "run_checks",
    "tiny_digits",
]
