"""Peak memory: that of a trial alone, whatever the worker that runs it has done before."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitbench.plugins import PluginHost
from digitbench.runner import memory
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.memory import PeakMemory, make_resident
from digitbench.types import (
    EngineContext,
    FitProgress,
    PluginSources,
    RunInputs,
    RunPlan,
    Split,
    TrialData,
    TrialPhase,
    TrialSpec,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is read from /proc")

MEBIBYTE = 1 << 20

Peaks = Callable[..., list[float]]


class Silent:
    """Hears what an engine tells."""

    def started(self, trial: TrialSpec) -> None:
        pass

    def entered(self, trial: TrialSpec, phase: TrialPhase) -> None:
        pass

    def progressed(self, trial: TrialSpec, progress: FitProgress) -> None:
        pass

    def printed(self, trial: TrialSpec, line: str) -> None:
        pass

    def restarted(self, trial: TrialSpec, reason: str) -> None:
        pass


@pytest.fixture
def peaks_of(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    plugin_file: Callable[[str], Path],
) -> Peaks:
    """Return a function that runs trials of `hungry` in one worker and gives their peaks, MiB."""

    def run(data: TrialData, *trials: dict[str, object]) -> list[float]:
        host = host_of("hungry")
        spec = host.models["hungry"].spec
        specs = [
            TrialSpec(
                model="hungry",
                name="hungry",
                options=spec.options.model_validate(options).model_dump(),
                trial=number,
                seed=0,
                threads=1,
            )
            for number, options in enumerate(trials, 1)
        ]
        engine = ProcessEngine(EngineContext(plugins=PluginSources((plugin_file("hungry"),))))
        inputs = RunInputs(plan_of(host, "hungry"), {}, data)
        results = list(engine.run(specs, inputs, Silent()))
        assert [result.error for result in results] == [None] * len(specs)
        peaks = [result.peak_memory_bytes for result in results]
        if None in peaks:
            pytest.skip("this system does not reset a process's peak memory")
        return [peak / MEBIBYTE for peak in peaks if peak is not None]

    return run


@pytest.mark.parametrize("blocks", ["large", "small"])
def test_a_large_trial_is_not_counted_for_the_small_one_after_it(
    peaks_of: Peaks, tiny_data: TrialData, blocks: str
) -> None:
    first = {"mebibytes": 256, "blocks": blocks}
    second = {"mebibytes": 10, "blocks": blocks}
    large, small, none = peaks_of(tiny_data, first, second, {})
    assert 252 < large < 292
    assert 9 < small < 14
    assert none < 4


def test_images_are_the_runs_and_not_those_of_the_trial_that_reads_them_first(
    peaks_of: Peaks,
) -> None:
    train = Split(np.full((60_000, 28, 28), 7, np.uint8), np.zeros(60_000, np.uint8))
    data = TrialData(train, None, Split(train.images[:10], train.labels[:10]))
    first, second = peaks_of(data, {}, {})
    assert train.images.nbytes > 40 * MEBIBYTE
    assert first < 4
    assert second < 4


def test_processes_that_end_before_predict_does_are_not_counted(
    peaks_of: Peaks, tiny_data: TrialData
) -> None:
    (peak,) = peaks_of(tiny_data, {"mebibytes": 200, "child": True})
    assert peak < 20


def test_making_arrays_resident_changes_nothing_and_takes_any_shape() -> None:
    array = np.arange(100, dtype=np.uint8).reshape(4, 25)
    make_resident([array, array[:, ::2], array[:0]])
    np.testing.assert_array_equal(array.ravel(), np.arange(100))


def test_a_peak_that_cannot_be_told_is_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "_CLEAR_REFS", tmp_path / "nowhere" / "clear_refs")
    assert PeakMemory().read_bytes() is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert PeakMemory().read_bytes() is None
