"""The progress display of a run: a hook user that draws on stderr while trials run."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from digitbench import hookimpl
from digitbench.report import numbers
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
    ) -> None:
        """Prepare a display for trials; those that were done before count as done.

        Args:
            console: where it is drawn.
            trials: what is to be run.
            done: what was run before.
            jobs: how many trials run at a time, for the time left.
            shown: whether anything is shown at all; no if something else writes on the terminal.
        """
        self._left = Counter(trial.model for trial in trials)
        self._jobs = jobs
        self._seconds: dict[str, _Mean] = defaultdict(_Mean)
        self._accuracies: dict[str, _Mean] = defaultdict(_Mean)
        self._started: dict[tuple[str, int], float] = {}
        self._console = console
        self._lines = shown and console.is_terminal
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[steps]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not (shown and console.is_terminal),
        )
        done = tuple(done)
        for result in done:
            self._note(result, (result.fit_seconds or 0) + (result.predict_seconds or 0))
        self._total = len(done) + self._left.total()
        self._run = self._bars.add_task("run", total=self._total, steps="", note="")
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

    @hookimpl
    def digitbench_trial_started(self, trial: TrialSpec) -> None:
        """Show a trial that runs."""
        key = trial.model, trial.trial
        self._started[key] = monotonic()
        self._trials[key] = self._bars.add_task(
            f"{trial.model}, trial {trial.trial}",
            total=None,  # the bar pulses until the classifier reports how far it is
            steps="",
            note=self._running_mean(trial.model),
        )
        self._show_run()

    @hookimpl
    def digitbench_trial_progress(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Show how far the fit has come."""
        figures = [f"{name} {value:.4g}" for name, value in progress.metrics.items()]
        mean = self._running_mean(trial.model)
        self._bars.update(
            self._trials[trial.model, trial.trial],
            completed=progress.step,
            total=progress.total,
            steps=f"{progress.unit} {progress.step}/{progress.total}",
            note=", ".join([*figures, mean] if mean else figures),
        )

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        """Leave a line for the trial and count it."""
        key = result.spec.model, result.spec.trial
        self._left[result.spec.model] -= 1
        now = monotonic()
        self._note(result, now - self._started.pop(key, now))
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
        name = f"{result.spec.model}, trial {result.spec.trial}: "
        if result.status == "failed":
            return Text(f"{name}failed: {result.error}", style="red")
        fit, mean = numbers.duration(result.fit_seconds), self._running_mean(result.spec.model)
        accuracy = numbers.percent(result.accuracy)
        return Text(f"{name}{accuracy} %, fit {fit}" + (f", {mean}" if mean else ""))

    def _running_mean(self, model: str) -> str:
        mean = self._accuracies[model].value
        return "" if mean is None else f"mean so far {numbers.percent(mean)} %"

    def _show_run(self) -> None:
        """Show the trials done and the time left, from each model's mean.

        The estimate is a lower bound until every model has run once.
        """
        known = {
            model: mean.value
            for model, mean in self._seconds.items()
            if mean.value is not None and self._left[model]
        }
        note = ""
        if known:
            seconds = sum(self._left[model] * mean for model, mean in known.items())
            left = timedelta(seconds=round(seconds / self._jobs))
            all_known = all(model in known for model, count in self._left.items() if count)
            note = f"{'' if all_known else 'at least '}{left} left"
        done = self._total - self._left.total()
        steps = f"{done}/{self._total} trials"
        self._bars.update(self._run, completed=done, steps=steps, note=note)
