"""A run under way, told as it goes: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from digitbench.errors import DigitbenchError
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.labels import short_labels
from digitbench.types import TrialResult
from digitbench.workflows.follow import RunProgress

_LOOK_SECONDS = 0.25
_LOOKS_PER_SIGN_OF_LIFE = 60
RETRY_MS = 2_000
"""How long a browser waits before it asks again, after it lost the connection."""


def progress_document(progress: RunProgress) -> dict[str, Any]:
    """Return how far a run is as plain values, with figures as they are shown."""
    names = short_labels(model.label for model in progress.models)
    return {
        "status": progress.status,
        "planned": progress.planned,
        "done": progress.done,
        "failed": progress.failed,
        "models": [
            {
                "name": printable(names[model.label]),
                "label": printable(model.label),
                "planned": model.planned,
                "done": model.done,
                "failed": model.failed,
                "accuracy": formatting.percent(model.accuracy),
            }
            for model in progress.models
        ],
        "latest": None if progress.latest is None else _trial(progress.latest, names),
    }


async def progress_events(
    progress: Callable[[], Awaitable[RunProgress]], ended: asyncio.Event
) -> AsyncIterator[str]:
    """Yield an event whenever a run has got further, until it or the server comes to its end.

    Args:
        progress: looks how far the run is.
        ended: set when the server ends.
    """
    yield f"retry: {RETRY_MS}\n\n"
    before, looks = "", 0
    while not ended.is_set():
        try:
            found = await progress()
        except DigitbenchError as error:
            yield _event("failed", {"error": " ".join(str(error).split())})
            return
        text = _event("progress", progress_document(found))
        if text != before:
            yield text
            before = text
        if found.status != "running":
            yield _event("end", {"status": found.status})
            return
        looks += 1
        if looks % _LOOKS_PER_SIGN_OF_LIFE == 0:
            yield ": still here\n\n"  # so that a reader who has left is noticed
        await _pause(ended)


async def _pause(ended: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            await ended.wait()
    except TimeoutError:
        return


def _trial(result: TrialResult, names: dict[str, str]) -> str:
    """Say how the last trial went."""
    what = printable(f"{names[result.spec.model]}, trial {result.spec.trial}")
    if result.accuracy is None:
        return printable(f"{what} failed: {result.error}")
    return f"{what}: {formatting.percent(result.accuracy)} %"


def _event(name: str, content: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n"
