"""Further test sets in JSON: what the analysis says, and null for what does not exist."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from digitbench.analysis.corruption_error import corruption_errors
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.report.document import run_document, to_json
from digitbench.report.set_words import set_sentences
from digitbench.report.sets_overview import sets_overview
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, run_with_sets, with_sets

RECORD = run_with_sets()
ANALYSIS = analyse_sets(RECORD)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def sets() -> dict[str, Document]:
    document = json.loads(to_json(run_document(RECORD)))
    return {found["test_set"]: found for found in document["test_sets"]}


def test_every_set_of_the_plan_is_there(sets: dict[str, Document]) -> None:
    assert list(sets) == ["corruptions", "fresh", "usps", "disputed", "lost"]
    said = {one.test_set: list(one.sentences) for one in set_sentences(ANALYSIS)}
    assert {label: found["summary"] for label, found in sets.items()} == said | {"lost": []}


def test_a_set_that_was_lost_has_a_reason_and_nothing_else(sets: dict[str, Document]) -> None:
    lost = sets["lost"]
    assert lost["error"] == "no network"
    empty = ("failures", "mean", "pairs", "changed_verdicts", "corruption_errors", "conditions")
    assert [lost[name] for name in empty] == [[]] * len(empty)
    assert lost["wins"] is lost["disputed"] is None


def test_means_pairs_and_wins(sets: dict[str, Document]) -> None:
    found = sets["corruptions"]
    mean = ANALYSIS.find("corruptions").mean
    assert mean is not None
    for model, ranked in zip(found["mean"], mean.models, strict=True):
        assert model["model"] == ranked.outcomes.label
        assert model["accuracy_mean"] == ranked.uncertainty.mean
    for pair, due in zip(found["pairs"], mean.pairs, strict=True):
        assert (pair["first"], pair["second"]) == (due.first.label, due.second.label)
        assert pair["digits_like_these"]["p_adjusted"] == due.population.p_adjusted
    assert found["wins"]["best"] == ["noise"]
    assert found["wins"]["beaten"] == [{"condition": "turn", "model": "knn[k=3]"}]
    conditions = [(one["condition"], one["severity"]) for one in found["conditions"]]
    assert conditions == [(name, by) for name in ("noise", "turn") for by in (1, 2, 3)]


def test_corruption_errors(sets: dict[str, Document]) -> None:
    found = sets["corruptions"]["corruption_errors"]
    for error, due in zip(found, corruption_errors(ANALYSIS.find("corruptions")), strict=True):
        assert error["model"] == due.model
        assert error["mean"] == due.mean
        assert (error["interval_low"], error["interval_high"]) == due.interval
        assert error["by_name"] == due.by_name
    assert sets["fresh"]["corruption_errors"] == []


def test_failures_and_disputed_labels(sets: dict[str, Document]) -> None:
    assert sets["usps"]["failures"] == [
        {"model": "cnn", "trial": 2, "error": "ValueError: made to fail"}
    ]
    assert sets["disputed"]["disputed"]["images"] == list(range(0, 400, 10))
    assert [one["model"] for one in sets["disputed"]["disputed"]["models"]] == [
        "cnn",
        "knn[k=3]",
        "softmax",
    ]
    assert sets["disputed"]["mean"] == []


def test_a_run_without_sets_has_an_empty_list() -> None:
    record = run_of([MadeModel("a", 0.9)], images=50)
    assert run_document(record)["test_sets"] == []


def test_a_run_in_which_every_trial_failed() -> None:
    record = run_of([MadeModel("a", 0.9, trials=0)], images=50)
    right = record.test_labels
    assert right is not None
    made = [
        MadeCondition(right, {"a": [right] * 3}),
        MadeCondition(right, None, positions=range(50)),
    ]
    record = with_sets(record, {"one": made[:1], "other": made[1:]})
    for found in run_document(record)["test_sets"]:
        assert found["summary"] == found["failures"] == found["mean"] == []
        (condition,) = found["conditions"]
        assert condition["models"] == []
    console = Console(file=io.StringIO(), width=80)
    console.print(sets_overview(record, console))
    assert not console.file.getvalue().strip()  # type: ignore[attr-defined]
