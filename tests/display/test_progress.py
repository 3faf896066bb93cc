"""The progress display: the time left counts down, and says when nothing tells it."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from digitbench.analysis.trial_times import ExpectedSeconds, PhaseSeconds
from digitbench.display.progress import RunProgress
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec
from digitbench.workflows.messages import Workload


@dataclass
class Clock:
    """A clock that goes on only when it is told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def trial(model: str, number: int) -> TrialSpec:
    return TrialSpec(model=model, name=model, options={}, trial=number, seed=1, threads=1)


def ended(spec: TrialSpec) -> TrialResult:
    return TrialResult(spec=spec, status="failed", started_at=datetime.now(UTC), error="none")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def display(clock: Clock, *trials: TrialSpec, shown: bool = True, **given: Any) -> RunProgress:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    return RunProgress(console, Workload(trials, **given), clock=clock, shown=shown)


def test_the_time_left_counts_down_while_a_trial_runs(clock: Clock) -> None:
    first, second, third = (trial("cnn", number) for number in (1, 2, 3))
    progress = display(clock, first, second, third)
    progress.digitbench_trial_started(first)
    assert progress.time_left() == "time left unknown"
    clock.now += 60
    assert progress.time_left() == "time left unknown"
    progress.digitbench_trial_finished(ended(first))
    assert progress.time_left() == "0:02:00 left"
    progress.digitbench_trial_started(second)
    clock.now += 25
    assert progress.time_left() == "0:01:35 left"


def test_a_trial_that_takes_longer_than_usual_counts_down_slower_until_nothing_tells(
    clock: Clock,
) -> None:
    first, second, third = (trial("cnn", number) for number in (1, 2, 3))
    progress = display(clock, first, second, third)
    progress.digitbench_trial_started(first)
    clock.now += 60
    progress.digitbench_trial_finished(ended(first))
    progress.digitbench_trial_started(second)
    shown = []
    for _ in range(6):
        clock.now += 15
        shown.append(progress.time_left())
    assert shown[:4] == ["0:01:45 left", "0:01:30 left", "0:01:15 left", "0:01:06 left"]
    assert shown[4:] == ["0:01:01 left", "time left unknown"]
    progress.digitbench_trial_progress(second, FitProgress(3, 4, "epoch"))
    assert progress.time_left() == "0:02:10 left"  # the third is taken to be slow as well


def test_the_first_trial_is_judged_by_what_its_classifier_reports(clock: Clock) -> None:
    only = trial("cnn", 1)
    progress = display(clock, only)
    progress.digitbench_trial_started(only)
    clock.now += 10
    progress.digitbench_trial_progress(only, FitProgress(1, 5, "epoch"))
    assert progress.time_left() == "0:00:40 left"
    clock.now += 15
    assert progress.time_left() == "0:00:25 left"


def test_models_that_have_not_run_make_it_a_lower_bound(clock: Clock) -> None:
    known, new = trial("knn", 1), trial("svm", 1)
    again = trial("knn", 2)
    progress = display(clock, known, new, again)
    progress.digitbench_trial_started(known)
    clock.now += 8
    progress.digitbench_trial_finished(ended(known))
    assert progress.time_left() == "at least 0:00:08 left"


def test_trials_at_a_time_share_it_but_the_longest_is_waited_for(clock: Clock) -> None:
    trials = [trial("cnn", number) for number in range(1, 5)]
    progress = display(clock, *trials, jobs=2)
    progress.digitbench_trial_started(trials[0])
    clock.now += 60
    progress.digitbench_trial_finished(ended(trials[0]))
    progress.digitbench_trial_started(trials[1])
    progress.digitbench_trial_started(trials[2])
    assert progress.time_left() == "0:02:00 left"
    clock.now += 30
    progress.digitbench_trial_finished(ended(trials[1]))
    progress.digitbench_trial_started(trials[3])
    assert progress.time_left() == "0:01:00 left"


def test_nothing_is_left_at_the_end(clock: Clock) -> None:
    only = trial("cnn", 1)
    progress = display(clock, only)
    progress.digitbench_trial_started(only)
    clock.now += 60
    progress.digitbench_trial_finished(ended(only))
    assert progress.time_left() == ""


def test_the_bar_is_drawn_with_the_time_of_the_moment(clock: Clock) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    only = trial("cnn", 1)
    progress = RunProgress(console, Workload([only]), clock=clock)
    progress.digitbench_trial_started(only)
    progress.digitbench_trial_progress(only, FitProgress(1, 5, "epoch"))
    clock.now += 10
    progress.digitbench_trial_progress(only, FitProgress(2, 5, "epoch"))
    for passed, shown in ((0, "0:00:30 left"), (5, "0:00:25 left")):
        clock.now += passed
        with console.capture() as captured:
            console.print(progress._bars.get_renderable())
        assert shown in captured.get()


def test_the_phase_of_a_trial_is_shown(clock: Clock) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    only = trial("cnn", 1)
    progress = RunProgress(console, Workload([only]), clock=clock)
    progress.digitbench_trial_started(only)

    def shown() -> str:
        with console.capture() as captured:
            console.print(progress.bars)
        return captured.get().splitlines()[-1]

    assert "fit" not in shown()
    for phase in TrialPhase:
        progress.digitbench_trial_phase(only, phase)
        assert {"test_sets": " test sets "}.get(phase, f" {phase} ") in shown()
        if phase is TrialPhase.FIT:
            progress.digitbench_trial_progress(only, FitProgress(1, 2, "epoch"))
            assert "fit, epoch 1/2" in shown()


def test_a_run_of_looks_says_what_the_time_leads_up_to(clock: Clock) -> None:
    only = trial("cnn", 1)
    expected = {"cnn": ExpectedSeconds(PhaseSeconds(fit=30.0))}
    known = display(clock, only, expected_seconds=lambda: expected, until="next look")
    assert known.time_left() == "0:00:30 to next look"
    unknown = display(clock, only, until="last look")
    unknown.digitbench_trial_started(only)
    assert unknown.time_left() == "time to last look unknown"


@pytest.mark.parametrize(
    "label", ["cnn[epochs=3]", "a label of the user's own that goes on and on"]
)
def test_nothing_is_cut_at_80_columns(clock: Clock, label: str) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=80)
    only = trial(label, 1)
    expected = {label: ExpectedSeconds(PhaseSeconds(fit=172.0))}
    progress = RunProgress(
        console,
        Workload([only], expected_seconds=lambda: expected, until="next look"),
        clock=clock,
    )
    progress.digitbench_trial_started(only)
    progress.digitbench_trial_phase(only, TrialPhase.FIT)
    progress.digitbench_trial_progress(
        only, FitProgress(0, 3, "epoch", {"loss": 0.1235, "validation_accuracy": 0.9876})
    )
    with console.capture() as captured:
        console.print(progress.bars)
    words = captured.get().split()
    assert "\N{HORIZONTAL ELLIPSIS}" not in captured.get()
    assert "0:02:52 to next look" in captured.get()
    said = set(" ".join(words).replace(",", "").split())
    assert said >= {*progress._names[label].split(), "validation_accuracy", "0.9876"}


def test_a_trial_that_begins_anew_has_one_bar(clock: Clock) -> None:
    only = trial("cnn", 1)
    progress = display(clock, only)
    progress.digitbench_trial_started(only)
    progress.digitbench_trial_started(only)
    assert len(progress._bars.tasks) == 2


def test_earlier_runs_are_asked_only_if_something_is_shown(clock: Clock) -> None:
    only = trial("cnn", 1)
    progress = display(
        clock, only, expected_seconds=lambda: {"cnn": ExpectedSeconds(PhaseSeconds(fit=30.0))}
    )
    progress.digitbench_trial_started(only)
    clock.now += 5
    assert progress.time_left() == "0:00:25 left"

    def asked() -> dict[str, ExpectedSeconds]:
        raise AssertionError

    display(clock, only, expected_seconds=asked, shown=False)
