"""The application, served on a free port of this machine, with a reader and models for tests."""

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from digitbench.errors import UsageError
from digitbench.serve.access import Access
from digitbench.serve.app import Application
from digitbench.serve.reading import FoundDigit, Reading
from digitbench.serve.runs import Runs
from digitbench.serve.server import Place, make_server, open_place
from digitbench.serve.shelf import KeptEntry
from digitbench.workflows.messages import SilentMessages


class Constant:
    """A model that says the same of every image."""

    def __init__(self, digit: int, *, sure: bool = True) -> None:
        self.digit = digit
        self.sure = sure

    def predict(self, images: Any) -> Any:
        return np.full(len(images), self.digit)

    def predict_proba(self, images: Any) -> Any:
        return np.eye(10)[self.predict(images)] if self.sure else None


@dataclass(frozen=True)
class Box:
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Digit:
    image: Any
    box: Box
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    digits: Sequence[FoundDigit]
    problems: Sequence[str] = ()


def shrunk(data: bytes) -> Reading:
    """Read the whole picture as one digit; a blank one has none."""
    try:
        image = Image.open(io.BytesIO(data)).convert("L")
    except OSError as error:
        raise UsageError("the picture is none") from error
    ink = 255 - np.asarray(image.resize((28, 28)))
    if not ink.any():
        return Found((), ("the page is blank",))
    return Found((Digit(ink, Box(0, 0, *image.size)),))


def entry(label: str, load: Callable[[], Any], run: str = "made-run") -> KeptEntry:
    """Make the entry of a kept model."""
    return KeptEntry(run, label, "digits", 0.987, load)


def serving(
    *entries: KeptEntry,
    runs_dir: Path,
    read: Callable[[bytes], Reading] = shrunk,
    access: Access | None = None,
) -> AbstractContextManager[httpx.Client]:
    """Serve an application of these models, and yield a client of it that is no browser."""
    runs = Runs(runs_dir, SilentMessages())
    return serving_application(Application(runs, lambda: entries, read), access)


@contextmanager
def serving_application(
    application: Application, access: Access | None = None
) -> Iterator[httpx.Client]:
    """Serve an application, and yield a client of it that is no browser."""
    place = open_place("127.0.0.1", 0)
    if access is not None:
        place = Place(place.listener, access, place.url)
    server = make_server(application, place)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place.listener]})
    thread.start()
    try:
        with httpx.Client(base_url=place.url, timeout=20, trust_env=False) as client:
            client.headers["origin"] = place.url.rstrip("/")  # as a browser says it of our pages
            yield client
    finally:
        server.should_exit = True
        thread.join()
