"""The progress of a run in Jupyter: the terminal's bars as HTML in the output of the cell."""

import io
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

from rich.console import Console

from digitbench import hookimpl
from digitbench.analysis.trial_times import ExpectedSeconds
from digitbench.display.messages import RichMessages
from digitbench.display.progress import RunProgress
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec

_REDRAW_SECONDS = 0.1
_TICK_SECONDS = 1.0
_WIDTH = 100
_BLOCK = '<pre style="white-space:pre;line-height:normal">{code}</pre>'


class NotebookMessages(RichMessages):
    """Says what a workflow has to say in a notebook."""

    def progress(
        self,
        trials: Sequence[TrialSpec],
        done: Sequence[TrialResult],
        jobs: int,
        expected_seconds: Callable[[], Mapping[str, ExpectedSeconds]],
        until: str = "",
    ) -> AbstractContextManager[object]:
        """Return bars in the output of the cell."""
        return NotebookProgress(trials, done, jobs, expected_seconds, until)


class NotebookProgress:
    """Shows which trials run and how long the run still takes; a context manager.

    The bars vanish at the end. They are drawn anew with what happens, and by a thread of their own
    in between, so that the time left counts down.
    """

    def __init__(
        self,
        trials: Sequence[TrialSpec],
        done: Sequence[TrialResult],
        jobs: int,
        expected_seconds: Callable[[], Mapping[str, ExpectedSeconds]] = dict,
        until: str = "",
    ) -> None:
        """Prepare bars; the arguments are those of `RunProgress`."""
        console = Console(file=io.StringIO(), force_jupyter=False)
        self._bars = RunProgress(console, trials, done, jobs, expected_seconds, until)
        self._due = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True, name="progress")
        self._handle: Any = None

    def __enter__(self) -> "NotebookProgress":
        from IPython.display import display

        self._handle = display(self._drawn(), display_id=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        from IPython.display import HTML

        self._over.set()
        self._thread.join()
        if self._handle is not None:
            self._handle.update(HTML(""))

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        """Show a trial that runs."""
        self._bars.digitbench_trial_started(trial)
        self._draw()

    @hookimpl
    def digitbench_trial_phase(self, trial: TrialSpec, phase: TrialPhase) -> None:
        """Show what a trial does."""
        self._bars.digitbench_trial_phase(trial, phase)
        self._draw()

    @hookimpl
    def digitbench_trial_progress(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Show how far the fit has come."""
        self._bars.digitbench_trial_progress(trial, progress)
        self._draw()

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        """Count the trial."""
        self._bars.digitbench_trial_finished(result)
        self._draw()

    def _redraw(self) -> None:
        while not self._over.wait(_TICK_SECONDS):
            self._draw()

    def _draw(self) -> None:
        if self._handle is not None and monotonic() >= self._due:
            self._due = monotonic() + _REDRAW_SECONDS
            self._handle.update(self._drawn())

    def _drawn(self) -> Any:
        from IPython.display import HTML

        console = Console(
            file=io.StringIO(), record=True, width=_WIDTH, force_jupyter=False, force_terminal=True
        )
        console.print(self._bars.bars)
        return HTML(console.export_html(inline_styles=True, code_format=_BLOCK))
