"""`digitbench serve` in Chromium: digits written on the pad, and uploads without end.

`python benchmarks/pad.py latest:cnn`: the skeletons of MNIST's test digits are drawn on the pad,
stroke by stroke, with the mouse. Counted is how often the model says the right digit, and timed how
long after the last stroke its answer shows. Then pictures, bombs and garbage are sent, and the
server's memory is read. It keeps no results.
"""

import io
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer
from PIL import Image

from benchlib.options import DataDirOption, run_script
from benchlib.pen_strokes import Stroke, pen_strokes
from digitbench.datasets.load import default_cache_dir, load_dataset
from digitbench.errors import UsageError
from digitbench.plugins import load_plugins
from digitbench.runner.resolve import find_dataset
from digitbench.types import DataContext, Split

_WATCH = """() => {
  addEventListener("pointerup", () => {
    window.lifted = performance.now();
    window.shown = null;
  }, true);
  const digit = document.querySelector("[data-model] .digit");
  new MutationObserver(() => { window.shown ??= performance.now() - window.lifted; })
    .observe(digit, { childList: true });
}"""
"""Times in the page itself, from the pointer's last event to the digit that is written."""
_READ_EVERY = 1_000
_POLL_MS = 10
_SENDERS = 4


def main(
    model: Annotated[str, typer.Argument(help="A kept model, RUN:MODEL.")] = "latest:cnn",
    runs_dir: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("runs"),
    dataset: Annotated[str, typer.Option(help="Data set whose test digits are drawn.")] = "mnist",
    digits: Annotated[int, typer.Option(min=0, help="Digits to draw.")] = 200,
    seed: Annotated[int, typer.Option(help="Which digits.")] = 0,
    uploads: Annotated[int, typer.Option(min=0, help="Pictures to send.")] = 10_000,
    data_dir: DataDirOption = None,
) -> None:
    """Draw digits in a browser and send pictures; print what came of it."""
    with _server(model, runs_dir) as (url, process):
        if digits:
            _draw(url, _test_digits(dataset, data_dir, digits, seed))
        if uploads:
            _send(url, process, uploads)


@contextmanager
def _server(model: str, runs_dir: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start `digitbench serve`; yield its address and its process."""
    command = [sys.executable, "-m", "digitbench", "serve", "--port", "0"]
    options = ["--model", model, "--runs-dir", str(runs_dir)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101
        url = process.stdout.readline().strip()
        if not url:
            raise UsageError("digitbench serve did not start")
        try:
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()


def _test_digits(dataset: str, data_dir: Path | None, count: int, seed: int) -> Split:
    """Draw test images by lot."""
    spec = find_dataset(dataset, load_plugins())
    test = load_dataset(spec, DataContext(default_cache_dir(), data_dir)).dataset.test
    chosen = np.random.default_rng(seed).choice(len(test), count, replace=False)
    return Split(test.images[chosen], test.labels[chosen])


def _draw(url: str, split: Split) -> None:
    """Draw each digit; print how many were read right, and how soon."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise UsageError("Chromium is not installed: apt-get install chromium")
    right, milliseconds = 0, []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page()
        page.goto(url)
        page.locator(".state").first.wait_for(state="hidden", timeout=120_000)  # it is loaded
        page.evaluate(_WATCH)
        for image, label in zip(split.images, split.labels, strict=True):
            page.locator("#clear").evaluate("(button) => button.click()")
            for stroke in pen_strokes(image):
                _replay(page, stroke)
            milliseconds.append(_shown_after(page))
            said = page.locator("[data-model] .digit").first.inner_text()
            right += said == str(label)
            if said != str(label):
                typer.echo(f"a {label} was read as {said}", err=True)
        browser.close()
    middle, late, latest = np.percentile(milliseconds[1:], [50, 95, 100])
    typer.echo(f"{right} of {len(split)} drawn digits right: {100 * right / len(split):.1f} %")
    typer.echo(
        f"answer after the last stroke: median {middle:.0f} ms, 95th percentile {late:.0f} ms, "
        f"at most {latest:.0f} ms (the first: {milliseconds[0]:.0f} ms)"
    )


def _shown_after(page: Any) -> float:
    """Wait for the answer; return how long after the last stroke it was there, in milliseconds."""
    while (shown := page.evaluate("window.shown")) is None:
        page.wait_for_timeout(_POLL_MS)
    return float(shown)


def _replay(page: Any, stroke: Stroke) -> None:
    """Draw a stroke with the mouse."""
    box = page.locator("#pad").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def _send(url: str, process: psutil.Process, count: int) -> None:
    """Send pictures of all kinds; print the answers' statuses and the server's memory."""
    import httpx

    headers = {"origin": url.rstrip("/"), "content-type": "image/png"}
    bodies = _bodies()
    statuses: Counter[int] = Counter()
    memory = [process.memory_info().rss]
    with (
        httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(_SENDERS) as senders,
    ):

        def send(number: int) -> int:
            return client.post("/read", content=bodies[number % len(bodies)]).status_code

        for first in range(0, count, _READ_EVERY):
            statuses.update(senders.map(send, range(first, min(count, first + _READ_EVERY))))
            memory.append(process.memory_info().rss)
            typer.echo(f"{statuses.total():,} sent", err=True)
    told = ", ".join(f"{status}: {times:,}" for status, times in sorted(statuses.items()))
    typer.echo(f"{count:,} uploads, answered {told}")
    mib = ", ".join(f"{size >> 20}" for size in memory)
    typer.echo(f"memory of the server before and after each {_READ_EVERY:,}, MiB: {mib}")


def _bodies() -> list[bytes]:
    """Return pictures, and what is none: blank, drawn, noise, garbage, damaged, a bomb."""
    random = np.random.default_rng(0)
    drawn = np.full((280, 280), 255, np.uint8)
    drawn[60:220, 130:150] = 0
    noise = random.integers(0, 256, (140, 140), np.uint8)
    whole = _png(drawn)
    return [
        whole,
        _png(np.full((280, 280), 255, np.uint8)),
        _png(noise),
        random.bytes(20_000),
        whole[: len(whole) // 2],
        _bomb(),
    ]


def _png(grey: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()


def _bomb() -> bytes:
    """Return a file that says it holds 2,500 million pixels."""
    side = 50_000
    header = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(bytes(1 << 20), 9) * 8
    parts = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    chunks = (
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


if __name__ == "__main__":
    run_script(main)
