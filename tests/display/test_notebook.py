"""The progress of a run in the output of a notebook's cell."""

from time import monotonic, sleep
from typing import Any

import pytest

from digitbench.display.notebook import NotebookProgress
from digitbench.types import FitProgress, TrialPhase, TrialResult, TrialSpec
from digitbench.workflows.messages import Workload

SPEC = TrialSpec(model="<cnn>", name="cnn", options={}, trial=1, seed=1, threads=1)


class Handle:
    """What Jupyter gives for an output that is to change: keeps each state of it."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def update(self, shown: Any) -> None:
        self.states.append(shown.data)


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """Return the output that is drawn into."""
    found = Handle()

    def display(shown: Any, *, display_id: bool) -> Handle:
        assert display_id
        found.update(shown)
        return found

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("digitbench.display.notebook._REDRAW_SECONDS", 0.0)
    return found


def test_the_bars_tell_what_runs_and_vanish(handle: Handle, tiny_result: TrialResult) -> None:
    with NotebookProgress(Workload([SPEC])) as progress:
        progress.digitbench_trial_started(trial=SPEC)
        progress.digitbench_trial_phase(trial=SPEC, phase=TrialPhase.FIT)
        progress.digitbench_trial_progress(trial=SPEC, progress=FitProgress(2, 5))
        progress.digitbench_trial_finished(result=tiny_result)
    begin, started, phase, fitting, finished, end = handle.states
    assert "0/1 trials" not in begin
    assert "&lt;cnn&gt;, trial 1" in started
    assert " fit " in phase
    assert "epoch 2/5" in fitting
    assert "1/1 trials" in finished
    assert end == ""


@pytest.fixture
def tiny_result() -> TrialResult:
    """Return the result of the trial."""
    from datetime import UTC, datetime

    return TrialResult(spec=SPEC, status="ok", started_at=datetime.now(UTC), accuracy=0.5)


def test_the_bars_are_drawn_while_nothing_happens(
    handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitbench.display.notebook._TICK_SECONDS", 0.01)
    with NotebookProgress(Workload([SPEC])):
        until = monotonic() + 5
        while len(handle.states) < 3 and monotonic() < until:
            sleep(0.01)
    assert len(handle.states) >= 4
    assert handle.states[-1] == ""
