"""What a workflow says while it works, and to whom.

Callers choose: the command line and notebooks draw (`digitbench.display.messages`), a program logs
or keeps silent.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

from digitbench.analysis.trial_times import ExpectedSeconds
from digitbench.types import DataContext, TrialResult, TrialSpec

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

    def loading(self, context: DataContext) -> AbstractContextManager[DataContext]:
        """Return what shows how far a loader is: its value is the context that it gets."""


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

    def loading(self, context: DataContext) -> AbstractContextManager[DataContext]:
        """Show nothing."""
        return nullcontext(context)


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

    def loading(self, context: DataContext) -> AbstractContextManager[DataContext]:
        """Log what is downloaded, and what else takes a loader long."""
        return nullcontext(LoadingLines(self.info).told_by(context))


class LoadingLines:
    """Says what a loader begins to download or to make, in one line each."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Hand each line to `say`."""
        self._say = say
        self._said: set[str] = set()

    def told_by(self, context: DataContext) -> DataContext:
        """Return a context that calls this."""
        return replace(context, progress=self.downloaded, working=self.worked)

    def downloaded(self, file: str, received_bytes: int, total_bytes: int | None) -> None:
        """Name a file that is downloaded, with its size (`digitbench.types.DownloadProgress`)."""
        size = "" if total_bytes is None else f", {total_bytes / 1e6:,.1f} MB"
        self._once(f"downloading {file}{size}")

    def worked(self, what: str, done: int, total: int) -> None:
        """Name other work (`digitbench.types.WorkProgress`)."""
        self._once(what)

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(line)
