"""What a check says: passed, failed with what to do about it, or skipped with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from digitbench.errors import DigitbenchError, one_line
from digitbench.foreign import foreign_code

if TYPE_CHECKING:
    from digitbench.testing.model_under_test import ModelUnderTest


class CheckFailure(AssertionError):  # noqa: N818 - what pytest calls it
    """A check that failed.

    Attributes:
        expected: what should have come.
        found: what came.
        advice: how to mend it, in a sentence or two.
    """

    def __init__(self, expected: str, found: str, advice: str) -> None:
        super().__init__(f"expected {expected}; found {found}. {advice}")
        self.expected = expected
        self.found = found
        self.advice = advice

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.expected, self.found, self.advice)


class CheckSkipped(Exception):  # noqa: N818 - nothing went wrong
    """A check that says nothing of this model.

    Attributes:
        after: the check whose failure is the reason, if it is one.
    """

    def __init__(self, reason: str, after: str | None = None) -> None:
        super().__init__(reason)
        self.after = after

    def __reduce__(self) -> tuple[type, tuple[str, str | None]]:
        return type(self), (str(self), self.after)


@contextmanager
def no_error(doing: str, advice: str) -> Iterator[None]:
    """Turn an error that a plugin raises in the block into a `CheckFailure`.

    Args:
        doing: what the block does, such as `when it predicts`.
        advice: how to mend it.
    """
    ending: CheckFailure | CheckSkipped | None = None
    try:
        with foreign_code():
            try:
                yield
            except (CheckFailure, CheckSkipped) as raised:  # ours
                ending = raised
    except DigitbenchError as error:
        raise CheckFailure(f"no error {doing}", one_line(error), advice) from error
    if ending is not None:
        raise ending


@dataclass(frozen=True)
class Check:
    """One thing that is asked of a model, or of a test set.

    Attributes:
        name: what it is called by.
        summary: what it asks, in a line.
        look: looks at it; raises `CheckFailure` or `CheckSkipped`.
        needs: names of the checks without which this one says nothing; it is skipped if one of
            them failed, so that a fault is told once.
    """

    name: str
    summary: str
    look: Callable[[Any], None]
    needs: tuple[str, ...] = ()

    def __call__(self, examination: ModelUnderTest) -> None:
        """Make this check of a model, and those it needs.

        Raises:
            CheckFailure: it failed.
            CheckSkipped: it was skipped.
        """
        examination.result(self).raise_if_not_passed()

    def __str__(self) -> str:
        return self.name


def check(*needs: str) -> Callable[[Callable[[ModelUnderTest], None]], Check]:
    """Make a function that looks at a model a `Check`, named and summed up as the function is."""

    def make(look: Callable[[ModelUnderTest], None]) -> Check:
        summary = (look.__doc__ or "").partition("\n")[0].rstrip(".")
        return Check(look.__name__, summary, look, needs)

    return make


class CheckOutcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class CheckResult:
    """How a check of a model ended.

    Attributes:
        check: the check.
        seconds: how long it took, without the checks it needs.
        ending: what a failed or skipped check raised; None for one that passed.
    """

    check: Check
    seconds: float
    ending: CheckFailure | CheckSkipped | None = None

    @property
    def outcome(self) -> CheckOutcome:
        """Passed, failed or skipped."""
        if self.ending is None:
            return CheckOutcome.PASSED
        return (
            CheckOutcome.SKIPPED if isinstance(self.ending, CheckSkipped) else CheckOutcome.FAILED
        )

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.outcome is CheckOutcome.FAILED

    @property
    def failed_check(self) -> str | None:
        """The check whose failure this is, or that kept this one from being made."""
        if isinstance(self.ending, CheckSkipped):
            return self.ending.after
        return self.check.name if self.failed else None

    @property
    def reason(self) -> str:
        """Why it failed or was skipped; empty if it passed."""
        return "" if self.ending is None else str(self.ending)

    def raise_if_not_passed(self) -> None:
        """Raise what the check raised, if it did."""
        if self.ending is not None:
            raise self.ending
