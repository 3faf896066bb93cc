from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench import load_tensorflow
from digitbench.types import available_cpus
from digitbench_cnn import CnnOptions


@pytest.fixture(scope="module")
def training() -> Any:
    load_tensorflow(available_cpus())
    from digitbench_cnn import training

    return training


@pytest.mark.parametrize(
    ("n_images", "options", "expected"),
    [
        (60_000, {}, (128, 468, 3, 1404)),
        (55_000, {"epochs": 2}, (128, 429, 2, 858)),
        (60_000, {"recipe": "robust"}, (128, 468, 5, 2340)),
        (60_000, {"recipe": "robust", "epochs": 2}, (128, 468, 2, 936)),
        (1437, {"recipe": "robust"}, (128, 11, 37, 407)),
        (1437, {}, (128, 11, 37, 407)),
        (1437, {"epochs": 5}, (128, 11, 5, 55)),
        (1437, {"iterations": 30}, (128, 11, 3, 30)),
        (60_000, {"recipe": "paper"}, (50, 1200, 17, 20_000)),
        (60_000, {"recipe": "quick"}, (96, 625, 1, 200)),
        (60_000, {"recipe": "quick", "epochs": 1}, (96, 625, 1, 625)),
        (1437, {"recipe": "quick"}, (96, 14, 15, 200)),
        (20, {}, (20, 1, 400, 400)),
        (20, {"epochs": 1}, (20, 1, 1, 1)),
    ],
)
def test_small_data_sets_get_more_epochs_unless_told_otherwise(
    training: Any, n_images: int, options: dict[str, Any], expected: tuple[int, ...]
) -> None:
    plan = training.Schedule.plan(CnnOptions(**options), n_images)
    assert (plan.batch_size, plan.epoch_steps, plan.epochs, plan.total_steps) == expected


@given(
    n_images=st.integers(1, 100_000),
    batch_size=st.integers(1, 4096),
    epochs=st.none() | st.integers(1, 100),
)
def test_every_plan_can_be_carried_out(n_images: int, batch_size: int, epochs: int | None) -> None:
    from digitbench_cnn.training import Schedule

    plan = Schedule.plan(CnnOptions(batch_size=batch_size, epochs=epochs), n_images)
    assert 1 <= plan.batch_size * plan.epoch_steps <= n_images
    assert plan.epochs >= 1
    assert 1 <= plan.averaged_steps <= max(1, plan.total_steps / 10)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero(training: Any) -> None:
    rates = training.learning_rates(CnnOptions(learning_rate=0.5), 100)
    assert rates.dtype == np.float32
    assert rates.argmax() == 20
    assert rates.max() == pytest.approx(0.5)
    assert rates[0] < 0.05
    assert rates[99] < 0.001
    assert np.all(np.diff(rates[:21]) > 0)
    assert np.all(np.diff(rates[20:]) < 0)


def test_a_constant_learning_rate_is_constant(training: Any) -> None:
    rates = training.learning_rates(CnnOptions(learning_rate=0.25, schedule="constant"), 7)
    np.testing.assert_array_equal(rates, np.full(7, 0.25))


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_trainings_have_a_learning_rate_too(training: Any, steps: int) -> None:
    rates = training.learning_rates(CnnOptions(), steps)
    assert rates.shape == (steps,)
    assert np.all(rates > 0)


@given(keep_prob=st.floats(0.001, 1))
def test_dropout_keeps_the_share_it_says(keep_prob: float) -> None:
    from digitbench_cnn.training import keep_share, kept_nodes

    share = keep_share(keep_prob)
    assert share == pytest.approx(keep_prob, abs=1 / 256)
    assert 0 < share <= 1
    kept = kept_nodes(100_000, keep_prob, np.random.default_rng(0))
    assert kept.mean() == pytest.approx(share, abs=0.01)


def test_dropout_of_nothing_keeps_all(training: Any) -> None:
    assert training.kept_nodes(1000, 1.0, np.random.default_rng(0)).all()


def test_dropout_differs_from_step_to_step(training: Any) -> None:
    random = np.random.default_rng(0)
    first, second = (training.kept_nodes(64, 0.5, random) for _ in range(2))
    assert not np.array_equal(first, second)


@given(smoothing=st.floats(0, 0.99))
def test_smoothed_labels_spread_their_share_over_all_digits(smoothing: float) -> None:
    from digitbench_cnn.training import cross_entropy

    logits = np.random.default_rng(0).normal(0, 3, (4, 10))
    labels = np.array([3, 0, 9, 3])
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    expected = -(1 - smoothing) * logs[range(4), labels].mean() - smoothing * logs.mean()
    loss = cross_entropy(labels.astype(np.int32), logits.astype(np.float32), smoothing)
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_early_steps_see_the_middle_alone_and_late_ones_the_whole(
    training: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbench import Split
    from digitbench_cnn.network import Network

    random = np.random.default_rng(0)
    train = Split(
        random.integers(0, 256, (50, 28, 28), np.uint8), np.arange(50, dtype=np.uint8) % 10
    )
    options = CnnOptions(
        batch_size=10, epochs=2, crop=20, crop_share=0.7, keep_prob=1, filters=(2, 2, 2)
    )
    network = Network(options.filters, np.random.SeedSequence(0))
    sides = []
    compute = network.train

    def seen(images: Any, *rest: Any) -> Any:
        sides.append(images.shape[1])
        return compute(images, *rest)

    monkeypatch.setattr(network, "train", seen)
    steps = training.Training(network, train, options, np.random.SeedSequence(1))
    monkeypatch.setattr(steps, "_take_step", steps._step)
    for _ in range(2):
        steps.run_epoch()
    assert sides == [20] * 7 + [28] * 3


def test_each_step_sees_new_images_with_their_labels(
    training: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbench import Split
    from digitbench_cnn.network import Network

    numbers = np.arange(50, dtype=np.uint8)
    train = Split(np.broadcast_to(numbers[:, None, None], (50, 28, 28)).copy(), numbers % 10)
    options = CnnOptions(batch_size=10, iterations=7, augment=0, filters=(2, 2, 2))
    network = Network(options.filters, np.random.SeedSequence(0))
    steps = training.Training(network, train, options, np.random.SeedSequence(1))
    seen: list[Any] = []

    def see(images: Any, labels: Any, *rest: Any) -> float:
        seen.append(images.numpy()[:, 14, 14])
        assert np.array_equal(seen[-1] % 10, labels.numpy())
        return 0.0

    monkeypatch.setattr(steps, "_prepare", lambda images, *rest: images)
    monkeypatch.setattr(steps, "_take_step", see)
    steps.run_epoch()
    assert sorted(np.concatenate(seen)) == list(range(50))
    steps.run_epoch()
    assert len(seen) == 7
    assert len(np.unique(np.concatenate(seen[5:]))) == 20


@given(factor=st.floats(1.1, 3.5))
def test_modest_logits_are_made_as_sure_as_they_are_right(factor: float) -> None:
    from digitbench_cnn.training import sharpening

    random = np.random.default_rng(5)
    logits = random.normal(0, 2, (4000, 10))
    labels = (logits + random.gumbel(size=logits.shape)).argmax(1).astype(np.uint8)
    found = sharpening((logits / factor).astype(np.float32), labels)
    assert found == pytest.approx(factor, rel=0.1)


def test_only_smoothed_labels_call_for_sharper_logits(training: Any) -> None:
    from digitbench import Split
    from digitbench_cnn.network import Network

    random = np.random.default_rng(0)
    labels = np.arange(50, dtype=np.uint8) % 10
    train = Split(random.integers(0, 256, (50, 28, 28), np.uint8), labels)
    changed = {}
    for smoothing in (0.0, 0.1):
        options = CnnOptions(batch_size=10, filters=(2, 2, 2), label_smoothing=smoothing)
        network = Network(options.filters, np.random.SeedSequence(0))
        steps = training.Training(network, train, options, np.random.SeedSequence(1))
        before = network.weights.numpy()
        steps.calibrate()
        changed[smoothing] = np.flatnonzero(network.weights.numpy() != before)
    assert not len(changed[0.0])
    assert len(changed[0.1]) in (0, 25 * 2 * 10)  # the kernel of C4; its bias is 0 at first
