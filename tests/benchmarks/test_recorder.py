import numpy as np
import pytest

from benchlib import recorder
from benchlib.curves import Point
from benchlib.recorder import Recorder
from digitbench.types import Images, Labels, Split


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(recorder, "perf_counter", clock)
    return clock


def split(count: int) -> Split:
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = labels
    return Split(images, labels)


def test_scoring_is_not_in_the_time_of_fit(clock: Clock) -> None:
    def predict(images: Images) -> Labels:
        clock.seconds += 1000
        return images[:, 0, 0]

    shown: list[Point] = []
    follower = Recorder(split(20), predict, stop_at=None, report=shown.append)
    follower.start()
    for _ in range(2):
        clock.seconds += 5
        follower.epoch_finished()
    assert follower.points == shown == [Point(1, 5.0, 1.0), Point(2, 10.0, 1.0)]


def test_all_images_are_scored_batch_by_batch() -> None:
    sizes = []

    def predict(images: Images) -> Labels:
        sizes.append(len(images))
        return np.zeros(len(images), np.uint8)

    follower = Recorder(split(2500), predict, stop_at=None, report=lambda point: None)
    follower.start()
    follower.epoch_finished()
    assert sizes == [1000, 1000, 500]
    assert follower.points[0].accuracy == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("stop_at", "reached"), [(None, False), (0.1, True), (0.05, True), (0.2, False)]
)
def test_the_target_is_reached(stop_at: float | None, reached: bool) -> None:
    follower = Recorder(
        split(50),
        lambda images: np.zeros(len(images), np.uint8),
        stop_at=stop_at,
        report=lambda point: None,
    )
    assert not follower.reached
    follower.start()
    follower.epoch_finished()
    assert follower.reached is reached
