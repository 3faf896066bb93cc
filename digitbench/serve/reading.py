"""A drawing or a picture is read: the digits that it shows, and what each model says of them.

The answer is lines of JSON, sent as they come: first what was found in the picture, then a line for
each model. A slow model does not hold up a quick one.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from digitbench.errors import DigitbenchError
from digitbench.serve.pools import BoundedPool, BusyError
from digitbench.serve.shelf import KeptEntry, ModelFailureError, Shelf
from digitbench.serve.uploads import read_upload
from digitbench.types import Images

MOST_DIGITS = 64
"""Digits of a picture that models are asked about."""
POOL_THREADS = 2
POOL_WAITING = 6
_MOST_SECONDS = 20.0
"""For a model, its loading included."""


class Box(Protocol):
    """Where a digit is, in pixels of the upright picture (`digitbench.pictures.Box`)."""

    @property
    def left(self) -> int:
        """Its first column."""

    @property
    def top(self) -> int:
        """Its first row."""

    @property
    def right(self) -> int:
        """The column after its last."""

    @property
    def bottom(self) -> int:
        """The row after its last."""


class FoundDigit(Protocol):
    """A digit that was found in a picture (`digitbench.pictures.FoundDigit`)."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """It, uint8 `(28, 28)`, as MNIST's are."""

    @property
    def box(self) -> Box:
        """Where it is."""

    @property
    def notes(self) -> Sequence[str]:
        """What is amiss with it."""


class Reading(Protocol):
    """What was found in a picture (`digitbench.pictures.Reading`)."""

    @property
    def digits(self) -> Sequence[FoundDigit]:
        """The digits, from left to right."""

    @property
    def problems(self) -> Sequence[str]:
        """What is amiss with the picture."""


Reader = Callable[[bytes], Reading]
"""Finds the digits in a picture's file; raises a `DigitbenchError` for what is none."""


class Readings:
    """Answers pictures."""

    def __init__(self, read: Reader, shelf: Shelf) -> None:
        """Answer with the models of a shelf.

        Args:
            read: finds the digits in a picture.
            shelf: the models.
        """
        self._read = read
        self._shelf = shelf
        self._pool = BoundedPool("picture", threads=POOL_THREADS, waiting=POOL_WAITING)

    async def answer(self, request: Request) -> Response:
        """Read the picture that a request brings, and let the models answer.

        Raises:
            HTTPException: there is no picture that may be read.
            BusyError: too many pictures wait.
        """
        data = await read_upload(request)
        try:
            reading = await self._pool.run(lambda: self._read(data))
        except DigitbenchError as error:
            return JSONResponse({"error": " ".join(str(error).split())}, 422)
        return StreamingResponse(self._lines(reading), media_type="application/x-ndjson")

    async def _lines(self, reading: Reading) -> AsyncIterator[str]:
        digits = reading.digits[:MOST_DIGITS]
        yield _line(
            {
                "digits": [
                    {
                        "image": b64encode(np.ascontiguousarray(digit.image).tobytes()).decode(),
                        "box": [digit.box.left, digit.box.top, digit.box.right, digit.box.bottom],
                        "notes": list(digit.notes),
                    }
                    for digit in digits
                ],
                "problems": list(reading.problems),
            }
        )
        if not digits:
            return
        images = np.stack([digit.image for digit in digits])
        asked = [asyncio.ensure_future(self._ask(e, images)) for e in self._shelf.entries]
        try:
            for answer in asyncio.as_completed(asked):
                yield _line(await answer)
        finally:
            for task in asked:
                task.cancel()

    async def _ask(self, entry: KeptEntry, images: Images) -> dict[str, Any]:
        """Return a model's line."""
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                answer = await self._shelf.ask(entry, images)
        except TimeoutError:
            return {"model": entry.id, "error": f"no answer within {_MOST_SECONDS:.0f} s"}
        except BusyError:
            return {"model": entry.id, "error": "too busy"}
        except ModelFailureError as error:
            return {"model": entry.id, "error": str(error)}
        return {
            "model": entry.id,
            "labels": answer.labels,
            "probabilities": answer.probabilities,
            "seconds": answer.seconds,
        }

    def close(self) -> None:
        """Let the threads end."""
        self._pool.close()


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content) + "\n"
