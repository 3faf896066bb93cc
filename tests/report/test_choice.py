"""The choice in words and as JSON: every model with its reason, and nothing squeezed."""

from collections.abc import Callable, Mapping
from io import StringIO

import pytest
from rich.console import Console

from digitbench.analysis.choice import choose
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.metrics import FIT, LATENCY, MEMORY, SIZE, Metric
from digitbench.report.choice import choice_document, choice_report
from digitbench.report.document import to_json
from digitbench.types import RunRecord

LIMIT = {SIZE: 1e6}


def printed(
    record: RunRecord,
    limits: Mapping[Metric, float],
    typed: Mapping[Metric, str] | None = None,
    width: int = 120,
) -> str:
    choice = choose(summarise(record), compare_run(record), limits)
    console = Console(width=width, file=StringIO())
    with console.capture() as capture:
        console.print(choice_report(record, choice, typed or {}, console))
    return capture.get()


def changed(record: RunRecord, change: Callable[[str], dict[str, object]]) -> RunRecord:
    """Return the run with other figures, by model."""
    results = tuple(
        result.model_copy(update=change(result.spec.model)) for result in record.results
    )
    return record.model_copy(update={"results": results})


@pytest.fixture
def priced(record: RunRecord) -> RunRecord:
    """Return the run with costs that are known: the noisy model is cheap and slow."""
    costs: dict[str, dict[str, object]] = {
        "centroid": {"fit_seconds": 10.0, "latency_median_seconds": 0.001},
        "centroid[noise=0.3]": {"fit_seconds": 1.0, "latency_median_seconds": 0.004},
    }
    return changed(record, lambda model: costs.get(model, {}))


def test_models_that_may_be_as_good_are_named(priced: RunRecord) -> None:
    text = printed(priced, {FIT: 60.0}, {FIT: "1min"})
    first = "centroid is the most accurate of 2 models within the limits: "
    assert first in text
    assert (
        "By these trials it cannot be told apart from centroid[noise=0.3], on new digits." in text
    )
    assert "Of these, centroid[noise=0.3] is the cheapest: fit time 1.00 s against 10.0 s." in text
    assert "not told apart from centroid\n" in text.replace("  ", "").replace(" \n", "\n")
    assert "no trial succeeded" in text


def test_a_model_over_a_limit_is_told_the_limit_as_it_was_typed(priced: RunRecord) -> None:
    text = printed(priced, {LATENCY: 0.002}, {LATENCY: "2ms"})
    assert "centroid is the only model within the limits: " in text
    assert "latency over 2ms" in text
    assert "Fit" not in text  # only what is limited is shown
    nothing = printed(priced, {LATENCY: 0.0005}, {LATENCY: "0.5 ms"})
    assert (
        "centroid comes closest: its latency of 1.00 ms is 2 times the limit of 0.5 ms." in nothing
    )


def test_what_was_not_measured_is_said(priced: RunRecord) -> None:
    bare = changed(priced, lambda _: {"peak_memory_bytes": None})
    text = printed(bare, {MEMORY: 1e9}, {MEMORY: "1GB"})
    assert "No model is within the limits." in text
    assert "comes closest" not in text
    assert text.count("peak memory not measured") == 2


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_console_and_no_figure_is_lost(
    priced: RunRecord, width: int
) -> None:
    text = printed(priced, {}, width=width)
    assert max(map(len, text.splitlines())) <= width
    if width >= 80:
        assert "10.0 s" in text
        assert "4.00 ms" in text


def test_the_front_is_told(priced: RunRecord) -> None:
    both = "No model is beaten by another in accuracy and every cost at once."
    assert both in printed(priced, {})
    same = {"predict_seconds": 1.0, "peak_memory_bytes": 1, "latency_median_seconds": 0.001}
    cheap = changed(
        priced, lambda model: {**same, "fit_seconds": 1.0 if model == "centroid" else 2.0}
    )
    assert "(Pareto front): centroid." in printed(cheap, {})


def test_a_run_in_which_all_failed(record: RunRecord) -> None:
    broken = changed(
        record,
        lambda _: {"status": "failed", "accuracy": None, "error": "made", "predictions": None},
    )
    assert "No model has a trial that succeeded." in printed(broken, {})
    document = choice_document(broken, choose(summarise(broken), compare_run(broken), {}))
    assert document["chosen"] is document["closest"] is None
    assert {model["verdict"] for model in document["models"]} == {"failed"}


def test_the_document(priced: RunRecord) -> None:
    limits = {LATENCY: 0.002}
    choice = choose(summarise(priced), compare_run(priced), limits)
    document = choice_document(priced, choice)
    to_json(document)
    assert document["chosen"] == "centroid"
    assert document["limits"]["max_latency_seconds"] == 0.002
    chosen, over, failed = document["models"]
    assert (chosen["verdict"], chosen["excesses"]) == ("chosen", [])
    assert over["verdict"] == "over a limit"
    assert over["excesses"] == [{"limit": "max_latency_seconds", "allowed": 0.002, "figure": 0.004}]
    assert (failed["verdict"], failed["accuracy_mean"]) == ("failed", None)
    assert document["pareto_front"] == ["centroid", "centroid[noise=0.3]"]


def test_hostile_labels_are_shown_as_text(priced: RunRecord) -> None:
    label = "[red]centroid\x1b[31m\n"
    plan = priced.plan
    models = (plan.models[0], plan.models[1].model_copy(update={"label": label}), plan.models[2])
    results = tuple(
        result.model_copy(update={"spec": result.spec.model_copy(update={"model": label})})
        if result.spec.model == "centroid"
        else result
        for result in priced.results
    )
    hostile = priced.model_copy(
        update={"plan": plan.model_copy(update={"models": models}), "results": results}
    )
    text = printed(hostile, {})
    assert r"[red]centroid\x1b[31m\n is the most accurate" in text
    assert "\x1b[31m" not in text
