"""`digitbench run --vary`, as it is typed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from digitbench.store import find_run, read_run
from digitbench.types import Resampling

Command = Callable[..., Any]

DIGITS = ("--dataset", "digits", "--offline", "--engine", "inline", "--threads", "1")

SINGLE_IMAGES: dict[str, object] = {"method": "subsample", "groups": None, "group_counts": []}


@pytest.fixture
def centroid(plugin_file: Callable[[str], Path]) -> tuple[str, ...]:
    return ("--plugin-file", str(plugin_file("centroid")), "-m", "centroid,centroid[noise=0.2]")


def test_every_model_is_trained_on_samples_and_the_table_says_so(
    command: Command, centroid: tuple[str, ...]
) -> None:
    outcome = command("run", *DIGITS, *centroid, "-t", "3", "--vary", "data", "--trials-table")
    assert outcome.code == 0, outcome.err
    assert "over training samples, with one seed" in " ".join(outcome.out.split())
    outcome = command("show", "--wide")
    words = " ".join(outcome.out.split())
    assert "1,442 drawn with replacement, some 63 % of them different" in words
    assert "are over training samples, with one seed" in words
    assert "It allows for the images that samples share" in words
    assert "det." not in words
    record = read_run(find_run(Path("runs"), "latest"))
    assert record.plan.vary == "data"
    assert record.plan.resampling == Resampling(method="bootstrap")
    assert len(record.results) == 6
    assert len({result.spec.seed for result in record.results}) == 1
    assert len({result.spec.training for result in record.results}) == 3


def test_published_figures_are_not_held_against_samples(
    command: Command, plugin_file: Callable[[str], Path]
) -> None:
    line = ("run", *DIGITS, "--plugin-file", plugin_file("replica"), "-m", "replica", "-t", "1")
    assert "A Paper, Table 1" in command(*line).out
    assert "A Paper, Table 1" not in command(*line, "--vary", "data").out


def test_the_document_has_the_samples(command: Command, centroid: tuple[str, ...]) -> None:
    options = ("--vary", "both", "--resample", "subsample", "--fraction", "0.25", "-t", "2")
    outcome = command("run", *DIGITS, *centroid, *options, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["vary"] == "both"
    assert outcome.json["resampling"] == {**SINGLE_IMAGES, "fraction": 0.25}
    assert outcome.json["sequential"] is None
    seeds = [[trial["training_seed"] for trial in m["trials"]] for m in outcome.json["models"]]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 2
    model = outcome.json["models"][0]
    half_width = model["accuracy_mean"] - model["accuracy_interval_low"]  # the other end is 1
    error = model["accuracy_std"] * (1 / 2 + 0.25 / 0.75) ** 0.5
    assert half_width == pytest.approx(stats.t.ppf(0.975, 1) * error, rel=1e-9)
    shown = command("show", "--trials-table")
    assert "own 360 of the 1,442 training images" in " ".join(shown.out.split())
    assert "360" in shown.out.partition("Trial")[2].splitlines()[3]


def test_a_dry_run_says_what_is_drawn(command: Command, centroid: tuple[str, ...]) -> None:
    options = ("--vary", "data", "--resample", "subsample", "-t", "2", "--dry-run")
    outcome = command("run", *DIGITS, *centroid, *options)
    assert outcome.code == 0, outcome.err
    words = " ".join(outcome.out.split())
    assert "4 trials" in words
    assert "own 721 of the 1,442 training images" in words
    assert "Seed of every trial, from base seed 0: 34868694" in words
    assert "Seeds of their training samples: 1: 204503838, 2: 1279132610" in words
    document = command("run", *DIGITS, *centroid, *options, "--json").json
    assert document["plan"]["resampling"] == {**SINGLE_IMAGES, "fraction": 0.5}
    assert [trial["training_seed"] for trial in document["trials"]] == [
        204503838,
        204503838,
        1279132610,
        1279132610,
    ]


def test_it_can_stand_in_the_config_file(
    command: Command, workdir: Path, centroid: tuple[str, ...]
) -> None:
    settings = 'vary = "data"\nresample = "subsample"\nfraction = 0.1\ntrials = 1\n'
    (workdir / "digitbench.toml").write_text(settings)
    outcome = command("run", *DIGITS, *centroid, "--dry-run")
    assert "own 144 of the 1,442 training images" in " ".join(outcome.out.split())
    (workdir / "digitbench.toml").write_text('vary = "luck"\n')
    outcome = command("run", *DIGITS, *centroid, "--dry-run")
    assert outcome.code == 2
    assert "vary = 'luck'" in outcome.err


def test_a_run_is_completed_as_it_was_begun(command: Command, centroid: tuple[str, ...]) -> None:
    options = ("--vary", "data", "--resample", "subsample", "--fraction", "0.5")
    assert command("run", *DIGITS, *centroid, *options, "-t", "1").code == 0
    outcome = command("run", "--resume", "-t", "2", "--fraction", "0.5")
    assert outcome.code == 0, outcome.err
    record = read_run(find_run(Path("runs"), "latest"))
    assert [r.spec.training is not None for r in record.results] == [True] * 4
    for changed, now in (
        (("--vary", "seed"), "seed"),
        (("--vary", "both"), "both (bootstrap)"),
        (("--resample", "bootstrap"), "data (bootstrap)"),
        (("--fraction", "0.4"), "data (subsample of 0.4)"),
    ):
        outcome = command("run", "--resume", *changed)
        assert outcome.code == 2
        said = f"what varies was data (subsample of 0.5) and is now {now}"
        assert said in " ".join(outcome.err.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--resample", "bootstrap"), "add --vary data or both"),
        (("--fraction", "0.5"), "--fraction is for --vary data or both"),
        (("--vary", "data", "--fraction", "0.5"), "add --resample subsample"),
        (("--vary", "data", "--resample", "bootstrap", "--fraction", "1"), "add --resample"),
        (("--vary", "data", "--resample", "subsample", "--fraction", "0"), "not between 0 and 1"),
        (("--vary", "data", "--resample", "subsample", "--fraction", "1"), "not between 0 and 1"),
        (("--vary", "both", "--resample", "subsample", "--fraction", "nan"), "finite number"),
        (("--vary", "data", "--resample", "subsample", "--fraction", "1e-5"), "images is none"),
    ],
)
def test_what_does_not_go_together_is_refused(
    command: Command, centroid: tuple[str, ...], options: tuple[str, ...], message: str
) -> None:
    outcome = command("run", *DIGITS, *centroid, *options)
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert not Path("runs").exists()
