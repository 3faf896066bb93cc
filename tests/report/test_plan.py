"""A plan before it is run: all of it at every width, and honest about what is not known."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from digitbench.analysis.estimate import Estimate, ModelEstimate
from digitbench.plugins import PluginHost
from digitbench.report.document import to_json
from digitbench.report.plan import plan_document, plan_tables
from digitbench.seeds import trial_seed
from digitbench.types import PlannedCondition, PlannedTestSet, RunPlan


@pytest.fixture
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    """Return the plugins."""
    return host_of("centroid")


@pytest.fixture
def plan(host: PluginHost, plan_of: Callable[..., RunPlan]) -> RunPlan:
    """Plan twelve trials of a noisy model and one of a sure one, two at a time."""
    made = plan_of(host, "centroid[noise=0.25],centroid", trials=12, seed=7)
    return made.model_copy(update={"jobs": 2, "timeout_seconds": 90.0})


@pytest.fixture
def expected(plan: RunPlan) -> Estimate:
    """Expect 12 times 2 s and once 4 s."""
    noisy, sure = plan.models
    return Estimate(
        (ModelEstimate(noisy, 12, 2.0, 5, True), ModelEstimate(sure, 1, 4.0, 1, True)), 14.0
    )


def printed(plan: RunPlan, expected: Estimate, host: PluginHost, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    specs = {name: offer.spec for name, offer in host.models.items()}
    console.print(plan_tables(plan, plan.trial_specs(), expected, specs))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_everything_is_there_at_every_width(
    plan: RunPlan, expected: Estimate, host: PluginHost, width: int
) -> None:
    text = printed(plan, expected, host, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert text.startswith(
        "tiny: 60 train / 20 validation / 40 test images, NOT the canonical data\n"
    )
    assert f"fingerprint {plan.dataset.fingerprint}" in text
    assert "13 trials, 2 at a time, 1 thread each, engine inline, time-out 90 s" in text
    assert re.search(r"^ *centroid +noise=0\.25 +12 +2\.00 s +24\.0 s *$", text, re.MULTILINE)
    assert re.search(r"^ *centroid +— +1 det\. +4\.00 s +4\.00 s *$", text, re.MULTILINE)
    words = " ".join(text.split())
    assert f"from base seed 7: 1: {trial_seed(7, 1)}, 2: {trial_seed(7, 2)}, " in words
    assert f"10: {trial_seed(7, 10)}, and 2 more (--json lists them)" in words
    assert "Estimated time: 14.0 s" in words


def test_what_is_not_known_makes_it_at_least(
    plan: RunPlan, expected: Estimate, host: PluginHost
) -> None:
    noisy, sure = expected.models
    unknown = replace(sure, trial_seconds=None, trials_measured=0, same_conditions=False)
    text = printed(plan, replace(expected, models=(noisy, unknown), seconds=12.0), host)
    assert re.search(r"1 det\. +not known +—", text)
    assert "Estimated time: at least 12.0 s" in text
    assert "~" not in text
    nothing = replace(unknown, planned=noisy.planned)
    text = printed(plan, Estimate((nothing, unknown), None), host)
    assert "Estimated time: not known" in text
    assert "Times are means" not in text


def test_what_was_measured_elsewhere_is_marked(
    plan: RunPlan, expected: Estimate, host: PluginHost
) -> None:
    noisy, sure = expected.models
    models = (replace(noisy, same_conditions=False), sure)
    text = printed(plan, replace(expected, models=models), host)
    assert re.search(r"12 +~2\.00 s +~24\.0 s", text)
    assert re.search(r"1 det\. +4\.00 s +4\.00 s", text)
    assert "Estimated time: ~14.0 s" in text
    assert "~: measured with other threads" in text


def test_the_document_has_the_plan_every_trial_and_the_estimate(
    plan: RunPlan, expected: Estimate
) -> None:
    document = json.loads(to_json(plan_document(plan, plan.trial_specs(), expected)))
    assert RunPlan.model_validate(document["plan"]) == plan
    assert document["trials"] == [
        {"model": spec.model, "trial": spec.trial, "seed": spec.seed, "training_seed": None}
        for spec in plan.trial_specs()
    ]
    assert document["estimate"]["seconds"] == 14.0
    assert document["estimate"]["complete"] is True
    assert document["estimate"]["models"][0] == {
        "model": plan.models[0].label,
        "trials": 12,
        "trial_seconds": 2.0,
        "trials_measured": 5,
        "same_conditions": True,
    }


def test_further_test_sets_stand_with_their_conditions_and_images(
    plan: RunPlan, expected: Estimate, host: PluginHost
) -> None:
    conditions = tuple(
        PlannedCondition(name="dim", severity=severity, size=40) for severity in range(1, 18)
    )
    disputed = PlannedCondition(name="", size=4, of_test=True, paired=True)
    sets = (
        PlannedTestSet(label="dim", name="dim", conditions=conditions),
        PlannedTestSet(label="disputed", name="disputed", conditions=(disputed,)),
        PlannedTestSet(label="usps", name="usps", error="its files are not here"),
        PlannedTestSet(
            label="fresh", name="fresh", conditions=(PlannedCondition(name="", size=25_418),)
        ),
    )
    plan = plan.model_copy(update={"test_sets": sets})
    rows = [" ".join(line.split()) for line in printed(plan, expected, host, 300).splitlines()]
    shown = ", ".join(f"dim@{severity}" for severity in range(1, 16))
    assert f"dim 17: {shown} and 2 more (--json lists them) 680" in rows
    assert "disputed of the test images 4" in rows
    assert "usps left out: its files are not here —" in rows
    assert "fresh — 25,418" in rows
    document = plan_document(plan, plan.trial_specs(), expected)
    assert len(document["plan"]["test_sets"][0]["conditions"]) == 17
    assert "Test set" not in printed(plan.model_copy(update={"test_sets": ()}), expected, host)
    assert plan.further_images == 680 + 25_418
