"""A check in words, as Markdown, as JSON and as JUnit XML."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from rich.console import Console

from digitbench.analysis.baseline import make_baseline
from digitbench.analysis.gate.decision import GateKind
from digitbench.analysis.gate.judgement import Judgement, check
from digitbench.analysis.gate.settings import GateSettings, ModelLimits
from digitbench.report.document import to_json
from digitbench.report.gate import check_document, check_markdown, check_report, foresight
from digitbench.report.junit import junit_xml
from digitbench.types import RunRecord

COUNTS = {"tests", "failures", "errors", "skipped"}


def worse(record: RunRecord) -> RunRecord:
    """Return a run in which every trial gets the first four images wrong."""
    labels = record.test_labels
    assert labels is not None

    def changed(result: Any) -> Any:
        if result.predictions is None:
            return result
        predictions = result.predictions.copy()
        predictions[:4] = (labels[:4] + 1) % 10
        return result.model_copy(update={"predictions": predictions})

    return record.model_copy(update={"results": tuple(map(changed, record.results))})


@pytest.fixture
def whole(record: RunRecord) -> RunRecord:
    """Return the run without the model that fails."""
    plan = record.plan.model_copy(update={"models": record.plan.models[:2]})
    results = tuple(r for r in record.results if r.status == "ok")
    return record.model_copy(update={"plan": plan, "results": results})


@pytest.fixture
def failing(record: RunRecord, whole: RunRecord) -> Judgement:
    """Return a check with gates of every outcome and a model whose trials failed."""
    settings = GateSettings(
        min_class_accuracy=dict.fromkeys(range(10), 0.9),
        model={"centroid[noise=0.3]": ModelLimits(min_accuracy=0.995, smallest_drop="1 image")},
    )
    return check(worse(record), make_baseline(whole), settings)


def printed(found: Judgement, width: int = 80, images: Any = None) -> str:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(check_report(found, images))
    return captured.get()


def paragraphs(text: str) -> list[str]:
    """Return what a report says of each gate, in a line each."""
    found: list[str] = []
    for line in text.split("\n\n", maxsplit=1)[0].splitlines():
        if line.startswith(" "):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line)
    return found


def test_each_gate_has_its_outcome_its_figures_and_its_noise(failing: Judgement) -> None:
    told = paragraphs(printed(failing, 300))
    for line, decision in zip(told, failing.decisions, strict=True):
        outcome, model = line.split(": ")[0].split()
        assert (outcome.lower(), model) == (decision.outcome.value, decision.gate.model)
        worst = decision.worst
        if worst is None:
            continue
        assert ("no noise" in line) == worst.exact
        assert ("p = " in line) == ("with 90 % power" in line) == (not worst.exact)
    of_gate = {
        (d.gate.model, d.gate.kind): line for line, d in zip(told, failing.decisions, strict=True)
    }
    drop = of_gate["centroid", GateKind.DROP]
    assert re.findall(r"[\d.]+ (?:%|points|images)", drop)[:4] == [
        *("90.00 %", "10.00 points", "4 images", "100.00 %")
    ]
    digits = of_gate["centroid", GateKind.CLASS_ACCURACY]
    assert dict(re.findall(r"(\d) has ([\d.]+ %)", digits)) == dict.fromkeys("0123", "75.00 %")
    assert "3 of 3 failed" in of_gate["wrong-labels", GateKind.TRIALS]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(failing: Judgement, width: int) -> None:
    images = np.full((40, 28, 28), 255, np.uint8)
    lines = printed(failing, width, images).splitlines()
    assert max(map(len, lines)) <= width
    assert printed(failing, 80).splitlines()[-1].startswith("FAILED: of ")


def test_the_images_that_became_wrong_are_named_and_drawn(failing: Judgement) -> None:
    named = printed(failing, 120)
    assert re.search(r"^centroid: 4 images .*wrong.* 0 right", named, re.MULTILINE)
    lines = [line.split() for line in named.split("\ncentroid: ")[1].splitlines()]
    assert [line[1] for line in lines if line[:1] == ["image"]] == ["0:", "1:", "2:", "3:"]
    (third,) = (" ".join(line) for line in lines if line[:2] == ["image", "2:"])
    assert re.findall(r"\d", third) == list("2231101")  # digit, taken for, now, then
    drawn = printed(failing, 120, np.full((40, 28, 28), 255, np.uint8))
    assert "██████" in drawn
    assert "a 2, not 3" in " ".join(drawn.split())
    assert "taken for" not in drawn


def test_a_check_that_passes_names_no_images(whole: RunRecord) -> None:
    found = check(whole, make_baseline(whole), GateSettings())
    text = printed(found)
    assert text.count("every prediction is the baseline's") == 2
    assert "became wrong" not in text
    assert text.splitlines()[-1] == "passed: of 4 gates 4 passed"
    assert "<failure" not in junit_xml(found)


def test_what_is_inconclusive_says_why(record: RunRecord, whole: RunRecord) -> None:
    plan = whole.plan.model_copy(update={"models": whole.plan.models[:1]})
    results = tuple(r for r in whole.results if r.spec.model == plan.models[0].label)
    noisy = whole.model_copy(update={"plan": plan, "results": results})
    other = worse(noisy).model_copy(update={"results": (*worse(noisy).results[:1], *results[1:])})
    settings = GateSettings(smallest_drop="0.01", on_inconclusive="fail")
    found = check(other, make_baseline(noisy), settings)
    text = " ".join(printed(found, 200).split())
    (ruled_out,) = re.findall(r"drop of ([\d.]+) points cannot be ruled out", text)
    assert float(ruled_out) > 1  # the smallest drop that was to be seen, in points
    last = text[text.rindex("FAILED: ") :]
    assert "1 inconclusive" in last
    assert "count as fail" in last
    assert junit_xml(found).count("<failure ") == 1
    lenient = check(other, make_baseline(noisy), GateSettings(smallest_drop="0.01"))
    assert junit_xml(lenient).count("<skipped ") == 1


def test_markdown_has_a_row_for_each_gate(failing: Judgement) -> None:
    text = check_markdown(failing)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(failing.decisions)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
    assert text.startswith("### digitbench check FAILED: of ")
    assert "- image 2: a 2, taken for 3" in text


def test_the_document_is_json_and_whole(failing: Judgement) -> None:
    document = json.loads(to_json(check_document(failing)))
    assert (document["passed"], document["outcome"]) == (False, "fail")
    drops = [gate for gate in document["gates"] if gate["kind"] == "drop"]
    assert [gate["measured"] for gate in drops][1] == pytest.approx(0.1)
    (centroid,) = (model for model in document["models"] if model["model"] == "centroid")
    assert [image["image"] for image in centroid["became_wrong"]] == [0, 1, 2, 3]
    assert centroid["baseline_accuracies"] == [1.0]


def test_junit_has_the_shape_that_services_read(failing: Judgement) -> None:
    """The elements and attributes that the common schema of JUnit XML requires, in its order."""
    root = ET.fromstring(junit_xml(failing))  # noqa: S314 (our own)
    assert root.tag == "testsuites"
    suites = list(root)
    assert {suite.tag for suite in suites} == {"testsuite"}
    for suite in suites:
        assert set(suite.keys()) >= COUNTS | {"name", "time", "timestamp"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        assert float(suite.get("time", "")) >= 0
        cases = list(suite)
        assert int(suite.get("tests", "")) == len(cases)
        for count, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
            assert int(suite.get(count, "")) == len(suite.findall(f"testcase/{tag}"))
        for case in cases:
            assert set(case.keys()) >= {"name", "classname", "time"}
            inside = [element.tag for element in case]
            assert inside in (["system-out"], ["failure", "system-out"], ["skipped", "system-out"])
            for failure in case.findall("failure"):
                assert set(failure.keys()) == {"message", "type"}
    for count in COUNTS:
        assert int(root.get(count, "")) == sum(int(suite.get(count, "")) for suite in suites)
    names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(set(names)) == len(names)
    text = root.findtext("testsuite[@name='centroid']/testcase/failure")
    assert text is not None
    assert "image 2: a 2, taken for 3" in text


def test_what_xml_cannot_hold_is_written_out(failing: Judgement) -> None:
    results = tuple(
        r.model_copy(update={"error": "bell \x07 and <tag>"}) if r.status == "failed" else r
        for r in failing.record.results
    )
    record = failing.record.model_copy(update={"results": results})
    found = check(record, None, GateSettings(min_accuracy=0.5))
    messages = [f.get("message", "") for f in ET.fromstring(junit_xml(found)).iter("failure")]  # noqa: S314
    assert "3 of 3 failed; trial 1: bell \\x07 and <tag>" in messages


def test_a_label_cannot_break_a_report(failing: Judgement) -> None:
    label, shown = "m[tag=a\x1b\x01|`\u202e]", r"m[tag=a\x1b\x01|`\u202e]"
    decisions = tuple(
        replace(decision, gate=replace(decision.gate, model=label))
        if decision.gate.model == "centroid"
        else decision
        for decision in failing.decisions
    )
    models = tuple(
        replace(model, label=label) if model.label == "centroid" else model
        for model in failing.models
    )
    odd = replace(failing, decisions=decisions, models=models)
    root = ET.fromstring(junit_xml(odd))  # noqa: S314
    assert shown in [suite.get("name") for suite in root.iter("testsuite")]
    assert f"digitbench.{shown}" in [case.get("classname") for case in root.iter("testcase")]
    text = check_markdown(odd)
    assert not {"\x1b", "\x01", "\u202e"} & set(text)
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line[:1] == "|"}
    assert columns == {6}


def test_what_checks_will_see(whole: RunRecord) -> None:
    noisy, plain = foresight(make_baseline(whole))
    sizes = [float(size) for size in re.findall(r"([\d.]+) points with", noisy)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 3
    assert plain == "centroid: deterministic, a check sees every image that is lost"


def test_no_drop_is_promised_that_is_larger_than_the_accuracy(whole: RunRecord) -> None:
    """With noise this large and so few trials, a drop of all there is would pass."""
    baseline = make_baseline(whole)
    noisy = baseline.models[1].model_copy(
        update={"trials": 2, "accuracies": (0.1, 0.9), "deterministic": False}
    )
    told = baseline.model_copy(update={"models": (noisy,)})
    (line,) = foresight(told)
    drops = [float(drop) for drop in re.findall(r"([\d.]+) points", line)]
    assert all(drop <= 50 for drop in drops), line
    assert drops or "sees no drop with 10 trials or fewer; give it more" in line
