"""The progress display of a run: a hook user that draws on stderr while trials run."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from types import TracebackType

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
from rich.text import Text

from digitbench import hookimpl
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.types import FitProgress, TrialResult, TrialSpec


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


@dataclass(frozen=True)
class _Running:
    """A trial that runs.

    Attributes:
        started: when, by the clock of the display, in seconds.
        reported: when the classifier last told how far it is.
        fraction: how far its fit then was; 0 if it has told nothing.
    """

    started: float
    reported: float = 0.0
    fraction: float = 0.0

    def rest(self, now: float, usual: float | None) -> float | None:
        """Return how many seconds it still takes; None if nothing tells.

        Args:
            now: the time.
            usual: how long such a trial takes; None if none has ended.
        """
        elapsed = now - self.started
        if usual is not None and elapsed < usual:
            return usual - elapsed
        if not 0 < self.fraction < 1:
            return None
        whole = (self.reported - self.started) / self.fraction
        return whole - elapsed if elapsed < whole else None


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
        trials: Iterable[TrialSpec],
        done: Iterable[TrialResult] = (),
        jobs: int = 1,
        *,
        shown: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Prepare a display for trials; those that were done before count as done.

        Args:
            console: where it is drawn.
            trials: what is to be run.
            done: what was run before.
            jobs: how many trials run at a time, for the time left.
            shown: whether anything is shown at all; no if something else writes on the terminal.
            clock: the time in seconds, from any point.
        """
        self._clock = clock
        self._left = Counter(trial.model for trial in trials)
        self._jobs = jobs
        self._seconds: dict[str, _Mean] = defaultdict(_Mean)
        self._accuracies: dict[str, _Mean] = defaultdict(_Mean)
        self._running: dict[tuple[str, int], _Running] = {}
        self._console = console
        self._lines = shown and console.is_terminal
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[steps]}", markup=False),
            TimeElapsedColumn(),
            _Note(),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not (shown and console.is_terminal),
        )
        done = tuple(done)
        for result in done:
            self._note(result, (result.fit_seconds or 0) + (result.predict_seconds or 0))
        self._total = len(done) + self._left.total()
        self._run = self._bars.add_task("run", total=self._total, steps="", note=self.time_left)
        self._trials: dict[tuple[str, int], TaskID] = {}

    def __enter__(self) -> "RunProgress":
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    @property
    def bars(self) -> RenderableType:
        """The bars as they are now, for whoever draws them somewhere else."""
        return self._bars.get_renderable()

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        """Show a trial that runs."""
        key = trial.model, trial.trial
        self._running[key] = _Running(self._clock())
        self._trials[key] = self._bars.add_task(
            printable(f"{trial.model}, trial {trial.trial}"),
            total=None,  # the bar pulses until the classifier reports how far it is
            steps="",
            note=self._running_mean(trial.model),
        )
        self._show_run()

    @hookimpl
    def digitbench_trial_progress(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Show how far the fit has come."""
        key = trial.model, trial.trial
        if progress.total:
            fraction = progress.step / progress.total
            self._running[key] = replace(
                self._running[key], reported=self._clock(), fraction=fraction
            )
        figures = [f"{name} {value:.4g}" for name, value in progress.metrics.items()]
        mean = self._running_mean(trial.model)
        self._bars.update(
            self._trials[key],
            completed=progress.step,
            total=progress.total,
            steps=printable(f"{progress.unit} {progress.step}/{progress.total}"),
            note=printable(", ".join([*figures, mean] if mean else figures)),
        )

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        """Leave a line for the trial and count it."""
        key = result.spec.model, result.spec.trial
        self._left[result.spec.model] -= 1
        now = self._clock()
        running = self._running.pop(key, _Running(now))
        self._note(result, now - running.started)
        if (bar := self._trials.pop(key, None)) is not None:
            self._bars.remove_task(bar)
        if self._lines:
            self._console.print(self._line(result))
        self._show_run()

    def _note(self, result: TrialResult, seconds: float) -> None:
        """Keep a trial's time, for the time left, and its accuracy, for the running mean."""
        self._seconds[result.spec.model].add(seconds)
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
        """Say how long the run still takes, as far as can be told at this moment.

        Each model's trials take as long as the mean of those that ended. A trial that takes longer
        is judged by what its classifier reports; while nothing tells how long some trial takes,
        the time is a lower bound.
        """
        now = self._clock()
        running = tuple(self._running.items())  # at once: the bars are drawn by another thread
        usual = {model: mean.value for model, mean in tuple(self._seconds.items())}
        rests = [trial.rest(now, usual.get(model)) for (model, _), trial in running]
        waiting = Counter(dict(tuple(self._left.items()))) - Counter(m for (m, _), _ in running)
        rests += [usual.get(model) for model in waiting.elements()]
        if not rests:
            return ""
        known = [rest for rest in rests if rest is not None]
        if not known:
            return "time left unknown"
        longest = max((rest for rest in rests[: len(running)] if rest is not None), default=0.0)
        left = timedelta(seconds=round(max(sum(known) / self._jobs, longest)))
        return f"{'' if len(known) == len(rests) else 'at least '}{left} left"
