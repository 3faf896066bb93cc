"""The application: what is at which address."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from digitbench.errors import DigitbenchError, traceback_text
from digitbench.report import formatting
from digitbench.report.labels import short_labels
from digitbench.serve.access import Access, Guard
from digitbench.serve.events import progress_events
from digitbench.serve.pages import Pages
from digitbench.serve.pools import BoundedPool, BusyError
from digitbench.serve.reading import MOST_DIGITS, Reader, Readings
from digitbench.serve.runs import Runs
from digitbench.serve.shelf import Catalogue, KeptEntry, Shelf
from digitbench.serve.uploads import MOST_UPLOAD_BYTES
from digitbench.workflows.follow import RunFollower

_log = logging.getLogger(__name__)
_MOST_FOLLOWERS = 16
REPORT_POLICY = (
    "default-src 'none'; img-src data:; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The report brings a policy of its own, which names its script and its style by their hashes; both
hold. What this one adds is that no page may frame it."""


class Application:
    """Answers requests."""

    def __init__(self, runs: Runs, catalogue: Catalogue, read: Reader) -> None:
        """Read no run and load no model yet.

        Args:
            runs: the stored runs.
            catalogue: returns the kept models.
            read: finds the digits in a picture.
        """
        self._runs = runs
        self._shelf = Shelf(catalogue)
        self._readings = Readings(read, self._shelf)
        self._pages = Pages()
        self._pool = BoundedPool("page", threads=2, waiting=30)
        self._followers = 0
        self.ended = asyncio.Event()

    def guarded(self, access: Access) -> ASGIApp:
        """Return the application behind its guard.

        Args:
            access: who may ask.
        """
        routes = [
            Route("/", self._draw),
            Route("/models", self._models),
            Route("/read", self._readings.answer, methods=["POST"]),
            Route("/runs", self._list),
            Route("/runs/{run}", self._run),
            Route("/runs/{run}/report", self._report),
            Route("/runs/{run}/events", self._events),
            Route("/static/{name}", self._pages.file),
        ]
        handlers: Any = {
            HTTPException: self._refuse,
            DigitbenchError: self._tell,
            BusyError: self._ask_to_wait,
            Exception: self._fail,
        }
        app = Starlette(routes=routes, exception_handlers=handlers, lifespan=self._lifespan)
        app.router.redirect_slashes = False
        return Guard(app, access)

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Begin to load the models; at the end, let all threads go."""
        first_look = asyncio.create_task(self._shelf.look())
        yield
        first_look.cancel()
        self._shelf.close()
        self._readings.close()
        self._pool.close()

    async def _draw(self, request: Request) -> Response:
        """Show the pad."""
        entries = await self._shelf.look()
        names = _names(entries)
        models = [
            {
                "id": entry.id,
                "name": names[entry.id],
                "label": entry.label,
                "run": entry.run,
                "dataset": entry.dataset,
                "accuracy": formatting.percent(entry.accuracy),
            }
            for entry in entries
        ]
        limits = {"most_bytes": MOST_UPLOAD_BYTES, "most_digits": MOST_DIGITS}
        return self._pages.page("draw", {"here": "draw", "models": models, **limits})

    async def _models(self, request: Request) -> Response:
        """Tell which models are ready."""
        return JSONResponse(self._shelf.states())

    async def _list(self, request: Request) -> Response:
        """Show the runs."""
        return await self._pool.run(
            lambda: self._pages.page("runs", {"here": "runs", **self._runs.listed()})
        )

    async def _run(self, request: Request) -> Response:
        """Show a run: how far it is, what it comes to, and where its report is."""
        path = self._path(request)
        return await self._pool.run(
            lambda: self._pages.page("run", {"here": "runs", "run": self._runs.shown(path)})
        )

    async def _report(self, request: Request) -> Response:
        """Show the report of a run."""
        path = self._path(request)
        html = await self._pool.run(lambda: self._runs.report(path))
        headers = {"content-security-policy": REPORT_POLICY}
        return Response(html, media_type="text/html", headers=headers)

    async def _events(self, request: Request) -> Response:
        """Tell how a run goes on, as it does."""
        follower = RunFollower(self._path(request))
        if self._followers >= _MOST_FOLLOWERS:
            raise BusyError
        return StreamingResponse(self._followed(follower), media_type="text/event-stream")

    async def _followed(self, follower: RunFollower) -> AsyncIterator[str]:
        self._followers += 1
        try:
            async for event in progress_events(
                lambda: self._pool.run(follower.progress), self.ended
            ):
                yield event
        finally:
            self._followers -= 1

    def _path(self, request: Request) -> Path:
        """Return the directory of the run that a request names.

        Raises:
            HTTPException: there is none of that name.
        """
        path = self._runs.paths().get(request.path_params["run"])
        if path is None:
            raise HTTPException(404, "there is no such run")
        return path

    async def _refuse(self, request: Request, error: HTTPException) -> Response:
        answer = self._problem(request, error.detail, error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def _tell(self, request: Request, error: DigitbenchError) -> Response:
        return self._problem(request, str(error), 422)

    async def _ask_to_wait(self, request: Request, error: BusyError) -> Response:
        answer = self._problem(request, "too much to do: try again in a moment", 503)
        answer.headers["retry-after"] = "1"
        return answer

    async def _fail(self, request: Request, error: Exception) -> Response:
        _log.error("a request failed; please report this:\n%s", traceback_text(error))
        return self._problem(request, "digitbench failed; its terminal says how", 500)

    def _problem(self, request: Request, text: str, status: int) -> Response:
        """Say what is wrong: a page for a reader, JSON for a script."""
        said = " ".join(text.split())
        if "text/html" in request.headers.get("accept", ""):
            return self._pages.page("problem", {"here": None, "problem": said}, status)
        return JSONResponse({"error": said}, status)


def _names(entries: Sequence[KeptEntry]) -> dict[str, str]:
    """Return what models are called on the page, by id; those of one label with their runs."""
    short = short_labels(entry.label for entry in entries)
    labels = [entry.label for entry in entries]
    return {
        entry.id: short[entry.label]
        if labels.count(entry.label) == 1
        else f"{short[entry.label]} of {entry.run}"
        for entry in entries
    }
