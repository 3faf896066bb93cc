"""Terminal, page, notebook, Markdown and JSON say the same of a run: verdict, interval, order."""

import io
import json
import re

import numpy as np
import pytest
from rich.console import Console

from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.report import formatting
from digitbench.report.document import run_document, to_json
from digitbench.report.headline import headline
from digitbench.report.overview import overview
from digitbench.report.page import report_page, run_fragment
from digitbench.report.tables.markdown import markdown_text
from made_runs import MadeModel, run_of


@pytest.mark.parametrize("seed", range(6))
def test_every_output_makes_the_same_claims(seed: int) -> None:
    rng = np.random.default_rng(seed)
    best = rng.uniform(0.6, 0.99)
    models = [
        MadeModel(
            f"model-{place}",
            best - rng.choice([0, 0.02, 0.3]),
            trials=int(rng.choice([0, 1, 3, 3])) if place else 3,
        )
        for place in range(int(rng.integers(1, 7)))
    ]
    record = run_of(models, images=200, seed=seed)
    compared = compare_run(record)
    said = headline(summarise(record), compared)
    console = Console(file=io.StringIO(), width=120)
    console.print(overview(record, console))
    texts = {
        "terminal": console.file.getvalue(),  # type: ignore[attr-defined]
        "page": report_page(record, images=None, calibrations={}),
        "notebook": run_fragment(record),
        "markdown": markdown_text(record, compared),
    }
    for name, text in texts.items():
        words = " ".join(re.sub(r"[`*\\]", "", re.sub(r"<[^>]*>", " ", text)).split())
        assert as_words(said.title) in words, name
        assert as_words(said.certainty) in words, name
        intervals = [formatting.bounds(model.uncertainty.interval) for model in compared.models]
        assert as_words(said.recommendation) in words, name
        table = words[words.index(as_words(said.recommendation or said.certainty)) :]
        found = [table.find(f"{one}") for one in intervals]
        assert -1 not in found, name
    document = json.loads(to_json(run_document(record)))["comparison"]
    assert document["headline"]["title"] == said.title
    assert document["headline"]["certainty"] == said.certainty
    assert [m["model"] for m in document["models"]] == [m.outcomes.label for m in compared.models]
    for stored, model in zip(document["models"], compared.models, strict=True):
        ends = model.uncertainty.interval
        assert [stored["interval_low"], stored["interval_high"]] == list(ends or (None, None))


def as_words(sentence: str) -> str:
    return " ".join(re.sub(r"[`*\\]", "", sentence).split())
