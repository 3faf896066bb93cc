"""The web application in a browser: drawing, pictures, runs under way, and each page's manners."""

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from digitbench.errors import UsageError
from digitbench.serve.reading import Reading
from served import Box, Constant, Digit, Found, entry, serving, shrunk

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Opening = Callable[..., AbstractContextManager["Visit"]]
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
INK = """async (canvas) => {
  await new Promise(requestAnimationFrame);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return copy.getImageData(0, 0, canvas.width, canvas.height)
    .data.filter((_, at) => at % 4 === 3).reduce((sum, alpha) => sum + (alpha > 127), 0);
}"""
TREES = "ExtraTreesClassifier[…]"
ABSENT = "\N{EN DASH}"
RUNNER = Path(__file__).parents[1] / "data" / "fast_run.py"


def _fail() -> Any:
    raise UsageError("its weights are damaged")


MODELS = (
    entry("cnn", lambda: Constant(7)),
    entry("sklearn:ensemble.ExtraTreesClassifier[n_estimators=50]", lambda: Constant(1)),
    entry("mute", lambda: Constant(3, sure=False)),
    entry("lost", _fail),
)


@dataclass
class Visit:
    """A page of the application, with what it asked for and complained of."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where on the screen a point of the pad is, given as fractions of it."""
        box = self.page.locator("#pad").bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def stroke(self, *points: tuple[float, float]) -> None:
        """Draw a line with the mouse."""
        mouse = self.page.mouse
        mouse.move(*self.point(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.point(*point), steps=5)
        mouse.up()

    @property
    def said(self) -> Locator:
        """The line that says the answer."""
        return self.page.locator("#said")


def beside(data: bytes) -> Reading:
    """Read a picture that is twice as wide as high as two digits."""
    found = shrunk(data)
    image = Image.open(io.BytesIO(data))
    if image.width < 2 * image.height:
        return found
    half = image.width // 2
    ink = np.full((28, 28), 200, np.uint8)
    boxes = Box(0, 0, half, image.height), Box(half, 0, image.width, image.height)
    return Found((Digit(ink, boxes[0]), Digit(ink // 2, boxes[1], ("cut by the edge",))))


@contextmanager
def visiting(
    browser: Browser,
    client: httpx.Client,
    path: str = "",
    *,
    width: int = 1280,
    dark: bool = False,
    touch: bool = False,
) -> Iterator[Visit]:
    """Visit an application; nobody else is asked, nothing is wrong."""
    with browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if dark else "light",
        has_touch=touch,
    ) as context:
        found = Visit(context.new_page(), str(client.base_url))
        found.page.set_default_timeout(20_000)
        context.on("request", lambda request: found.requests.append(request.url))
        context.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(f"{found.url}{path}")
        yield found
        assert [url for url in found.requests if not url.startswith(found.url)] == []
        assert found.complaints == []


@pytest.fixture(scope="module")
def finished_run(run_on_tiny_data: Callable[..., Path]) -> Path:
    """Make a run, and return its directory."""
    return run_on_tiny_data("centroid")


@pytest.fixture(scope="module")
def client(finished_run: Path) -> Iterator[httpx.Client]:
    """Serve the application, with a finished run."""
    with serving(*MODELS, runs_dir=finished_run.parent, read=beside) as client:
        yield client


@pytest.fixture
def visit(browser: Browser, client: httpx.Client) -> Opening:
    """Return a function that visits the application that all tests share."""
    return partial(visiting, browser, client)


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def _picture(width: int, height: int) -> FilePayload:
    image = Image.new("L", (width, height), 255)
    image.paste(0, (width // 4, height // 4, width // 2, 3 * height // 4))
    file = io.BytesIO()
    image.save(file, "PNG")
    return {"name": "photo.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_stroke_is_answered_by_every_model(visit: Opening) -> None:
    with visit() as at:
        at.stroke((0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
        expect(at.said).to_have_text(f"cnn: 7, 100.0 %; {TREES}: 1, 100.0 %; mute: 3")
        card = at.page.locator("[data-name=cnn]")
        assert card.locator(".digit").inner_text() == "7"
        assert card.locator(".bars li").nth(7).inner_text().split() == ["7", "100.0", "%"]
        assert "scaleX(1)" in (card.locator(".fill").nth(7).get_attribute("style") or "")
        assert at.page.locator("[data-name=mute] .bars").is_hidden()
        assert at.page.locator("[data-name=lost]").inner_text().count("its weights are damaged")
        assert at.page.locator("#digits canvas").evaluate(INK) > 10


def test_undo_and_clear(visit: Opening) -> None:
    with visit() as at:
        pad = at.page.locator("#pad")
        at.stroke((0.2, 0.2), (0.8, 0.2))
        one = pad.evaluate(INK)
        at.stroke((0.2, 0.8), (0.8, 0.8))
        assert pad.evaluate(INK) > one
        at.page.get_by_role("button", name="Undo").click()
        assert pad.evaluate(INK) == one
        at.page.get_by_role("button", name="Clear").click()
        assert pad.evaluate(INK) == 0
        expect(at.said).to_have_text("")
        expect(at.page.locator("[data-name=cnn] .digit")).to_have_text(ABSENT)
        assert at.page.get_by_role("button", name="Undo").is_disabled()


def test_keys_draw(visit: Opening) -> None:
    with visit() as at:
        pad = at.page.locator("#pad")
        pad.focus()
        for key in ("ArrowUp", "Shift+ArrowUp", "Space", "Shift+ArrowDown", "ArrowLeft", "Space"):
            at.page.keyboard.press(key)
        expect(at.said).to_contain_text("cnn: 7")
        at.page.keyboard.press("Control+z")
        expect(at.said).to_have_text("")
        at.page.keyboard.press("Space")
        expect(at.said).to_contain_text("cnn: 7")
        at.page.keyboard.press("Escape")
        expect(at.said).to_have_text("")


def test_everything_is_reached_by_tab(visit: Opening) -> None:
    with visit() as at:
        at.stroke((0.2, 0.2), (0.8, 0.2))
        at.page.locator(".skip").focus()
        ids = []
        for _ in range(12):
            at.page.keyboard.press("Tab")
            ids.append(at.page.evaluate("document.activeElement.id"))
        assert [id_ for id_ in ids if id_] == ["pad", "undo", "clear", "file"]


def test_one_finger_draws_and_a_second_does_not(visit: Opening) -> None:
    with visit(touch=True, width=390) as at:
        session = at.page.context.new_cdp_session(at.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            where = [at.point(*point) for point in points]
            fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(where)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        touch("touchStart", (0.3, 0.3))
        touch("touchMove", (0.3, 0.7))
        alone = at.page.locator("#pad").evaluate(INK)
        touch("touchStart", (0.3, 0.7), (0.8, 0.2))
        touch("touchMove", (0.3, 0.7), (0.8, 0.9))
        touch("touchEnd")
        assert at.page.locator("#pad").evaluate(INK) == alone > 0
        assert at.page.evaluate("scrollY") == 0
        expect(at.said).to_contain_text("cnn: 7")


def test_a_picture_with_several_digits(visit: Opening) -> None:
    with visit() as at:
        at.page.locator("#file").set_input_files(_picture(200, 100))
        expect(at.said).to_contain_text("cnn: 7 7")
        digits = at.page.locator("#digits button")
        assert digits.count() == 2
        digits.nth(1).click()
        assert digits.nth(1).get_attribute("aria-pressed") == "true"
        assert at.page.locator("#problems").inner_text() == "cut by the edge"
        assert at.page.locator("#preview").evaluate(INK) > 0
        at.page.get_by_role("button", name="Clear").click()
        assert at.page.locator("#preview").is_hidden()


def test_a_picture_is_dropped(visit: Opening) -> None:
    with visit() as at:
        data = list(_picture(100, 100)["buffer"])
        at.page.evaluate(
            """(data) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(data)], "a.png", { type: "image/png" }));
              for (const name of ["dragover", "drop"]) {
                const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
                document.body.dispatchEvent(new DragEvent(name, how));
              }
            }""",
            data,
        )
        expect(at.said).to_contain_text("cnn: 7")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"no picture", "the picture is none"),
        ("big.png", bytes(21 << 20), "big.png is larger than 20 MiB"),
    ],
)
def test_what_cannot_be_read_is_said(visit: Opening, name: str, data: bytes, said: str) -> None:
    file: FilePayload = {"name": name, "mimeType": "", "buffer": data}
    with visit() as at:
        at.page.locator("#file").set_input_files(file)
        expect(at.page.locator("#problems")).to_have_text(said)
        at.complaints[:] = [c for c in at.complaints if "422" not in c]  # Chromium notes the status


def test_a_run_is_followed_to_its_end(
    browser: Browser, tmp_path: Path, plugin_file: Callable[[str], Path]
) -> None:
    command = [sys.executable, str(RUNNER), str(tmp_path), str(plugin_file("centroid")), "inline"]
    running = subprocess.Popen([*command], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        while "centroid" not in running.stdout.readline():  # until a trial has ended
            pass
        with (
            serving(*MODELS, runs_dir=tmp_path) as client,
            visiting(browser, client, "runs") as at,
        ):
            row = at.page.locator(".run-row").first
            expect(row.locator(".count")).to_have_text(re.compile(r"^\d+ of 40 trials$"))
            row.get_by_role("link").first.click()
            expect(at.page.get_by_role("link", name="Open the report")).to_be_visible()
            running.wait(60)
            expect(at.page.locator(".count")).to_have_text("40 of 40 trials")
            expect(at.page.locator("#status")).to_have_text("complete")
    finally:
        running.kill()
        running.stdout.close()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_violation_or_scrolls_sideways(
    visit: Opening, finished_run: Path, width: int, dark: bool
) -> None:
    with visit(width=width, dark=dark) as at:
        assert _violations(at.page) == []
        at.page.locator("#file").set_input_files(_picture(200, 100))
        expect(at.said).to_contain_text("cnn: 7 7")
        assert _violations(at.page) == []
        assert at.page.evaluate(OVERFLOW) == 0
        for path in ("runs", f"runs/{finished_run.name}"):
            at.page.goto(f"{at.url}{path}")
            assert _violations(at.page) == []
            assert at.page.evaluate(OVERFLOW) == 0
