"""Hooks of MkDocs: what the documentation site has besides the pages in `docs/`.

Reference is written from the code while the site is built, so that it is stored only once: in the
code. Files of the project outside `docs/` become pages. The sample report is of a run on MNIST,
written with `digitbench report RUN --output docs/sample-report.html`.
"""

import os
import posixpath
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import evidence
import generate

import digitbench

ROOT = Path(__file__).parents[1]
PROJECT_PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "benchmarks/README.md": "benchmarks.md",
    "benchmarks/error_rates.md": "error-rates.md",
    "benchmarks/performance.md": "performance.md",
    "benchmarks/reproduction.md": "reproduction.md",
    "benchmarks/settings.md": "settings.md",
}
"""Files of the project that are pages of the site too."""

SAMPLE_RUN = "DIGITBENCH_SAMPLE_RUN"
"""Environment variable: a stored run whose report is shown instead of the committed sample."""

_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
_ADDRESSES = {**PROJECT_PAGES, "README.md": "index.md"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project and the sample report."""
    for source, page in PROJECT_PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_linked(_filled(text), source, page)))
    if run := os.environ.get(SAMPLE_RUN):
        sample = files.get_file_from_path("sample-report.html")
        if sample is not None:
            files.remove(sample)
        files.append(File.generated(config, "sample-report.html", content=report_of(run)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Fill in what is generated, and lead links out of `docs/` to pages of the site."""
    if page.file.generated_by is not None:
        return markdown
    name = page.file.src_uri
    return _linked(_filled(markdown), f"docs/{name}", name)


def report_of(run: str) -> bytes:
    """Return the HTML report of a stored run."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        digitbench.load_run(run).report(page)
        return page.read_bytes()


def _filled(text: str) -> str:
    """Fill in the reference and the tables that a page asks for."""
    return evidence.completed(generate.completed(text))


def _linked(text: str, source: str, page: str) -> str:
    """Return a text whose links, relative to its file in the project, lead on from its page."""

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        found = _ADDRESSES.get(target, target.removeprefix("docs/"))
        return f"]({posixpath.relpath(found, posixpath.dirname(page) or '.')}"

    return _LINK.sub(link, text)
