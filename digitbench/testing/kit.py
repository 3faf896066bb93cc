"""Making all checks of a model: at once, one by one, or each as a test of pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from digitbench.testing.checks import CHECKS
from digitbench.testing.model_under_test import Candidate, ModelUnderTest
from digitbench.testing.results import Check, CheckResult, CheckSkipped
from digitbench.types import ModelSpec

if TYPE_CHECKING:
    import pytest


class ConformanceError(AssertionError):
    """A model or a test set failed some checks; the message has a line for each.

    Attributes:
        results: those of all checks.
    """

    def __init__(self, candidate: Candidate | str, results: list[CheckResult]) -> None:
        failed = [result for result in results if result.failed]
        lines = [f"{result.check.name}: {result.reason}" for result in failed]
        super().__init__(
            "\n".join([f"{candidate} fails {len(failed)} of {len(results)} checks", *lines])
        )
        self.results = results


def run_checks(candidate: Candidate) -> Iterator[CheckResult]:
    """Make all checks of a model, one after the other; yields the result of each."""
    examination = ModelUnderTest(candidate, CHECKS)
    for check in CHECKS.values():
        yield examination.result(check)


def check_classifier(
    spec: ModelSpec, options: Mapping[str, object] | None = None, *, tolerance: float = 0.0
) -> list[CheckResult]:
    """Check that a model keeps the contract of a classifier.

    It is fitted about ten times to 721 real digits of 28x28, here and in a fresh process.

    Args:
        spec: the model.
        options: options to check it with, by name; the others have their defaults. For a slow
            model, choose what makes it fast.
        tolerance: share of the predictions that may differ between two fits with one seed.

    Returns:
        The result of every check; those that say nothing of this model are skipped.

    Raises:
        ConformanceError: a check failed; the message says for each what was expected, what was
            found, and how to mend it.
    """
    candidate = Candidate(spec, options or {}, tolerance)
    results = list(run_checks(candidate))
    if any(result.failed for result in results):
        raise ConformanceError(candidate, results)
    return results


def parametrize_with_checks(
    models: Iterable[ModelSpec | Candidate],
) -> pytest.MarkDecorator:
    """Decorate a test so that pytest runs it for each check of each model.

    The test has the arguments `model` and `check` and calls `check(model)`. Nothing is computed
    before the tests run; the checks of a model share what they can.

    Example:
        ```python
        from digitbench.testing import Candidate, parametrize_with_checks
        from my_package import digitbench_models

        (spec,) = digitbench_models()

        @parametrize_with_checks([spec, Candidate(spec, {"metric": "cosine"})])
        def test_conformance(model, check):
            check(model)
        ```
    """
    import pytest

    def skipping(check: Check) -> Callable[[ModelUnderTest], None]:
        def run(model: ModelUnderTest) -> None:
            try:
                check(model)
            except CheckSkipped as skipped:
                pytest.skip(str(skipped))

        return run

    candidates = [Candidate(model) if isinstance(model, ModelSpec) else model for model in models]
    return pytest.mark.parametrize(
        ("model", "check"),
        [
            pytest.param(examination, skipping(check), id=f"{examination}-{check}")
            for examination in (ModelUnderTest(candidate, CHECKS) for candidate in candidates)
            for check in CHECKS.values()
        ],
    )
