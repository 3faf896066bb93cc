"""What a workflow says while it works, and to whom.

Callers choose: the command line and notebooks draw (`digitbench.display.messages`), a program logs
or keeps silent.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from digitbench.analysis.trial_times import ExpectedSeconds
from digitbench.types import DownloadProgress, TrialResult, TrialSpec

_log = logging.getLogger("digitbench")


@dataclass(frozen=True)
class Workload:
    """What progress is shown of.

    Attributes:
        trials: what is to be run.
        done: what was run before.
        jobs: how many trials run at a time.
        expected_seconds: tells how long trials took in earlier runs, by the model's label; called
            only if anything is shown.
        until: what the trials lead up to, such as `next look`; by default the end.
    """

    trials: Sequence[TrialSpec]
    done: Sequence[TrialResult] = ()
    jobs: int = 1
    expected_seconds: Callable[[], Mapping[str, ExpectedSeconds]] = dict
    until: str = ""


class Messages(Protocol):
    """Where a workflow's messages and progress go; each text is one line."""

    def info(self, text: str) -> None:
        """Say what is going on."""

    def warn(self, text: str) -> None:
        """Say what may be wrong."""

    def banner(self, title: str, text: str) -> None:
        """Say what must not be missed; the text may have several lines."""

    def progress(self, work: Workload) -> AbstractContextManager[object]:
        """Return what shows the progress of trials: its value is a hook user, or None."""

    def downloads(self) -> AbstractContextManager[DownloadProgress]:
        """Return what shows the progress of downloads: its value is what a loader calls."""


class SilentMessages:
    """Says nothing."""

    def info(self, text: str) -> None:
        """Say nothing."""

    def warn(self, text: str) -> None:
        """Say nothing."""

    def banner(self, title: str, text: str) -> None:
        """Say nothing."""

    def progress(self, work: Workload) -> AbstractContextManager[object]:
        """Show nothing."""
        return nullcontext(None)

    def downloads(self) -> AbstractContextManager[DownloadProgress]:
        """Show nothing."""
        return nullcontext(_ignore)


class LoggedMessages(SilentMessages):
    """Hands messages to the logger `digitbench`; progress is not shown."""

    def info(self, text: str) -> None:
        """Log what is going on."""
        _log.info("%s", text)

    def warn(self, text: str) -> None:
        """Log what may be wrong."""
        _log.warning("%s", text)

    def banner(self, title: str, text: str) -> None:
        """Log what must not be missed."""
        _log.warning("%s: %s", title, " ".join(text.split()))


def _ignore(file: str, received_bytes: int, total_bytes: int | None) -> None:
    """Pass over how far a download is."""
