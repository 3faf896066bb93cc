"""Further test sets in every engine: whatever happens over them, the measured result stays."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.checked import CheckedEngine
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.engines.supervision import Worker
from digitbench.runner.set_predictions import checked_sets
from digitbench.runner.trial import run_trial
from digitbench.types import (
    EngineContext,
    Images,
    PlannedCondition,
    PlannedTestSet,
    PluginSources,
    Results,
    RunInputs,
    SetResult,
    Split,
    TestCondition,
    TestSet,
    TrialEvents,
    TrialResult,
    TrialSpec,
)

TrialsOf = Callable[..., list[TrialSpec]]
DEADLY = 77
MEMORY = "most often that is the system, when memory runs out"


def filled(*values: int) -> TestSet:
    """Make a set whose conditions have 12 images each, every one of a single value."""
    labels = (np.arange(12) % 10).astype(np.uint8)
    return TestSet(
        tuple(
            TestCondition(labels, np.full((12, 28, 28), value, np.uint8), name="grey", severity=n)
            for n, value in enumerate(values)
        ),
        source="made for tests",
    )


def of_test() -> TestSet:
    return TestSet(
        (TestCondition(np.zeros(3, np.uint8), positions=np.arange(3, dtype=np.uint32)),), "tests"
    )


@pytest.fixture(scope="session")
def inputs_with_sets(host_of: Callable[..., PluginHost], inputs: RunInputs) -> RunInputs:
    """Return what an engine is given: models that fail on the third of four test sets."""
    test_sets = {
        "before": filled(0, 1),
        "disputed": of_test(),
        "deadly": filled(2, DEADLY),
        "after": filled(3),
    }
    sizes = {"before": (12, 12), "disputed": (3,), "deadly": (12, 12), "after": (12,)}
    planned = tuple(
        PlannedTestSet(
            label=label,
            name=label,
            fingerprint="0" * 64,
            conditions=tuple(
                PlannedCondition(
                    name="grey",
                    severity=severity,
                    size=size,
                    of_test=label == "disputed",
                    paired=label == "disputed",
                )
                for severity, size in enumerate(sizes[label])
            ),
        )
        for label in test_sets
    )
    models = {name: offer.spec for name, offer in host_of("deadly_sets").models.items()}
    return RunInputs(
        inputs.plan.model_copy(update={"test_sets": planned}),
        models,
        replace(inputs.data, test_sets=test_sets),
    )


def process(plugin_file: Callable[[str], Path], timeout: float | None = None) -> ProcessEngine:
    sources = PluginSources((plugin_file("deadly_sets"),))
    return ProcessEngine(EngineContext(jobs=1, timeout_seconds=timeout, plugins=sources))


def assert_measured(result: TrialResult) -> None:
    """Check that all of the run's own test images is there."""
    assert (result.status, result.error, result.accuracy) == ("ok", None, 0.1)
    assert result.predictions is not None
    assert result.probabilities is not None
    assert result.latency_median_seconds is not None
    assert result.finished_at is not None


def predicted(part: SetResult) -> list[int] | str | None:
    if part.predictions is None:
        return part.error
    assert part.predictions.dtype == np.uint8
    assert part.error is None
    assert part.seconds is not None
    return [int(digit) for digit in part.predictions]


def test_every_set_is_predicted_after_all_that_is_measured(
    plugin_file: Callable[[str], Path],
    trials_of: TrialsOf,
    inputs_with_sets: RunInputs,
    events: Any,
) -> None:
    for engine in (InlineEngine(), process(plugin_file)):
        events.phases.clear()
        (result,) = engine.run(trials_of("is-fine"), inputs_with_sets, events)
        assert_measured(result)
        assert [part.test_set for part in result.set_results] == [*inputs_with_sets.data.test_sets]
        found = [predicted(part) for part in result.set_results]
        assert found == [[0] * 24, [], [0] * 12 + [7] * 12, [0] * 12]
        assert events.phases == ["fit", "predict", "latency", "test_sets"]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("raises", "RuntimeError: such pictures"),
        ("exits", "SystemExit: enough"),
        (
            "writes",
            (
                "ValueError: assignment destination is read-only (the images are shared and "
                "read-only: work on a copy)"
            ),
        ),
        ("is-wrong", "predict returned labels from 10 to 10; digits are 0 to 9"),
    ],
)
def test_a_set_that_fails_costs_that_set_alone(
    model: str, reason: str, trials_of: TrialsOf, inputs_with_sets: RunInputs, events: Any
) -> None:
    seen: list[BaseException] = []
    engine = InlineEngine(examine=seen.append)
    (result,) = engine.run(trials_of(model), inputs_with_sets, events)
    assert_measured(result)
    found = [predicted(part) for part in result.set_results]
    assert found == [[0] * 24, [], reason, [0] * 12]
    assert len(seen) == 1


def test_a_worker_that_dies_over_a_set_costs_the_sets_that_are_left(
    plugin_file: Callable[[str], Path],
    trials_of: TrialsOf,
    inputs_with_sets: RunInputs,
    events: Any,
) -> None:
    engine = process(plugin_file)
    specs = trials_of("is-killed", "is-fine", "interrupts")
    killed, fine, interrupted = engine.run(specs, inputs_with_sets, events)
    for result, reason in (
        (killed, f"the process was ended by SIGKILL (killed); {MEMORY}"),
        (interrupted, "the process was ended by SIGINT (interrupt)"),
    ):
        assert_measured(result)
        assert [predicted(part) for part in result.set_results] == [[0] * 24, [], reason, reason]
    assert_measured(fine)
    assert all(part.error is None for part in fine.set_results)


def test_a_worker_that_dies_sooner_has_nothing_of_the_trial_before(
    plugin_file: Callable[[str], Path],
    trials_of: TrialsOf,
    inputs_with_sets: RunInputs,
    events: Any,
) -> None:
    specs = trials_of("is-fine", "dies-at-once")
    fine, dead = process(plugin_file).run(specs, inputs_with_sets, events)
    assert_measured(fine)
    assert (dead.spec, dead.status, dead.set_results) == (specs[1], "failed", ())
    assert dead.error == "the process ended by itself, with exit code 5"


def test_a_time_out_over_a_set_costs_the_sets_that_are_left(
    plugin_file: Callable[[str], Path],
    trials_of: TrialsOf,
    inputs_with_sets: RunInputs,
    events: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep = Worker.keep

    def keep_until_it_hangs(worker: Worker, part: TrialResult | SetResult) -> None:
        keep(worker, part)
        if isinstance(part, SetResult) and part.test_set == "disputed":
            worker.deadline = monotonic()

    monkeypatch.setattr(Worker, "keep", keep_until_it_hangs)
    engine = process(plugin_file, timeout=60)
    (result,) = engine.run(trials_of("hangs"), inputs_with_sets, events)
    assert_measured(result)
    reason = "timed out after 60 s and was stopped"
    assert [predicted(part) for part in result.set_results] == [[0] * 24, [], reason, reason]


def test_what_a_set_takes_is_no_memory_of_the_trial(
    plugin_file: Callable[[str], Path],
    trials_of: TrialsOf,
    inputs_with_sets: RunInputs,
    events: Any,
) -> None:
    specs = trials_of("is-hungry", "is-fine")
    for result in process(plugin_file).run(specs, inputs_with_sets, events):
        assert all(part.error is None for part in result.set_results)
        assert result.peak_memory_bytes is None or result.peak_memory_bytes < 100 << 20


def test_a_trial_that_fails_predicts_no_set(
    host_of: Callable[..., PluginHost], trials_of: TrialsOf, inputs_with_sets: RunInputs
) -> None:
    model = host_of("faulty_models").models["wrong-labels"].spec
    (spec,) = trials_of("wrong-labels")
    result = run_trial(spec, model, inputs_with_sets.data, lambda _: None)
    assert (result.status, result.set_results) == ("failed", ())


class Watched:
    """A classifier that notes how many images it is given at a time."""

    def __init__(self, classifier: Any, sizes: list[int]) -> None:
        self._classifier = classifier
        self._sizes = sizes

    def fit(self, train: Split, validation: Split | None) -> None:
        self._classifier.fit(train, validation)

    def predict(self, images: Images) -> Any:
        self._sizes.append(len(images))
        return self._classifier.predict(images)


def test_many_images_are_predicted_a_part_at_a_time(
    host_of: Callable[..., PluginHost], trials_of: TrialsOf, inputs: RunInputs
) -> None:
    """No call gets more images than 10,000, nor images of two conditions."""
    sizes: list[int] = []
    spec = host_of("deadly_sets").models["is-fine"].spec

    def watched(options: Any, context: Any) -> Any:
        return Watched(spec.build(options, context), sizes)

    many = TestCondition(np.zeros(25_000, np.uint8), np.zeros((25_000, 28, 28), np.uint8), "many")
    few = TestCondition(np.zeros(12, np.uint8), np.full((12, 28, 28), DEADLY, np.uint8), "few")
    data = replace(inputs.data, test_sets={"large": TestSet((few, many), "made for tests")})
    (trial,) = trials_of("is-fine")
    result = run_trial(trial, replace(spec, build=watched), data, lambda _: None)
    assert sizes[-4:] == [12, 10_000, 10_000, 5_000]
    (part,) = result.set_results
    assert part.predictions is not None
    assert part.predictions[:12].tolist() == [7] * 12
    assert part.predictions[12:].tolist() == [0] * 25_000


class Strange:
    """A stranger's engine, which changes what came of test sets."""

    def __init__(self, change: Callable[[tuple[SetResult, ...]], Any]) -> None:
        self._change = change

    def run(self, trials: Any, inputs: RunInputs, events: TrialEvents) -> Results:
        for trial in trials:
            result = run_trial(
                trial, inputs.models[trial.name], inputs.data, partial(events.progressed, trial)
            )
            yield result.model_copy(update={"set_results": self._change(result.set_results)})


def _longer(part: SetResult) -> SetResult:
    return part.model_copy(update={"predictions": np.zeros(99, np.uint8)})


def _too_high(part: SetResult) -> SetResult:
    assert part.predictions is not None
    return part.model_copy(update={"predictions": np.full_like(part.predictions, 10)})


NOTHING = "the engine gave no predictions of it"
OTHER = "the engine gave something else than 24 predictions of digits"


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lambda parts: parts[::-1], [None, None, None, None]),
        (lambda parts: (), [NOTHING] * 4),
        (lambda parts: parts[1:], [NOTHING, None, None, None]),
        (lambda parts: (_longer(parts[0]), *parts[1:]), [OTHER, None, None, None]),
        (lambda parts: (_too_high(parts[0]), *parts[1:]), [OTHER, None, None, None]),
        (
            lambda parts: (parts[0].model_copy(update={"predictions": [1] * 24}), *parts[1:]),
            [OTHER, None, None, None],
        ),
        (
            lambda parts: (parts[0].model_copy(update={"test_set": "unheard-of"}), *parts[1:]),
            [NOTHING, None, None, None],
        ),
        (lambda parts: ("a result", *parts[1:]), [NOTHING, None, None, None]),
        (lambda parts: None, [NOTHING] * 4),
    ],
)
def test_what_a_stranger_s_engine_gives_is_held_against_the_plan(
    change: Callable[..., Any],
    reasons: list[str | None],
    trials_of: TrialsOf,
    inputs_with_sets: RunInputs,
    events: Any,
) -> None:
    engine = CheckedEngine("strange", Strange(change))
    (result,) = engine.run(trials_of("is-fine"), inputs_with_sets, events)
    assert_measured(result)
    assert [part.test_set for part in result.set_results] == [*inputs_with_sets.data.test_sets]
    assert [part.error for part in result.set_results] == reasons


def test_a_failed_trial_of_a_stranger_s_engine_has_no_results_of_sets(
    trials_of: TrialsOf, inputs_with_sets: RunInputs, events: Any
) -> None:
    (good,) = InlineEngine().run(trials_of("is-fine"), inputs_with_sets, events)
    failed = good.model_copy(update={"status": "failed"})
    assert checked_sets(failed, inputs_with_sets.plan.test_sets).set_results == ()


@pytest.fixture(autouse=True)
def _no_trace_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check after each test that no temporary file is left."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    yield
    assert list(scratch.iterdir()) == []
