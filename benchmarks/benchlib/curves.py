"""What a training reached, and when: the arithmetic of `time_to_accuracy.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """The test accuracy after some time of fit.

    Attributes:
        epochs: passes over the training images so far.
        fit_seconds: time of fit so far; scoring the test images is not in it.
        accuracy: fraction of the test images predicted right.
    """

    epochs: int
    fit_seconds: float
    accuracy: float


@dataclass(frozen=True)
class Training:
    """One training from fresh weights.

    Attributes:
        points: what it reached, in order: after each epoch, or at its end alone.
        train_images: images in an epoch.
        stopped_early: it was ended before its last epoch, because a target was reached.
        device: where it ran.
    """

    points: tuple[Point, ...]
    train_images: int
    stopped_early: bool
    device: str

    @property
    def end(self) -> Point:
        """The last point."""
        return self.points[-1]


def seconds_to(points: Iterable[Point], accuracy: float) -> float | None:
    """Return the least time of fit after which an accuracy was reached; None if it never was."""
    return min((point.fit_seconds for point in points if point.accuracy >= accuracy), default=None)


def accuracy_after(
    points: Sequence[Point], seconds: float, *, stopped_early: bool = False
) -> float | None:
    """Return the accuracy that a number of seconds of fit gives.

    It is that of the longest fit within the time, not the best one: nobody who has not seen the
    test labels could choose the best.

    Args:
        points: the points there are.
        seconds: time of fit.
        stopped_early: the training was ended before its time, so nothing is known of later.

    Returns:
        The accuracy; None if no point is so early, or if the training was stopped before.
    """
    within = [point for point in points if point.fit_seconds <= seconds]
    if not within or (stopped_early and len(within) == len(points)):
        return None
    return max(within, key=lambda point: point.fit_seconds).accuracy


@dataclass(frozen=True)
class Ratio:
    """How many times as long a peer takes.

    Attributes:
        value: the peer's time divided by ours.
        at_least: the peer never reached the target, and its whole time was taken.
    """

    value: float
    at_least: bool


def times_as_long(peer: Sequence[Point], ours: Sequence[Point], accuracy: float) -> Ratio | None:
    """Return how many times as long a peer takes to an accuracy; None if ours never gets there."""
    our_seconds = seconds_to(ours, accuracy)
    if our_seconds is None:
        return None
    peer_seconds = seconds_to(peer, accuracy)
    if peer_seconds is None:
        return Ratio(max(point.fit_seconds for point in peer) / our_seconds, at_least=True)
    return Ratio(peer_seconds / our_seconds, at_least=False)
