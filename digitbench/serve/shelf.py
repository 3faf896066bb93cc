"""The kept models that are asked, each loaded once and asked by one thread of its own."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import one_line, traceback_text
from digitbench.serve.pools import BoundedPool, BusyError
from digitbench.types import Images

MOST_MODELS = 8
"""Loaded at a time; each takes memory, and a thread."""
_MOST_WAITING = 3
"""Drawings that wait for a model; whoever draws faster is told that it is busy."""
_BLANK = np.zeros((1, 28, 28), np.uint8)
_log = logging.getLogger(__name__)


class LoadedModel(Protocol):
    """A kept model, ready to predict (`digitbench.workflows.kept.LoadedModel`)."""

    def predict(self, images: Images) -> NDArray[np.integer[Any]]:
        """Return the digits, integers `(n,)`."""

    def predict_proba(self, images: Images) -> NDArray[np.floating[Any]] | None:
        """Return the probabilities, floats `(n, 10)`; None if the model gives none."""


@dataclass(frozen=True)
class KeptEntry:
    """A kept model that can be asked.

    Attributes:
        run: the run's name.
        label: the model's label in it.
        dataset: the data set it was trained and tested on.
        accuracy: on the test images of its run, as a fraction; None if not known.
        load: loads the model.
    """

    run: str
    label: str
    dataset: str
    accuracy: float | None
    load: Callable[[], LoadedModel]

    @property
    def id(self) -> str:
        """What pages and answers call it: letters and digits, the same for the same model."""
        return sha256(f"{self.run}:{self.label}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Answer:
    """What a model says of some images.

    Attributes:
        labels: the digits.
        probabilities: of each image, ten; None if the model gives none.
        seconds: how long it took, without waiting and loading.
    """

    labels: list[int]
    probabilities: list[list[float]] | None
    seconds: float


Catalogue = Callable[[], Sequence[KeptEntry]]
"""Returns the kept models, those that matter most first; it may take its time."""


class ModelFailureError(Exception):
    """A model that cannot be loaded, or failed; the message is one line."""


@dataclass
class _Seat:
    """A kept model with its thread.

    A failure to load is remembered: it would take as long with each drawing.
    """

    entry: KeptEntry
    pool: BoundedPool = field(
        default_factory=lambda: BoundedPool("model", threads=1, waiting=_MOST_WAITING)
    )
    _model: LoadedModel | None = None
    _failure: ModelFailureError | None = None

    @property
    def state(self) -> str:
        """`ready`, `loading` or `failed`."""
        if self._failure is not None:
            return "failed"
        return "loading" if self._model is None else "ready"

    @property
    def error(self) -> str | None:
        """Why the model could not be loaded; None if it could."""
        return None if self._failure is None else str(self._failure)

    def answer(self, images: Images) -> Answer:
        """Ask the model; to be called in its thread."""
        if self._failure is not None:
            raise self._failure
        try:
            if self._model is None:
                self._model = self.entry.load()
            began = time.perf_counter()
            probabilities = self._model.predict_proba(images)
            labels = self._model.predict(images)
            seconds = time.perf_counter() - began
        except Exception as error:
            _log.debug("%s failed:\n%s", self.entry.label, traceback_text(error))
            failure = ModelFailureError(one_line(error))
            if self._model is None:
                self._failure = failure
            raise failure from error
        return Answer(
            [int(label) for label in labels],
            None if probabilities is None else np.asarray(probabilities, float).tolist(),
            seconds,
        )


class Shelf:
    """The kept models there are."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Load nothing yet.

        Args:
            catalogue: returns the models.
        """
        self._catalogue = catalogue
        self._pool = BoundedPool("catalogue", threads=1, waiting=16)
        self._seats: dict[str, _Seat] = {}
        self._warming: set[asyncio.Task[None]] = set()

    @property
    def entries(self) -> list[KeptEntry]:
        """The models as they were at the last look."""
        return [seat.entry for seat in self._seats.values()]

    async def look(self) -> list[KeptEntry]:
        """Look which models there are; begin to load those that are new, let go those that went.

        Raises:
            BusyError: too many look at once.
        """
        found = (await self._pool.run(self._catalogue))[:MOST_MODELS]
        before, self._seats = self._seats, {}
        for entry in found:
            seat = before.pop(entry.id, None)
            self._seats[entry.id] = seat or _Seat(entry)
            if seat is None:
                task = asyncio.create_task(self._warm(entry))
                self._warming.add(task)
                task.add_done_callback(self._warming.discard)
        for seat in before.values():
            seat.pool.close()
        return self.entries

    async def ask(self, entry: KeptEntry, images: Images) -> Answer:
        """Return what a model says of images, uint8 `(n, 28, 28)`.

        Raises:
            ModelFailureError: it is no longer there, cannot be loaded, or failed.
            BusyError: it has too much to do.
        """
        seat = self._seats.get(entry.id)
        if seat is None:
            raise ModelFailureError("the model is no longer there")
        return await seat.pool.run(lambda: seat.answer(images))

    def states(self) -> list[dict[str, str | None]]:
        """Return each model's id, and whether it is `ready`, `loading` or `failed`, and why."""
        return [
            {"model": id_, "state": seat.state, "error": seat.error}
            for id_, seat in self._seats.items()
        ]

    def close(self) -> None:
        """Let the threads end."""
        self._pool.close()
        for seat in self._seats.values():
            seat.pool.close()

    async def _warm(self, entry: KeptEntry) -> None:
        """Load a model and let it predict once, so that its first answer is quick."""
        with suppress(ModelFailureError, BusyError):  # `states` says why
            await self.ask(entry, _BLANK)
