"""The progress display of a run: a hook user that draws on stderr while trials run."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from time import monotonic

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from digitbench import hookimpl
from digitbench.display.time_left import TimeLeft
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.labels import short_labels
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec
from digitbench.workflows.messages import Workload

_BAR_WIDTH = 24
"""Columns of a bar, at most: it makes room for what is said beside it."""
_MOST_LABEL_WIDTH = 26
"""Columns of a model and its trial that are there beside the rest, of 80; longer ones may fold."""
_WIDE = 110
"""Columns from which figures of a fit stand in one line."""


@dataclass
class _Mean:
    """A mean that grows by one value at a time."""

    count: int = 0
    total: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None


class _Note(ProgressColumn):
    """What stands behind a bar: a text, or a function that gives one whenever the bar is drawn."""

    def render(self, task: Task) -> Text:
        """Return the text as it is now."""
        note = task.fields["note"]
        return Text(note() if callable(note) else note)


class RunProgress:
    """Shows the model, trial, epoch, running mean and time left; a context manager.

    Each finished trial leaves a line; the bars vanish at the end. On a console that is no
    terminal nothing is shown.
    """

    def __init__(
        self,
        console: Console,
        work: Workload,
        *,
        shown: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Prepare a display for trials; those that were done before count as done.

        Args:
            console: where it is drawn.
            work: the trials.
            shown: whether anything is shown at all; no if something else writes on the terminal.
            clock: the time in seconds, from any point.
        """
        self._clock = clock
        self._until = work.until
        specs = (*work.trials, *(result.spec for result in work.done))
        self._names = short_labels({spec.model for spec in specs})
        longest = max((len(f"{name}, trial 10") for name in self._names.values()), default=0)
        longest_time = len(_time_text(0, work.until, complete=False))
        wide = console.width >= _WIDE
        self._left = Counter(trial.model for trial in work.trials)
        self._accuracies: dict[str, _Mean] = defaultdict(_Mean)
        self._console = console
        self._lines = shown and console.is_terminal
        expected = work.expected_seconds() if shown else {}
        self._time_left = TimeLeft(work.trials, work.done, work.jobs, expected)
        self._bars = Progress(
            TextColumn(
                "{task.description}",
                markup=False,
                table_column=Column(no_wrap=longest <= _MOST_LABEL_WIDTH, overflow="fold"),
            ),
            BarColumn(bar_width=None, table_column=Column(max_width=_BAR_WIDTH)),
            TextColumn("{task.fields[steps]}", markup=False),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
            _Note(table_column=Column(no_wrap=wide, width=None if wide else longest_time)),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not (shown and console.is_terminal),
        )
        for result in work.done:
            self._note(result)
        self._total = len(work.done) + self._left.total()
        self._run = self._bars.add_task("run", total=self._total, steps="", note=self.time_left)
        self._trials: dict[tuple[str, int], TaskID] = {}

    def __enter__(self) -> "RunProgress":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    @property
    def bars(self) -> RenderableType:
        """The bars as they are now, for whoever draws them somewhere else."""
        return self._bars.get_renderable()

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        """Show a trial that runs."""
        key = trial.model, trial.trial
        self._time_left.started(trial, self._clock())
        self._remove_bar(key)  # of a trial that was lost and begins anew
        self._trials[key] = self._bars.add_task(
            printable(f"{self._names.get(trial.model, trial.model)}, trial {trial.trial}"),
            total=None,  # the bar pulses until the classifier reports how far it is
            steps="",
            note=self._running_mean(trial.model),
        )
        self._show_run()

    @hookimpl
    def digitbench_trial_phase(self, trial: TrialSpec, phase: TrialPhase) -> None:
        """Show what a trial does."""
        self._time_left.entered(trial, phase, self._clock())
        steps = phase.value.replace("_", " ")
        self._bars.update(self._trials[trial.model, trial.trial], steps=steps)

    @hookimpl
    def digitbench_trial_progress(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Show how far the fit has come."""
        key = trial.model, trial.trial
        self._time_left.reported(trial, progress, self._clock())
        figures = [f"{name} {value:.4g}" for name, value in progress.metrics.items()]
        mean = self._running_mean(trial.model)
        self._bars.update(
            self._trials[key],
            completed=progress.step,
            total=progress.total,
            steps=printable(f"fit, {progress.unit} {progress.step}/{progress.total}"),
            note=printable(", ".join([*figures, mean] if mean else figures)),
        )

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        """Leave a line for the trial and count it."""
        key = result.spec.model, result.spec.trial
        self._left[result.spec.model] -= 1
        self._time_left.finished(result, self._clock())
        self._note(result)
        self._remove_bar(key)
        if self._lines:
            self._console.print(self._line(result))
        self._show_run()

    def _remove_bar(self, key: tuple[str, int]) -> None:
        if (bar := self._trials.pop(key, None)) is not None:
            self._bars.remove_task(bar)

    def _note(self, result: TrialResult) -> None:
        """Keep a trial's accuracy, for the running mean."""
        if result.accuracy is not None:
            self._accuracies[result.spec.model].add(result.accuracy)

    def _line(self, result: TrialResult) -> Text:
        name = f"{printable(result.spec.model)}, trial {result.spec.trial}: "
        if result.status == "failed":
            return Text(f"{name}failed: {printable(result.error or '')}", style="red")
        fit, mean = formatting.duration(result.fit_seconds), self._running_mean(result.spec.model)
        accuracy = formatting.percent(result.accuracy)
        return Text(f"{name}{accuracy} %, fit {fit}" + (f", {mean}" if mean else ""))

    def _running_mean(self, model: str) -> str:
        mean = self._accuracies[model].value
        return "" if mean is None else f"mean so far {formatting.percent(mean)} %"

    def _show_run(self) -> None:
        """Show how many trials are done."""
        done = self._total - self._left.total()
        self._bars.update(self._run, completed=done, steps=f"{done}/{self._total} trials")

    def time_left(self) -> str:
        """Say how long the run still takes, as far as can be told at this moment."""
        if not self._left.total():
            return ""
        found = self._time_left.at(self._clock())
        if found.seconds is None:
            return f"time to {self._until} unknown" if self._until else "time left unknown"
        return _time_text(found.seconds, self._until, complete=found.complete)


def _time_text(seconds: float, until: str, *, complete: bool) -> str:
    """Write how long a run still takes, or at least takes."""
    left = timedelta(seconds=ceil(seconds))
    return f"{'' if complete else 'at least '}{left} {f'to {until}' if until else 'left'}"
