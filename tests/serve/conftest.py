"""The application for the tests of this folder."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from digitbench.serve.shelf import KeptEntry
from served import Constant, entry, serving

Served = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="session")
def blank() -> bytes:
    """Return a picture of nothing, as a file."""
    return _png(Image.new("L", (140, 140), 255))


@pytest.fixture(scope="session")
def drawing() -> bytes:
    """Return a picture of a stroke, as a file."""
    image = Image.new("L", (140, 140), 255)
    image.paste(0, (60, 20, 75, 120))
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """Return `serving`, with no runs unless some are given."""

    def serve(*entries: KeptEntry, **settings: Any) -> AbstractContextManager[httpx.Client]:
        return serving(*entries, **({"runs_dir": tmp_path / "runs"} | settings))

    return serve


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client of one application for all tests of a file: a sure model, and one less so."""
    models = (
        entry("sure", lambda: Constant(7)),
        entry("mute", lambda: Constant(3, sure=False)),
    )
    with serving(*models, runs_dir=tmp_path_factory.mktemp("no-runs")) as client:
        yield client


@pytest.fixture
def client(shared: httpx.Client) -> httpx.Client:
    """Return the same client without the cookies of other tests."""
    shared.cookies.clear()
    return shared
