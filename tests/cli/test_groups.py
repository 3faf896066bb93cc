"""Data sets whose writers are known: held out, resampled and kept with the run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.store import find_run, read_run
from digitbench.types import Resampling, RunRecord

Command = Callable[..., Any]

OPTIONS = ("--engine", "inline", "--threads", "1", "-m", "centroid[noise=0.2]", "-t", "2")
DIGITS = ("--dataset", "digits", "--offline")


@pytest.fixture
def handwriting(plugin_file: Callable[[str], Path]) -> tuple[str, ...]:
    """Options that name models and the data set with writers."""
    files = (str(plugin_file(name)) for name in ("centroid", "handwriting"))
    return (*(part for file in files for part in ("--plugin-file", file)), "-d", "handwriting")


def latest() -> RunRecord:
    return read_run(find_run(Path("runs"), "latest"))


def test_a_run_keeps_the_writers_of_its_test_images(
    command: Command, handwriting: tuple[str, ...]
) -> None:
    outcome = command("run", *handwriting, *OPTIONS, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["dataset"]["groups"] == "writer"
    assert outcome.json["dataset"]["validation_rule"] is None
    groups = latest().test_groups
    assert groups is not None
    assert (groups.name, groups.count, len(groups)) == ("writer", 12, 120)
    assert groups.numbers[[0, 9, 10, -1]].tolist() == [100, 100, 101, 111]
    assert groups.stratum_names == ("staff", "students")


def test_the_data_commands_say_whose_images_belong_together(
    command: Command, handwriting: tuple[str, ...], tmp_path: Path
) -> None:
    listed = command("data", "list", *handwriting[:4], "--json").json["datasets"]
    groups = {row["name"]: row["groups"] for row in listed}
    assert (groups["mnist"], groups["digits"], groups["idx"]) == ("writer", None, None)
    rows = [line.split() for line in command("data", "list").out.splitlines() if line.split()]
    said = {row[0]: " ".join(row[2:4]) for row in rows}
    assert said["digits"] == "not known"
    assert said["mnist"].startswith("writers")
    fetched = ("data", "fetch", "handwriting", *handwriting[:4])
    assert "groups: 20 writers of the training images, 12 writers of the test images" in (
        command(*fetched).out
    )
    assert command(*fetched, "--json").json["groups"] == "writer"
    assert "groups: not known" in command("data", "fetch", "digits").out
    assert command("data", "fetch", "digits", "--json").json["groups"] is None


def test_a_smoke_run_keeps_those_of_its_part(
    command: Command, handwriting: tuple[str, ...]
) -> None:
    outcome = command("run", *handwriting, "-m", "centroid", "--quick", "--engine", "inline")
    assert outcome.code == 0, outcome.err
    groups = latest().test_groups
    assert groups is not None
    assert (groups.name, len(groups)) == ("writer", latest().plan.dataset.test_size)


def test_data_without_writers_have_none(command: Command, handwriting: tuple[str, ...]) -> None:
    outcome = command("run", *handwriting[:2], *DIGITS, *OPTIONS, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["dataset"]["groups"] is None
    assert latest().test_groups is None
    assert not (Path("runs") / latest().id / "test_groups.npz").exists()


def test_whole_writers_are_held_out(command: Command, handwriting: tuple[str, ...]) -> None:
    outcome = command("run", *handwriting, *OPTIONS, "--validation", "groups:40")
    assert outcome.code == 0, outcome.err
    assert "warning" not in outcome.err
    assert "160 train / 40 validation (whole writers) / 120 test images" in outcome.out
    dataset = latest().plan.dataset
    assert (dataset.train_size, dataset.validation_size) == (160, 40)
    assert dataset.validation_rule == "writers:40"


def test_the_last_images_are_warned_of_once(command: Command, handwriting: tuple[str, ...]) -> None:
    outcome = command("run", *handwriting, *OPTIONS, "--validation", "45")
    assert outcome.code == 0, outcome.err
    (line,) = (line for line in outcome.err.splitlines() if "warning" in line)
    assert "of the 45 validation images 5 are of writers that are trained on too" in line
    assert "--validation writers:45 holds out whole writers" in line
    assert latest().plan.dataset.validation_rule is None
    command("run", *handwriting, *OPTIONS, "--resume", "latest", "-t", "3")
    assert "warning" not in command("show", "latest").err


def test_where_no_writer_is_on_both_sides_but_a_series_is_too_frequent_that_is_said(
    command: Command, handwriting: tuple[str, ...]
) -> None:
    said = "40 validation images 100 % are of staff, 75 % in the test set"
    outcome = command("run", *handwriting, *OPTIONS, "--validation", "30", "--dry-run")
    assert outcome.code == 0, outcome.err
    assert said.replace("40", "30") in outcome.err
    outcome = command("run", *handwriting, *OPTIONS, "--validation", "40", "--dry-run")
    assert "warning" not in outcome.err


def test_the_plan_tells_which_are_held_out(command: Command, handwriting: tuple[str, ...]) -> None:
    line = ("run", *handwriting, *OPTIONS, "--validation", "writer:40", "--dry-run")
    assert "40 validation (whole writers)" in command(*line).out
    assert command(*line, "--json").json["plan"]["dataset"]["validation_rule"] == "writers:40"


def test_a_config_file_says_it_too(command: Command, handwriting: tuple[str, ...]) -> None:
    Path("digitbench.toml").write_text('validation = "writers:40"\n')
    line = ("run", *handwriting, *OPTIONS, "--dry-run", "--json")
    assert command(*line).json["plan"]["dataset"]["validation_size"] == 40
    for bad in ('"writers"', "-1", "true", "[5]"):
        Path("digitbench.toml").write_text(f"validation = {bad}\n")
        outcome = command(*line)
        assert outcome.code == 2
        (line_of_error,) = outcome.err.splitlines()
        assert "digitbench.toml: validation " in line_of_error


def test_runs_with_other_validation_images_do_not_mix(
    command: Command, handwriting: tuple[str, ...]
) -> None:
    assert command("run", *handwriting, *OPTIONS, "--validation", "writers:40").code == 0
    same = ("run", *handwriting, *OPTIONS, "--validation")
    for rule, reused in (("40", 0), ("writers:40", 2)):
        assert command(*same, rule, "--reuse").code == 0
        found = [r for r in latest().results if r.reused_from is not None]
        assert len(found) == reused
    outcome = command("run", *handwriting, "--resume", "latest", "--validation", "40")
    assert outcome.code == 2
    said = "what is held out for validation was writers:40 and is now the last images"
    assert said in " ".join(outcome.err.split())
    more = command("run", *handwriting[:4], "--resume", "latest", "-t", "3")
    assert more.code == 0, more.err
    assert len(latest().results) == 3
    assert latest().test_groups is not None


def test_a_gate_asks_for_what_the_baseline_had(
    command: Command, handwriting: tuple[str, ...]
) -> None:
    assert command("run", *handwriting, *OPTIONS, "--validation", "writers:40").code == 0
    Path("base.json").write_text(command("baseline", "latest").out)
    dataset = json.loads(Path("base.json").read_text())["dataset"]
    assert (dataset["validation_size"], dataset["validation_rule"]) == (40, "writers:40")
    check = ("check", *handwriting[:4], "--baseline", "base.json", "--engine", "inline")
    outcome = command(*check)
    assert outcome.code == 0, outcome.out + outcome.err
    assert latest().plan.dataset.validation_rule == "writers:40"
    outcome = command(*check, "--validation", "40")
    assert outcome.code == 2
    said = "validation images were writers:40 and are now 40"
    assert said in " ".join(outcome.err.split())


@pytest.mark.parametrize("more", [(), ("--fraction", "0.5")], ids=["bootstrap", "half"])
def test_whole_writers_are_resampled_whatever_the_engine(
    more: tuple[str, ...], command: Command, handwriting: tuple[str, ...]
) -> None:
    drawn = ("--vary", "data", "--resample", "writers", *more, "--validation", "writers:40")
    outcome = command("run", *handwriting, *OPTIONS, *drawn)
    assert outcome.code == 0, outcome.err
    said = "its own 8 of the 16 writers" if more else "sample of the 16 writers"
    assert said in " ".join(outcome.out.split())
    wide = command("show", "--wide").out
    assert "It allows for the writers that samples share" in " ".join(wide.split())
    record = latest()
    method, fraction = ("subsample", 0.5) if more else ("bootstrap", 1.0)
    assert record.plan.resampling == Resampling(
        method=method, fraction=fraction, groups="writers", group_counts=(12, 4)
    )
    assert not record.failed
    assert command("run", *handwriting, *OPTIONS, *drawn, "--engine", "process").code == 0
    for one, other in zip(record.results, latest().results, strict=True):
        np.testing.assert_array_equal(one.predictions, other.predictions)
    first, second = (result.predictions for result in record.results)
    assert first is not None
    assert second is not None
    assert not np.array_equal(first, second)


def test_samples_of_writers_and_of_images_do_not_mix(
    command: Command, handwriting: tuple[str, ...]
) -> None:
    line = ("run", *handwriting, *OPTIONS, "--vary", "data", "--resample")
    assert command(*line, "writers").code == 0
    for how, reused in (("bootstrap", 0), ("groups", 2)):
        assert command(*line, how, "--reuse").code == 0
        assert sum(r.reused_from is not None for r in latest().results) == reused
    outcome = command("run", *handwriting, "--resume", "latest", "--resample", "bootstrap")
    assert outcome.code == 2
    said = "was data (bootstrap of the writers) and is now data (bootstrap)"
    assert said in " ".join(outcome.err.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--validation", "writers:50"), "digits has no writers, since it is not known"),
        (("--validation", "writers"), "name a number of images, as 5000, or whole groups"),
        (("--vary", "data", "--resample", "writers"), "digits has no writers"),
        (("--resample", "writers"), "add --vary data or both"),
    ],
)
def test_data_without_writers_cannot_be_divided_by_them(
    command: Command, handwriting: tuple[str, ...], options: tuple[str, ...], message: str
) -> None:
    outcome = command("run", *handwriting[:2], *DIGITS, *OPTIONS, *options)
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert message in line
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--resample", "pages"), "handwriting has no pages; name its writers"),
        (("--resample", "writers", "--fraction", "0.01"), "is none or all"),
        (("--resample", "writers", "--fraction", "0.99"), "is none or all"),
        (
            ("--resample", "writers", "--validation", "writers:180"),
            "leaves no writer of students to train on",
        ),
    ],
)
def test_samples_of_writers_that_cannot_be_are_refused(
    command: Command, handwriting: tuple[str, ...], options: tuple[str, ...], message: str
) -> None:
    outcome = command("run", *handwriting, *OPTIONS, "--vary", "data", *options)
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert message in line
    assert not Path("runs").exists()
