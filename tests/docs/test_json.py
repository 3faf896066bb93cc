"""`docs/json.md` names every field that a document has, and no other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.across_runs import comparable_runs, several_runs
from digitbench.analysis.choice import choose
from digitbench.analysis.estimate import estimate
from digitbench.analysis.groups import group_differences, misread
from digitbench.analysis.head_to_head import head_to_head
from digitbench.analysis.history import model_history
from digitbench.analysis.image_difference import image_difference
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.paper import Experiment, Paper
from digitbench.analysis.reproduction import reproduce
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.sets_head_to_head import ONLY_A, LeftOutSet, SetsVersus, SetVersus
from digitbench.analysis.summary import summarise
from digitbench.datasets.load import load_dataset
from digitbench.datasets.plugin import digitbench_datasets
from digitbench.datasets.status import dataset_status, verify
from digitbench.metrics import NOTHING_COMPUTED, SIZE
from digitbench.pictures import AnsweredDigit, Box, FoundDigit, ModelAnswer, PictureAnswer
from digitbench.plugins import PluginHost
from digitbench.report.across_runs_document import several_runs_document
from digitbench.report.catalogue import catalogue_document, sets_document
from digitbench.report.choice import choice_document
from digitbench.report.conformance import conformance_document
from digitbench.report.datasets import fetched_document, status_document, verification_document
from digitbench.report.diagnosis import Finding, Level, diagnosis_document
from digitbench.report.document import reproduction_document, run_document, to_json
from digitbench.report.head_to_head_document import head_to_head_document
from digitbench.report.history import history_document
from digitbench.report.misread import ModelMisread
from digitbench.report.misread_document import misread_document
from digitbench.report.pictures import pictures_document
from digitbench.report.plan import plan_document
from digitbench.report.runs import run_row, runs_document
from digitbench.runner.environment import describe_environment
from digitbench.runner.machine import measure
from digitbench.testing import CheckResult
from digitbench.testing.checks import CHECKS
from digitbench.types import DataContext, Groups, RunPlan, RunRecord, SequentialDesign
from digitbench.workflows.catalogue import select_models, select_test_sets
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, with_sets

Documented = Callable[[str], list[str]]

OPEN_OBJECTS = {
    "environment.versions",
    "environment.variables",
    "models[].options",
    "models[].metrics",
    "models[].trials[].details",
    "models[].trials[].metrics",
}
"""Objects of a run whose keys are names of other things, and not fields."""


def fields(value: object, path: str, open_objects: set[str]) -> Iterator[str]:
    """Yield the paths of a document's fields, such as `models[].trials[].accuracy`."""
    if isinstance(value, dict) and path not in open_objects:
        for key, inner in value.items():
            yield from fields(inner, f"{path}.{key}".lstrip("."), open_objects)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            yield from fields(inner, f"{path}[]", open_objects)
    else:
        yield path


@pytest.fixture
def documented(site_page: Callable[[str], str]) -> Documented:
    """Return a function that lists the fields in a section of the page."""

    def fields_of(heading: str) -> list[str]:
        section = site_page("json.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        assert section, f"no section {heading}"
        return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)

    return fields_of


def test_the_fields_of_a_run(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    document = run_document(run_tiny(host_of("centroid"), "centroid,centroid[noise=0.1]"))
    to_json(document)
    found = set(fields(document, "", OPEN_OBJECTS))
    listed = documented("A run")
    assert len(listed) == len(set(listed))
    assert set(listed) == found


def test_the_fields_of_trials_until_it_is_decided(
    documented: Documented,
    plan_of: Callable[..., RunPlan],
    host_of: Callable[..., PluginHost],
    run_plan_tiny: Callable[[PluginHost, RunPlan], RunRecord],
) -> None:
    host = host_of("centroid")
    design = SequentialDesign(pair=None, looks=(3, 5))
    plan = plan_of(host, "centroid,centroid[noise=0.1]", trials=3)
    record = run_plan_tiny(host, plan.model_copy(update={"sequential": design}))
    found = set(fields({"sequential": run_document(record)["sequential"]}, "", set()))
    assert set(documented("Trials until it is decided")) == found


def test_the_fields_of_further_test_sets(documented: Documented) -> None:
    """Corruptions at two severities, one of which turns the verdict; disputed labels; a failure."""
    record = run_of([MadeModel("a", 1.0), MadeModel("b", 0.9)], images=400)
    right = record.test_labels
    assert right is not None
    every, disputed = range(400), (~outcomes(record)[1].correct).any(axis=0)
    kept = np.flatnonzero(~disputed)
    turned = drawn(record, lambda label: 0.5 if label == "a" else 0.9, right)
    voted = np.where(disputed, (right + 1) % 10, right)
    record = with_sets(
        record,
        {
            "corruptions": [
                MadeCondition(right, turned, name, 1, every) for name in ("blur", "fog")
            ],
            "disputed": [
                MadeCondition(right[kept], None, "without", positions=kept),
                MadeCondition(voted, None, "voted", positions=every),
            ],
            "usps": [MadeCondition(right, turned)],
        },
        errors={("usps", "a", 1): "ValueError: no"},
    )
    document = {"test_sets": run_document(record)["test_sets"]}
    opened = {"test_sets[].options", "test_sets[].corruption_errors[].by_name"}
    found = set(fields(document, "", opened))
    lists = {"failures", "pairs", "changed_verdicts", "corruption_errors", "wins.beaten"}
    empty = {f"test_sets[].{name}" for name in lists} | {"test_sets[].disputed"}
    empty.add("test_sets[].mean")
    pairs = {path for path in found if path.startswith("test_sets[].pairs[].")}
    of_run = {path.removeprefix("comparison.") for path in documented("A run")}
    assert {path.removeprefix("test_sets[].") for path in pairs} == {
        path for path in of_run if path.startswith("pairs[].")
    }
    assert set(documented("Further test sets")) == (found - empty - pairs) | {"test_sets[].pairs"}


def test_the_fields_of_a_reproduction(
    documented: Documented,
    plan_of: Callable[..., RunPlan],
    host_of: Callable[..., PluginHost],
    run_plan_tiny: Callable[[PluginHost, RunPlan], RunRecord],
) -> None:
    host = host_of("replica")
    plan = plan_of(host, "replica,replica[noise=0.1]")
    dataset = plan.dataset.model_copy(update={"name": "digits", "canonical": True})
    record = run_plan_tiny(host, plan.model_copy(update={"dataset": dataset}))
    labels = tuple(model.label for model in plan.models)
    paper = Paper("A Paper", "digits", (Experiment("one", "One", labels),))
    document = reproduction_document(record, reproduce(record, paper))
    to_json(document)
    found = set(fields(document, "", OPEN_OBJECTS)) - set(documented("A run"))
    listed = documented("A reproduction")
    assert len(listed) == len(set(listed))
    assert set(listed) == found


def test_the_fields_of_a_comparison(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    worse, better = outcomes(run_tiny(host_of("centroid"), "centroid[noise=3],centroid[noise=1]"))
    found = head_to_head([(worse, better)])
    sets = SetsVersus((SetVersus("fresh", found),), (LeftOutSet("usps", ONLY_A),))
    difference = image_difference(worse, better)
    document = head_to_head_document((), found, found[0], difference, sets)
    document["images"]["newly_wrong"] += document["images"]["newly_right"]
    to_json(document)
    listed = documented("A comparison")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", {"dataset", "test_sets[].comparisons[]"}))


def test_the_fields_of_several_runs(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    record = run_tiny(host_of("centroid"), "centroid[noise=3]")
    groups = comparable_runs(several_runs([record, record]))
    document = several_runs_document(groups, dict.fromkeys("AB", NOTHING_COMPUTED))
    to_json(document)
    of_each = {f"same_test_images[].{name}" for name in documented("A comparison")}
    found = set(fields(document, "", {"runs[]"})) - of_each
    listed = documented("Several runs")
    assert len(listed) == len(set(listed))
    assert set(listed) == found


def test_the_fields_of_who_is_misread(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    record = run_tiny(host_of("centroid"), "centroid[noise=3],centroid[noise=1]")
    assert record.test_labels is not None
    numbers = (np.arange(len(record.test_labels)) % 5).astype(np.int32)
    groups = Groups("writer", numbers, (numbers % 2).astype(np.int32), ("a", "b"))
    record = record.model_copy(update={"test_groups": groups})
    first, second = outcomes(record)
    shown = [ModelMisread(model, misread(model)) for model in (first, second)]
    differences = group_differences(first, second)
    document = misread_document(record, shown, (first, second), differences)
    to_json(document)
    listed = documented("Who is misread")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", {"dataset", "test_sets[].comparisons[]"}))
    of_run = set(fields(run_document(record)["groups"], "", set()))
    assert of_run == {
        name
        for name in listed
        if name in {"name", "count"}
        or (name.startswith("models[].") and not name.startswith("models[].groups[]"))
    }


def test_the_fields_of_a_plan(
    documented: Documented, plan_of: Callable[..., RunPlan], host_of: Callable[..., PluginHost]
) -> None:
    plan = plan_of(host_of("centroid"), "centroid,centroid[noise=0.1]")
    trials = plan.trial_specs()
    environment = describe_environment()
    document = plan_document(plan, trials, estimate(plan, trials, environment, ()))
    to_json(document)
    open_objects = {"plan.models[].options", "plan.models[].published", "plan.dataset"}
    found = set(fields(document, "", open_objects))
    listed = documented("A plan")
    assert len(listed) == len(set(listed))
    assert set(listed) == found


def test_the_fields_of_the_models(
    documented: Documented, host_of: Callable[..., PluginHost]
) -> None:
    host = host_of("centroid", "families", "raises_on_import")
    document: dict[str, Any] = catalogue_document(host, select_models(host, ()))
    found = set(fields(document, "", set()))
    assert set(documented("The models")) == found


def test_the_fields_of_the_test_sets(
    documented: Documented, host_of: Callable[..., PluginHost]
) -> None:
    host = host_of("further_sets", "elsewhere", "raises_on_import")
    document: dict[str, Any] = sets_document(host, select_test_sets(host, ["dim"]))
    assert set(documented("The test sets")) == set(fields(document, "", set()))


def test_the_fields_of_the_runs(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    record = run_tiny(host_of("centroid"), "centroid,centroid[noise=0.1]")
    document = runs_document([run_row(Path(record.id), record)], 1)
    listed = documented("The runs")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", set()))


def test_the_fields_of_a_history(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    record = run_tiny(host_of("centroid"), "centroid[noise=0.1]")
    other = record.model_copy(update={"plan": record.plan.model_copy(update={"threads": 2})})
    document = history_document("centroid", model_history([record, other], "centroid"))
    found = set(fields(document, "", {"series[].runs[].options"})) - {"series[].runs[].changes"}
    listed = documented("A model's history")
    assert len(listed) == len(set(listed))
    assert set(listed) == found


def test_the_fields_of_a_choice(
    documented: Documented,
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    record = run_tiny(host_of("centroid"), "centroid,centroid[noise=0.1]")
    choice = choose(summarise(record), compare_run(record), {SIZE: 1.0})
    document = choice_document(record, choice)
    to_json(document)
    listed = documented("A choice")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", set()))


def test_the_fields_of_the_checks_of_a_plugin(documented: Documented) -> None:
    results = [CheckResult(CHECKS["learns"], 0.1)]
    document = conformance_document({"centroid": results}, {"dim": results})
    to_json(document)
    listed = documented("Checks of a plugin")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", set()))


def test_the_fields_of_data_sets(documented: Documented, tmp_path: Path) -> None:
    specs = list(digitbench_datasets())
    context = DataContext(tmp_path, offline=True)
    digits = next(spec for spec in specs if spec.name == "digits")
    documents = {
        "Data sets": status_document([dataset_status(spec, context) for spec in specs]),
        "Verified data sets": verification_document(verify([digits], context)),
        "A fetched data set": fetched_document(load_dataset(digits, context)),
    }
    for heading, document in documents.items():
        to_json(document)
        assert set(documented(heading)) == set(fields(document, "", set())), heading


def test_the_fields_of_pictures(documented: Documented) -> None:
    found = FoundDigit(np.zeros((28, 28), np.uint8), Box(1, 2, 3, 4))
    answer = ModelAnswer("cnn", 7, (0.0,) * 7 + (1.0,) + (0.0,) * 2)
    document = pictures_document([PictureAnswer("a.png", (AnsweredDigit(found, (answer,)),))])
    to_json(document)
    listed = documented("Pictures")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", set()))


def test_the_fields_of_a_diagnosis(documented: Documented) -> None:
    findings = [Finding("memory", Level.OK, "enough")]
    document = diagnosis_document(
        findings, asdict(measure(look_seconds=0.01)), describe_environment()
    )
    to_json(document)
    listed = documented("A diagnosis")
    assert len(listed) == len(set(listed))
    assert set(listed) == set(fields(document, "", {"environment"}))
