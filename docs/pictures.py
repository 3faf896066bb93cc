"""Makes the pictures of the README from a stored run: the terminal as SVG, the report as PNG.

    python docs/pictures.py runs/NAME --data-dir DIRECTORY
    python docs/pictures.py runs/NAME --test-set 1

The second draws what the report has of the first of the run's further test sets, and no more.

The report is drawn by Chromium, which must be installed; the terminal needs nothing.
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

FIGURES = Path(__file__).parent / "figures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLOURS = 128


def main() -> None:
    """Write both pictures."""
    options = argparse.ArgumentParser(description="Make the README's pictures from a stored run.")
    options.add_argument("run", type=Path, help="directory of the run")
    options.add_argument("--data-dir", help="the run's data set, for the digits in the report")
    options.add_argument("--columns", type=int, default=80, help="width of the terminal")
    options.add_argument("--folder", type=Path, default=FIGURES, help="where the pictures go")
    options.add_argument("--test-set", type=int, help="draw this further test set alone, from 1")
    given = options.parse_args()
    if given.test_set is not None:
        draw_report(given, given.folder / f"test-set-{given.test_set}.png", given.test_set)
        return
    shown = digitbench("show", str(given.run), COLUMNS=str(given.columns), FORCE_COLOR="1")
    svg = terminal_svg(shown, given.columns)
    (given.folder / "terminal.svg").write_text(svg, encoding="utf-8")
    draw_report(given, given.folder / "report.png")


def draw_report(given: argparse.Namespace, picture: Path, test_set: int | None = None) -> None:
    """Draw the first screen of the run's report, or what it has of a further test set."""
    data = ("--data-dir", given.data_dir) if given.data_dir else ("--offline",)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        digitbench("report", str(given.run), "--output", str(page), *data)
        if test_set is None:
            screenshot(page, picture)
        else:
            screenshot_of_part(page, picture, f'section.set:has([id="sets-{test_set - 1}"])')


def digitbench(*arguments: str, **variables: str) -> str:
    """Return what a command of digitbench prints."""
    command = [sys.executable, "-m", "digitbench", *arguments]
    environment = os.environ | variables
    return subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def terminal_svg(shown: str, columns: int) -> str:
    """Return a terminal with a coloured text as SVG that loads nothing, not even a font."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown.rstrip("\n")))
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(
        title="digitbench", theme=DIMMED_MONOKAI, code_format=template, unique_id="terminal"
    )
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def screenshot(page: Path, picture: Path, *, width: int = 1280, height: int = 800) -> None:
    """Draw the first screen of a page with Chromium, in few colours to keep the file small."""
    browser = chromium()
    command = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
    size = [f"--window-size={width},{height}", f"--screenshot={picture}"]
    subprocess.run([*command, *size, page.as_uri()], check=True, capture_output=True)
    in_few_colours(picture)


def screenshot_of_part(page: Path, picture: Path, selector: str, *, width: int = 1000) -> None:
    """Draw a part of a page with Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
        opened.goto(page.as_uri())
        opened.add_style_tag(content="nav, header { position: static !important }")
        opened.locator(selector).screenshot(path=picture)
        browser.close()
    in_few_colours(picture)


def chromium() -> str:
    """Return the browser's program."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit("no Chromium here: install it, or Chrome")
    return found


def in_few_colours(picture: Path) -> None:
    """Make a picture's file small."""
    Image.open(picture).convert("RGB").quantize(COLOURS).save(picture, optimize=True)


if __name__ == "__main__":
    main()
