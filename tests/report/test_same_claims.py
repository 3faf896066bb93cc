"""Terminal, page, notebook, Markdown and JSON say the same of a run: verdict, interval, order."""

import io
import json
import re

import numpy as np
import pytest
from rich.console import Console, RenderableType

from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.report import formatting
from digitbench.report.comparison import comparison
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


@pytest.mark.parametrize("seed", [19, 21, 29])
def test_models_with_the_same_mean_are_in_the_order_of_the_plan_everywhere(seed: int) -> None:
    # The means of these trials are equal as fractions, and differ in their last binary digit.
    models = [MadeModel(f"model-{place}", 0.9, trials=9) for place in range(6)]
    record = run_of(models, images=20, trials=3 + seed % 4, seed=seed)
    right = {
        row.planned.label: round(sum(20 * (trial.accuracy or 0) for trial in row.trials))
        for row in summarise(record)
    }
    expected = sorted(right, key=lambda label: -right[label])
    assert len(set(right.values())) < len(right)
    assert [model.outcomes.label for model in compare_run(record).models] == expected
    console = Console(file=io.StringIO(), width=120)
    for text in (_printed(overview(record, console)), _printed(comparison(record, console))):
        table = text[text.index("─") :]
        assert re.findall(r"^model-\d", table, re.MULTILINE)[:6] == expected


def _printed(shown: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(shown)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]
