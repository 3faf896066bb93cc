"""What is computed from the times of engines, and small measurements of the real things."""

from pathlib import Path

import pytest

from benchlib.engine_costs import (
    SMALL,
    ManyTrials,
    Overhead,
    Sleeping,
    Trainings,
    measure_many_trials,
    measure_sleeping,
    measure_trainings,
)
from benchlib.engine_trials import NOOP_MODELS, MemoryWatch, Prepared, Silent, arrivals, prepare
from digitbench.errors import UsageError
from digitbench.plugins import load_plugins
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import BuildContext

MEBIBYTE = 1 << 20


def prepared(models: str, trials: int = 3) -> Prepared:
    return prepare(models, SMALL, engine="inline", trials=trials)


def test_figures_are_medians_over_the_pairs() -> None:
    assert Overhead((0.1, 0.2, 0.3), (0.11, 0.23, 0.39)).seconds == pytest.approx(0.03)
    assert Overhead((0.2,), (0.1,)).seconds == pytest.approx(-0.1)
    assert Trainings((10.0, 10.0, 10.0), (9.0, 12.0, 20.0)).throughput_ratio == pytest.approx(1.2)


def test_memory_that_shrinks_has_not_grown() -> None:
    assert ManyTrials(1.0, 100, 50, 80, ()).growth_bytes == 30
    assert ManyTrials(1.0, 100, 80, 50, ()).growth_bytes == 0


def test_the_share_of_the_ideal_is_that_of_the_throughput() -> None:
    assert Sleeping(seconds=12.5, ideal_seconds=10.0).share_of_ideal == pytest.approx(0.8)


def test_the_models_that_do_nothing_load_alone_and_do_nothing() -> None:
    host = load_plugins(files=[NOOP_MODELS], installed=[])
    assert host.failures == []
    assert set(host.models) == {"noop", "sleeper"}
    images = prepared("noop").data.test.images
    for offer in host.models.values():
        classifier = offer.spec.build(offer.spec.options(), BuildContext(seed=0))
        assert set(classifier.predict(images)) == {0}
        assert not offer.spec.is_deterministic(offer.spec.options())


def test_results_arrive_one_after_the_other() -> None:
    times = arrivals(prepared("noop", trials=4))
    assert len(times) == 4
    assert times == sorted(times)


@pytest.mark.slow
def test_only_the_watched_model_starts_the_clock() -> None:
    plan = prepared("sleeper[seconds=0.01],noop")
    for watched, begun in (("noop", True), ("elsewhere", False), (None, False)):
        events = Silent(watched)
        arrivals(plan, plan.plan.trial_specs()[:2], events)
        assert (events.began_at is not None) is begun


def test_a_trial_that_fails_spoils_the_times() -> None:
    failing = prepared("knn[k=5000]", trials=1)
    with pytest.raises(UsageError, match=r"failed: .* needs at least 5000 training images"):
        arrivals(failing)
    trial = failing.plan.trial_specs()[0]
    with pytest.raises(UsageError, match="was run again: the worker died"):
        Silent().restarted(trial, "the worker died")


def test_memory_is_watched_from_a_certain_trial_on(tmp_path: Path) -> None:
    ready = prepared("noop")
    watch = MemoryWatch(counted_from=2)
    run_plan(ready.plan, ready.host, ready.data, InlineEngine(), tmp_path, [watch])
    assert 0 < watch.early_bytes <= watch.highest_bytes
    ballast = bytearray(64 * MEBIBYTE)
    ballast[::4096] = bytes([1]) * len(ballast[::4096])
    assert watch.read() > watch.early_bytes + 32 * MEBIBYTE
    del ballast
    highest = watch.highest_bytes
    watch.read()
    assert watch.highest_bytes >= highest > watch.early_bytes


def test_trainings_need_a_model_that_is_trained_twice() -> None:
    with pytest.raises(UsageError, match="softmax is deterministic and run once"):
        measure_trainings("softmax", SMALL, repeats=1)


@pytest.mark.slow
def test_sleeping_trials_cannot_beat_their_sleep() -> None:
    found = measure_sleeping("process", workers=2, trials=6, seconds=0.2)
    assert found.ideal_seconds == pytest.approx(0.6)
    assert 0.02 < found.share_of_ideal < 1.2


@pytest.mark.slow
def test_many_trials_are_run_kept_and_shown() -> None:
    found = measure_many_trials(trials=6, jobs=2, repeats=2)
    assert found.counted_from == 3
    assert 0 < found.early_bytes <= found.highest_bytes
    assert len(found.show_seconds) == 2
    assert min(found.show_seconds) > 0
    assert found.seconds > 0
