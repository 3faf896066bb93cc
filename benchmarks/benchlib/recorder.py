"""Follows a peer's training epoch by epoch, with the clock stopped while it is scored."""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchlib.curves import Point
from digitbench.types import Images, Split

SCORING_BATCH = 1000


class Recorder:
    """Scores a peer after each epoch and keeps the points.

    Only the time between `start` and `epoch_finished`, and then between one call of it and the
    next, counts as time of fit.
    """

    def __init__(
        self,
        test: Split,
        predict: Callable[[Images], NDArray[np.integer]],
        *,
        stop_at: float | None,
        report: Callable[[Point], None],
    ) -> None:
        """Make a recorder.

        Args:
            test: the test images.
            predict: predicts the digits of some images.
            stop_at: the accuracy that ends the training; None for never.
            report: called with each point.
        """
        self._test = test
        self._predict = predict
        self._stop_at = stop_at
        self._report = report
        self._seconds = 0.0
        self._started = 0.0
        self.points: list[Point] = []

    @property
    def reached(self) -> bool:
        """Whether the accuracy that ends the training has been reached."""
        return bool(
            self._stop_at is not None and self.points and self.points[-1].accuracy >= self._stop_at
        )

    def start(self) -> None:
        """Start the clock: the fit begins."""
        self._started = perf_counter()

    def epoch_finished(self) -> None:
        """Stop the clock, score, and start it again."""
        self._seconds += perf_counter() - self._started
        point = Point(len(self.points) + 1, self._seconds, self._accuracy())
        self.points.append(point)
        self._report(point)
        self._started = perf_counter()

    def _accuracy(self) -> float:
        images, labels = self._test.images, self._test.labels
        right = [
            self._predict(images[start : start + SCORING_BATCH])
            == labels[start : start + SCORING_BATCH]
            for start in range(0, len(labels), SCORING_BATCH)
        ]
        return float(np.concatenate(right).mean())
