"""Models that do next to nothing, as a plugin file: what is left is what running them costs."""

import time
from collections.abc import Iterable

import numpy as np
from pydantic import Field

from digitbench import (
    BuildContext,
    Images,
    Labels,
    ModelOptions,
    ModelSpec,
    NoOptions,
    Split,
    hookimpl,
)


class SleeperOptions(ModelOptions):
    """How long it sleeps."""

    seconds: float = Field(1.0, ge=0, description="how long fit sleeps, in seconds")


class Sleeper:
    """Predicts 0 for every image, after a sleep."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def fit(self, train: Split, validation: Split | None) -> None:
        """Sleep; the images are not used."""
        if self._seconds:
            time.sleep(self._seconds)

    def predict(self, images: Images) -> Labels:
        """Return zeros, uint8 `(n,)`."""
        return np.zeros(len(images), np.uint8)


def build_noop(options: NoOptions, context: BuildContext) -> Sleeper:
    """Make a classifier that does nothing."""
    return Sleeper(0)


def build_sleeper(options: SleeperOptions, context: BuildContext) -> Sleeper:
    """Make a classifier that sleeps."""
    return Sleeper(options.seconds)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `noop` and `sleeper`."""
    return [
        ModelSpec("noop", "Does nothing", build_noop),
        ModelSpec("sleeper", "Sleeps", build_sleeper, options=SleeperOptions),
    ]
