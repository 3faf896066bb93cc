"""One trial: what is timed, checked and scored, and how faults end up in the result."""

import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from digitbench.errors import ContractError
from digitbench.plugins import PluginHost
from digitbench.runner import trial as trial_module
from digitbench.runner.classifier_output import check_predictions, check_probabilities
from digitbench.runner.trial import (
    Stopwatch,
    measure_latencies,
    run_trial,
)
from digitbench.types import (
    BuildContext,
    FitProgress,
    Images,
    Labels,
    ModelSpec,
    NoOptions,
    Split,
    TrialData,
    TrialResult,
    TrialSpec,
)

HostOf = Callable[..., PluginHost]


def spec_of(model: str, **options: float) -> TrialSpec:
    return TrialSpec(model=model, name=model, options={**options}, trial=1, seed=5, threads=1)


def no_report(_: FitProgress) -> None:
    pass


def trial(host: PluginHost, name: str, data: TrialData, **options: float) -> TrialResult:
    return run_trial(spec_of(name, **options), host.models[name].spec, data, no_report)


def test_a_sound_trial_holds_every_figure(host_of: HostOf, tiny_data: TrialData) -> None:
    reports: list[FitProgress] = []
    model = host_of("centroid").models["centroid"].spec
    result = run_trial(spec_of("centroid"), model, tiny_data, reports.append)
    assert result.status == "ok", result.traceback
    assert result.predictions is not None
    assert result.probabilities is not None
    assert result.accuracy is not None
    assert result.accuracy == np.mean(result.predictions == tiny_data.test.labels)
    assert result.accuracy > 0.9
    assert result.fit_seconds is not None
    assert result.predict_seconds is not None
    assert result.n_parameters == 7840
    assert result.model_size_bytes == 62_720
    assert result.fit_cpu_seconds is not None
    assert result.predict_cpu_seconds is not None
    assert result.latency_median_seconds is not None
    assert result.latency_p95_seconds is not None
    assert 0 < result.latency_median_seconds <= result.latency_p95_seconds
    assert result.reused_from is None
    assert result.details == {"backend": "numpy"}
    assert result.history == ({"loss": 0.5},)
    assert result.error is None
    assert reports == [FitProgress(1, 1, "epoch", {"loss": 0.5})]


def test_the_seed_decides(host_of: HostOf, tiny_data: TrialData) -> None:
    host = host_of("centroid")
    first, second = (trial(host, "centroid", tiny_data, noise=2.0) for _ in range(2))
    assert first.probabilities is not None
    np.testing.assert_array_equal(first.probabilities, second.probabilities)


FAULTS = {
    "raises-in-build": "ImportError: no module named 'nowhere'",
    "raises-in-fit": "RuntimeError: out of luck",
    "exits": "SystemExit: a library that exits",
    "runs-out-of-memory": "MemoryError",
    "wrong-shape": "predict returned shape (40, 10) where (40,) was due",
    "wrong-labels": "predict returned labels from 10 to 10; digits are 0 to 9",
    "float-labels": "predict returned float64 values where integers were due",
    "nan-probabilities": "predict_proba returned NaN or infinity for 40 of 40 images",
    "unnormalised-probabilities": "a row of predict_proba sums to 10 where 1 was due",
    "writes-to-its-input": "the images are shared and read-only: work on a copy",
    "scales-in-place": "the images are shared and read-only: work on a copy",
    "bad-details": "details['backend']",
    "bad-parameter-count": "n_parameters is 'many', not an integer",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_model_gives_a_failed_result_with_one_line(
    host_of: HostOf, tiny_data: TrialData, name: str
) -> None:
    before = tiny_data.train.images.copy()
    result = trial(host_of("faulty_models"), name, tiny_data)
    assert result.status == "failed"
    assert result.error is not None
    assert FAULTS[name] in result.error
    assert "\n" not in result.error
    assert result.traceback is not None
    assert result.accuracy is None
    assert result.predictions is None
    np.testing.assert_array_equal(tiny_data.train.images, before)


def test_every_faulty_model_is_tested(host_of: HostOf) -> None:
    assert FAULTS.keys() == host_of("faulty_models").models.keys()


def test_an_interrupt_is_not_a_failed_trial(tiny_data: TrialData) -> None:
    def build(_options: NoOptions, _context: BuildContext) -> object:
        raise KeyboardInterrupt

    model = ModelSpec("m", "s", build)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        run_trial(spec_of("m"), model, tiny_data, no_report)


def test_what_build_imports_is_not_searched_for_garbage(tiny_data: TrialData) -> None:
    searched = []

    def build(_options: NoOptions, _context: BuildContext) -> object:
        searched.append(gc.isenabled())
        raise ValueError("that is all")

    run_trial(spec_of("m"), ModelSpec("m", "s", build), tiny_data, no_report)  # type: ignore[arg-type]
    assert (searched, gc.isenabled()) == ([False], True)


class Clock:
    """A clock that goes on only when it is told to, in place of the system's."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Slow:
    """Takes a known time in each step, by its clock, and notes what it was shown."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        clock.now += 0.2
        self.seen: list[int] = []

    def fit(self, train: Split, validation: Split | None) -> None:
        assert validation is not None
        self.clock.now += 0.05

    def predict(self, images: Images) -> Labels:
        if not self.seen:
            self.clock.now += 0.2  # a slow first call, such as tracing a graph
        self.seen.append(len(images))
        self.clock.now += 0.02
        return np.zeros(len(images), np.uint8)


def test_only_fit_and_predict_are_timed_after_a_warm_up(
    tiny_data: TrialData, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(trial_module, "perf_counter", clock)
    made: list[Slow] = []

    def build(_options: NoOptions, _context: BuildContext) -> Slow:
        made.append(Slow(clock))
        return made[-1]

    result = run_trial(spec_of("slow"), ModelSpec("slow", "s", build), tiny_data, no_report)
    assert result.fit_seconds == pytest.approx(0.05)
    assert result.predict_seconds == pytest.approx(0.02)
    assert result.latency_median_seconds == pytest.approx(0.02)
    assert made[0].seen[:2] == [16, 40]


def keep_busy(cpu_seconds: float) -> None:
    """Compute for so long, not counting the time in which others have the processor."""
    end = time.thread_time() + cpu_seconds
    while time.thread_time() < end:
        pass


def test_a_busy_block_takes_processor_time_and_no_less_time() -> None:
    start = time.process_time()
    with Stopwatch() as watch:
        keep_busy(0.2)
    assert 0.2 <= watch.cpu_seconds <= time.process_time() - start
    assert watch.seconds > 0.99 * watch.cpu_seconds


def test_a_block_that_sleeps_takes_hardly_any_processor_time() -> None:
    with Stopwatch() as watch:
        time.sleep(0.3)
    assert watch.seconds >= 0.3
    assert watch.cpu_seconds < watch.seconds / 2


def test_processor_time_is_that_of_all_threads() -> None:
    with Stopwatch() as watch:
        threads = [threading.Thread(target=keep_busy, args=[0.1]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert watch.cpu_seconds >= 0.3


def test_a_block_that_raises_is_timed_to_its_end_and_the_error_passes() -> None:
    watch = Stopwatch()
    with pytest.raises(ZeroDivisionError), watch:
        time.sleep(0.02)
        _ = 1 / 0
    assert watch.seconds >= 0.02


class Counting:
    """Takes a known time for each prediction, by its clock, and notes what sizes it was given."""

    def __init__(self, clock: Clock | None = None, seconds: float = 0.0) -> None:
        self.clock = clock or Clock()
        self.seconds = seconds
        self.seen: list[int] = []

    def fit(self, train: Split, validation: Split | None) -> None:
        pass

    def predict(self, images: Images) -> Labels:
        self.seen.append(len(images))
        self.clock.now += self.seconds
        return np.zeros(len(images), np.uint8)


def test_latencies_are_of_single_images_after_one_that_is_not_timed(tiny_data: TrialData) -> None:
    classifier = Counting()
    latencies = measure_latencies(classifier, tiny_data.test.images, 1.0)
    assert classifier.seen == [1] * (1 + len(tiny_data.test))
    assert len(latencies) == len(tiny_data.test)
    assert min(latencies) > 0


def test_latencies_are_of_two_hundred_images_at_most() -> None:
    classifier = Counting()
    latencies = measure_latencies(classifier, np.zeros((1000, 28, 28), np.uint8), 1.0)
    assert len(latencies) == len(classifier.seen) - 1 == 200


def test_latencies_end_when_their_time_is_up(
    tiny_data: TrialData, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(trial_module, "perf_counter", clock)
    monkeypatch.setattr(trial_module, "_LATENCY_SECONDS", 0.1)
    latencies = measure_latencies(Counting(clock, 0.03), tiny_data.test.images, 1.0)
    assert latencies == pytest.approx([0.03] * 4)


@pytest.mark.parametrize(
    ("fit_seconds", "each", "due"),
    [
        (1.0, 0.0015, 67),
        (10.0, 0.0019, 106),
        (1000.0, 0.0041, 122),
        (1.0, 0.02, 20),
        (1.0, 0.04, 13),
    ],
)
def test_latencies_take_a_small_share_of_the_fit_and_are_twenty_if_they_can(
    fit_seconds: float, each: float, due: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(trial_module, "perf_counter", clock)
    images = np.zeros((1000, 28, 28), np.uint8)
    assert len(measure_latencies(Counting(clock, each), images, fit_seconds)) == due


class Both(Counting):
    """Gives predictions and probabilities at once, and refuses to be asked again."""

    answer: Any = None

    def predict_both(self, images: Images) -> Any:
        self.clock.now += 0.5
        return self.answer

    def predict_proba(self, images: Images) -> NDArray[np.float32]:
        raise AssertionError("the probabilities were given")


def test_both_are_asked_for_at_once_and_that_is_the_time_to_predict(
    tiny_data: TrialData, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(trial_module, "perf_counter", clock)
    classifier = Both(clock)
    probabilities = np.eye(10, dtype=np.float32)[np.full(len(tiny_data.test), 3)]
    classifier.answer = np.full(len(tiny_data.test), 3), probabilities
    model = ModelSpec("both", "s", lambda _options, _context: classifier)
    result = run_trial(spec_of("both"), model, tiny_data, no_report)
    assert result.predict_seconds == pytest.approx(0.5)
    np.testing.assert_array_equal(result.predictions, 3)
    np.testing.assert_array_equal(result.probabilities, probabilities)


@pytest.mark.parametrize("answer", [None, 3, np.zeros(40), (np.zeros(40),)])
def test_both_must_be_two(tiny_data: TrialData, answer: Any) -> None:
    classifier = Both()
    classifier.answer = answer
    model = ModelSpec("both", "s", lambda _options, _context: classifier)
    result = run_trial(spec_of("both"), model, tiny_data, no_report)
    assert result.error is not None
    assert "where two arrays were due" in result.error


def test_a_single_prediction_may_take_longer_than_there_is_time(
    tiny_data: TrialData, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(trial_module, "perf_counter", clock)
    monkeypatch.setattr(trial_module, "_LATENCY_SECONDS", 0.01)
    assert len(measure_latencies(Counting(clock, 0.05), tiny_data.test.images, 1.0)) == 1


def test_few_slow_predictions_have_a_median_and_no_95th_percentile(
    tiny_data: TrialData, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(trial_module, "perf_counter", clock)
    model = ModelSpec("slow", "s", lambda _options, _context: Counting(clock, 0.06))
    result = run_trial(spec_of("slow"), model, tiny_data, no_report)
    assert result.latency_median_seconds == pytest.approx(0.06)
    assert result.latency_p95_seconds is None


def test_a_classifier_that_tells_no_size_has_none(tiny_data: TrialData) -> None:
    model = ModelSpec("plain", "s", lambda _options, _context: Counting())
    result = run_trial(spec_of("plain"), model, tiny_data, no_report)
    assert result.model_size_bytes is None
    assert result.n_parameters is None


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_peak_memory_is_that_of_the_trial_and_not_of_what_ran_before(
    tiny_data: TrialData,
) -> None:
    def model(mebibytes: int) -> ModelSpec:
        class Hungry:
            def fit(self, train: Split, validation: Split | None) -> None:
                np.ones((mebibytes, 1 << 20), np.uint8).sum()

            def predict(self, images: Images) -> Labels:
                return np.zeros(len(images), np.uint8)

        return ModelSpec("hungry", "s", lambda _o, _c: Hungry())

    peaks = [
        run_trial(spec_of("hungry"), model(size), tiny_data, no_report).peak_memory_bytes
        for size in (200, 50, 200)
    ]
    if None in peaks:
        pytest.skip("this system does not reset a process's peak memory")
    large, small, again = (peak / (1 << 20) for peak in peaks if peak is not None)
    assert 190 < large < 230
    assert 40 < small < 80
    assert 190 < again < 230


@given(hnp.arrays(hnp.integer_dtypes() | hnp.unsigned_integer_dtypes(), 6))
def test_predictions_are_digits_or_refused(array: NDArray[Any]) -> None:
    try:
        checked = check_predictions(array, 6)
    except ContractError:
        assert ((array < 0) | (array > 9)).any()
    else:
        assert checked.dtype == np.uint8
        np.testing.assert_array_equal(checked, array)


@given(
    hnp.arrays(np.float32, (3, 10), elements=st.floats(0, 1, width=32)),
    st.sampled_from([None, np.nan, np.inf, -0.25]),
)
def test_probabilities_sum_to_one_or_are_refused(
    array: NDArray[np.float32],
    fault: float | None,
) -> None:
    array = array + np.float32(1e-3)
    array /= array.sum(axis=1, keepdims=True)
    assert check_probabilities(array, 3).shape == (3, 10)
    if fault is not None:
        array[1, 4] = fault
        with pytest.raises(ContractError):
            check_probabilities(array, 3)


@pytest.mark.parametrize("array", [np.ones((3, 9)) / 9, np.ones((3, 10), np.int64), np.ones(3)])
def test_probabilities_of_another_shape_or_type_are_refused(array: object) -> None:
    with pytest.raises(ContractError):
        check_probabilities(array, 3)
