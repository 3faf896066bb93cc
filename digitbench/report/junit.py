"""A check as JUnit XML, which CI services show as tests: a suite per model, a case per gate."""

from xml.etree import ElementTree as ET

from digitbench.analysis.gate.decision import Decision, GateOutcome
from digitbench.analysis.gate.judgement import Judgement
from digitbench.printable import printable_lines
from digitbench.report.gate import failing_models, worst_images
from digitbench.report.gate_words import (
    advice,
    finding,
    footing,
    image_words,
    images_summary,
    quality,
    title,
)

_LISTED_IMAGES = 50


def junit_xml(check: Judgement) -> str:
    """Return a check as JUnit XML.

    An inconclusive gate is a skipped test, or a failed one if it is to count as failed. The time
    of a suite is that of its model's trials, in seconds.
    """
    root = ET.Element("testsuites", name="digitbench check")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for model in check.models:
        decisions = [d for d in check.decisions if d.gate.model == model.label]
        suite = ET.SubElement(root, "testsuite", name=model.label)
        results = [r for r in check.record.results if r.spec.model == model.label]
        seconds = sum((r.fit_seconds or 0) + (r.predict_seconds or 0) for r in results)
        verdicts = [_verdict(decision, check) for decision in decisions]
        counts = {
            "tests": len(decisions),
            "failures": verdicts.count("failure"),
            "errors": 0,
            "skipped": verdicts.count("skipped"),
        }
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
        suite.set("time", f"{seconds:.3f}")
        suite.set("timestamp", check.record.started_at.strftime("%Y-%m-%dT%H:%M:%S"))
        for decision, verdict in zip(decisions, verdicts, strict=True):
            _case(suite, decision, verdict, check)
    for name, count in totals.items():
        root.set(name, str(count))
    for element in root.iter():
        element.text = printable_lines(element.text) if element.text else None
        for name, value in element.items():
            element.set(name, printable_lines(value))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _verdict(decision: Decision, check: Judgement) -> str:
    """Return the element that a test case gets; empty for one that passed."""
    if decision.outcome is GateOutcome.FAIL:
        return "failure"
    if decision.outcome is GateOutcome.PASS:
        return ""
    return "skipped" if check.settings.on_inconclusive == "pass" else "failure"


def _case(suite: ET.Element, decision: Decision, verdict: str, check: Judgement) -> None:
    model = decision.gate.model
    case = ET.SubElement(
        suite, "testcase", name=title(decision), classname=f"digitbench.{model}", time="0"
    )
    if verdict:
        found = "; ".join(filter(None, (finding(decision, check), advice(decision, check))))
        attributes = {"message": found}
        if verdict == "failure":
            attributes["type"] = decision.outcome.value
        element = ET.SubElement(case, verdict, attributes)
        if decision.outcome is GateOutcome.FAIL:
            element.text = "\n".join([found, *_images(model, check)])
    output = ET.SubElement(case, "system-out")
    output.text = "\n".join([finding(decision, check), quality(decision, check), *footing(check)])


def _images(label: str, check: Judgement) -> list[str]:
    lines = []
    for model in failing_models(check):
        if model.label == label and (summary := images_summary(model)) and worst_images(model, 1):
            lines += [summary, *(image_words(i) for i in worst_images(model, _LISTED_IMAGES))]
    return lines
