"""Draws the pictures of the page on writers; the site makes its tables (`docs/evidence.py`).

    python benchmarks/writer_figures.py

It needs nothing but `docs/figures/*.json`, which `writer_findings.py`, `real_writers.py` and
`writer_error_rates.py` write with `--json`. `--check` says whether all is as it would be made.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from benchlib.options import run_script
from benchlib.writer_pictures import PICTURES

DOCS = Path(__file__).parents[1] / "docs"


def main(
    docs: Annotated[
        Path, typer.Option(help="Directory of the documentation.", exists=True, file_okay=False)
    ] = DOCS,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; 1 if it would.")] = False,
) -> None:
    """Draw the pictures of the page on writers."""
    stale = [path for path, text in made(docs).items() if _read(path) != text]
    if check:
        for path in stale:
            typer.echo(f"{path.relative_to(docs)} is not what it would be")
        sys.exit(1 if stale else 0)
    for path, text in made(docs).items():
        path.write_text(text, encoding="utf-8")


def made(docs: Path) -> dict[Path, str]:
    """Return each picture as the figures have it."""
    figures = docs / "figures"
    documents = {path.stem: json.loads(_read(path)) for path in sorted(figures.glob("*.json"))}
    return {
        figures / f"{name}.svg": draw(documents[source])
        for name, (source, draw) in PICTURES.items()
        if source in documents
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    run_script(main)
