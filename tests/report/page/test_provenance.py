"""The facts of a run, and the command that repeats it."""

import shlex
from typing import Any

import pytest

from digitbench.report.page.provenance import command, provenance
from digitbench.types import Resampling, RunRecord, SequentialDesign


def _with(record: RunRecord, **changes: Any) -> RunRecord:
    return record.model_copy(update={"plan": record.plan.model_copy(update=changes)})


def _option(record: RunRecord, name: str) -> str:
    words = shlex.split(command(record))
    return words[words.index(name) + 1]


def test_the_command_says_what_decided_the_figures(record: RunRecord) -> None:
    assert shlex.split(command(record))[:2] == ["digitbench", "run"]
    assert _option(record, "--dataset") == "tiny"
    assert _option(record, "--models") == "centroid[noise=1.5],centroid,wrong-labels"
    assert _option(record, "--trials") == "3"
    assert _option(record, "--seed") == "0"
    assert _option(record, "--threads") == "1"
    assert _option(record, "--validation") == "20"
    assert _option(record, "--engine") == "inline"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jobs": 4}, "--jobs 4"),
        ({"timeout_seconds": 90.0}, "--timeout 90"),
        (
            {"vary": "both", "resampling": Resampling(method="subsample", fraction=0.25)},
            "--vary both --resample subsample --fraction 0.25",
        ),
        (
            {"vary": "data", "resampling": Resampling(method="bootstrap")},
            "--vary data --resample bootstrap",
        ),
        (
            {
                "vary": "data",
                "resampling": Resampling(method="bootstrap", groups="writers", group_counts=(9, 8)),
            },
            "--vary data --resample writers",
        ),
        (
            {
                "vary": "data",
                "resampling": Resampling(
                    method="subsample", fraction=0.5, groups="writers", group_counts=(9, 8)
                ),
            },
            "--vary data --resample writers --fraction 0.5",
        ),
        (
            {"sequential": SequentialDesign(pair=("a", "b"), looks=(3, 6), budget_seconds=60)},
            "--until-decided a,b --trials 3 --max-trials 6 --budget 60s",
        ),
    ],
)
def test_what_is_unusual_is_in_the_command(
    record: RunRecord, changes: dict[str, Any], words: str
) -> None:
    assert f" {words} " in f"{command(_with(record, **changes))} "
    assert f" {words} " not in f"{command(record)} "


def test_whole_groups_are_held_out_again(record: RunRecord) -> None:
    dataset = record.plan.dataset.model_copy(update={"validation_rule": "writers:25"})
    assert _option(_with(record, dataset=dataset), "--validation") == "writers:25"


def test_the_command_is_safe_to_paste(record: RunRecord) -> None:
    dataset = record.plan.dataset.model_copy(update={"name": "x; rm -rf $HOME"})
    assert _option(_with(record, dataset=dataset), "--dataset") == "x; rm -rf $HOME"


def test_every_fact_is_there(record: RunRecord) -> None:
    found = provenance(record)
    facts = dict(found.circumstances)
    assert facts["Fingerprint of the data"] == record.plan.dataset.fingerprint
    assert facts["Processor"] == record.environment.processor
    assert facts["Trials of a model"] == "3; 1 of a deterministic one"
    assert dict(found.versions)["numpy"] == record.environment.versions["numpy"]
    assert [trial for trial, _ in found.seeds] == [1, 2, 3]
    assert found.models[0][0] == "centroid[noise=1.5]"
    assert found.models[0][3] == record.plan.models[0].source_hash
    assert "noise=1.5" in found.models[0][4]
