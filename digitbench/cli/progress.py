"""The progress display of a run: a hook user that draws on stderr while trials run."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from statistics import fmean
from time import monotonic
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from digitbench import hookimpl
from digitbench.report import numbers
from digitbench.types import FitProgress, TrialResult, TrialSpec


class RunProgress:
    """Shows the model, trial, epoch, running mean and time left; a context manager.

    Each finished trial leaves a line; the bars vanish at the end. On a console that is no
    terminal nothing is shown.
    """

    def __init__(
        self, console: Console, trials: Iterable[TrialSpec], done: Iterable[TrialResult] = ()
    ) -> None:
        """Prepare a display for trials; those that were done before count as done."""
        self._left = list(trials)
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._accuracies: dict[str, list[float]] = defaultdict(list)
        self._started = monotonic()
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[steps]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        done = tuple(done)
        for result in done:
            self._note(result, (result.fit_seconds or 0) + (result.predict_seconds or 0))
        self._total = len(done) + len(self._left)
        self._run = self._bars.add_task("run", total=self._total, steps="", note="")
        self._trial: TaskID | None = None

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
        """Show which trial runs."""
        self._started = monotonic()
        if self._trial is not None:
            self._bars.remove_task(self._trial)
        self._trial = self._bars.add_task(
            f"{trial.model}, trial {trial.trial}",
            total=None,  # the bar pulses until the classifier reports how far it is
            steps="",
            note=self._running_mean(trial.model),
        )
        self._show_run()

    @hookimpl
    def digitbench_trial_progress(self, trial: TrialSpec, progress: FitProgress) -> None:
        """Show how far the fit has come."""
        if self._trial is None:
            return
        figures = [f"{name} {value:.4g}" for name, value in progress.metrics.items()]
        mean = self._running_mean(trial.model)
        self._bars.update(
            self._trial,
            completed=progress.step,
            total=progress.total,
            steps=f"{progress.unit} {progress.step}/{progress.total}",
            note=", ".join([*figures, mean] if mean else figures),
        )

    @hookimpl
    def digitbench_trial_finished(self, result: TrialResult) -> None:
        """Leave a line for the trial and count it."""
        self._left.remove(result.spec)
        self._note(result, monotonic() - self._started)
        if self._console.is_terminal:
            self._console.print(self._line(result))
        self._show_run()

    def _note(self, result: TrialResult, seconds: float) -> None:
        """Keep a trial's time, for the time left, and its accuracy, for the running mean."""
        self._seconds[result.spec.model].append(seconds)
        if result.accuracy is not None:
            self._accuracies[result.spec.model].append(result.accuracy)

    def _line(self, result: TrialResult) -> Text:
        name = f"{result.spec.model}, trial {result.spec.trial}: "
        if result.status == "failed":
            return Text(f"{name}failed: {result.error}", style="red")
        fit, mean = numbers.duration(result.fit_seconds), self._running_mean(result.spec.model)
        accuracy = numbers.percent(result.accuracy)
        return Text(f"{name}{accuracy} %, fit {fit}" + (f", {mean}" if mean else ""))

    def _running_mean(self, model: str) -> str:
        accuracies = self._accuracies[model]
        return f"mean so far {numbers.percent(fmean(accuracies))} %" if accuracies else ""

    def _show_run(self) -> None:
        """Show the trials done and the time left, from each model's mean.

        The estimate is a lower bound until every model has run once.
        """
        known = [fmean(self._seconds[t.model]) for t in self._left if self._seconds[t.model]]
        note = ""
        if known:
            left = timedelta(seconds=round(sum(known)))
            note = f"{'at least ' if len(known) < len(self._left) else ''}{left} left"
        done = self._total - len(self._left)
        steps = f"{done}/{self._total} trials"
        self._bars.update(self._run, completed=done, steps=steps, note=note)
