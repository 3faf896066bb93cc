"""`digitbench compare`: what the two sides are, the verdict, the images, and what is refused."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.datasets.bundled import DIGITS_FINGERPRINT, DigitsLoader
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import DataContext, RunPlan, Split, TrialData

Command = Callable[..., Any]
Plans = Callable[..., RunPlan]

NOISY = "centroid[noise=0.5]"
BLOCKS = re.compile("[▀▄█▓░]")


@pytest.fixture(scope="module")
def bundled(digits_cache: Path) -> TrialData:
    data = DigitsLoader("digits")(DataContext(digits_cache))
    return TrialData(data.train, None, data.test)


@pytest.fixture(scope="module")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    return host_of("centroid", "faulty_models")


@pytest.fixture(scope="module")
def digits_plan(host: PluginHost, plan_of: Plans, bundled: TrialData) -> Plans:
    """Return a function that plans models on the bundled digits, with changes to the plan."""

    def plan(models: str, **changes: Any) -> RunPlan:
        made = plan_of(host, models, trials=3)
        dataset = made.dataset.model_copy(
            update={
                "name": "digits",
                "fingerprint": DIGITS_FINGERPRINT,
                "train_size": len(bundled.train),
                "validation_size": 0,
                "test_size": len(bundled.test),
            }
        )
        return made.model_copy(update={"dataset": dataset, **changes})

    return plan


@pytest.fixture(scope="module")
def runs(
    host: PluginHost,
    digits_plan: Plans,
    bundled: TrialData,
    plan_of: Plans,
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Make runs: `all`, `again` with another seed, `one`, `hostile`, and `other` of other data."""
    root = tmp_path_factory.mktemp("runs")
    hostile = digits_plan(f"centroid,{NOISY}")
    labels = ("[bold]x[/nothing]=a:b", "\x1b[31mred\nnext")
    models = tuple(
        model.model_copy(update={"label": label})
        for model, label in zip(hostile.models, labels, strict=True)
    )
    for name, plan, data in (
        ("all", digits_plan(f"centroid,{NOISY},centroid[noise=2.5],wrong-labels"), bundled),
        ("again", digits_plan(f"{NOISY},centroid", base_seed=7, threads=2, jobs=2), bundled),
        ("one", digits_plan("centroid[noise=3.5]", trials=1), bundled),
        ("hostile", hostile.model_copy(update={"models": models}), bundled),
        ("other", plan_of(host, "centroid"), tiny_data),
    ):
        run_plan(plan, host, data, InlineEngine(), root).rename(root / name)
    return root


@pytest.fixture
def compare(command: Command, runs: Path) -> Command:
    """Return a function that compares two sides among the runs."""

    def run(*arguments: str | Path) -> Any:
        return command("compare", *arguments, "--runs-dir", runs, "--offline")

    return run


def test_two_models_of_a_run(compare: Command) -> None:
    outcome = compare("centroid[noise=2.5]", "centroid", "--run", "all")
    assert outcome.code == 0
    assert outcome.err == ""
    first = outcome.out.splitlines()[0]
    assert first.startswith("On new digits, centroid is better than centroid[noise=2.5]: ")
    assert "On this test set" in outcome.out
    assert "A: centroid[noise=2.5], 3 trials\nB: centroid, deterministic\n" in outcome.out
    assert re.search(r"^Verdict +B better +B better$", outcome.out, re.MULTILINE)
    assert "p: adjusted for 3 comparisons (Holm)." in outcome.out
    assert BLOCKS.search(outcome.out)


def test_the_other_way_round_the_signs_turn_and_the_verdict_stays(compare: Command) -> None:
    there = compare("centroid[noise=2.5]", "centroid", "--run", "all", "--json").json
    back = compare("centroid", "centroid[noise=2.5]", "--run", "all", "--json").json
    (one,), (other,) = there["comparisons"], back["comparisons"]
    assert (one["better"], other["better"]) == ("b", "a")
    assert one["difference"] == -other["difference"] > 0
    for claim in ("digits_like_these", "this_test_set_alone"):
        assert one[claim]["interval_low"] == -other[claim]["interval_high"]
        assert one[claim]["p_value"] == other[claim]["p_value"]
    assert there["images"]["newly_right"] != []
    assert [image["index"] for image in there["images"]["newly_right"]] == [
        image["index"] for image in back["images"]["newly_wrong"]
    ]


def test_the_document_agrees_with_the_stored_run(
    compare: Command, command: Command, runs: Path
) -> None:
    document = compare("centroid", NOISY, "--run", "all", "--json").json
    (one,) = document["comparisons"]
    shown = command("show", runs / "all", "--json").json["models"]
    rows = {row["model"]: row for row in shown}
    assert one["a"]["accuracy_mean"] == pytest.approx(rows["centroid"]["accuracy_mean"])
    assert one["b"]["accuracy_std"] == pytest.approx(rows[NOISY]["accuracy_std"])
    assert one["difference"] == pytest.approx(
        rows[NOISY]["accuracy_mean"] - rows["centroid"]["accuracy_mean"]
    )
    for image in document["images"]["newly_wrong"]:
        assert image["a_predictions"] == [image["label"]]
        assert image["b_predictions"].count(image["label"]) < 2


def test_the_counts_of_images_by_digit_add_up(compare: Command, bundled: TrialData) -> None:
    outcome = compare("centroid[noise=2.5]", "centroid", "--run", "all")
    images = compare("centroid[noise=2.5]", "centroid", "--run", "all", "--json").json["images"]
    for kind, changed in (("wrong", images["newly_wrong"]), ("right", images["newly_right"])):
        line = re.search(rf"^Newly {kind} +([\d ]+)$", outcome.out, re.MULTILINE)
        assert line is not None
        counts = [int(count) for count in line[1].split()]
        labels = [image["label"] for image in changed]
        assert counts == [*(labels.count(digit) for digit in range(10)), len(labels)]
    sizes = np.bincount(bundled.test.labels, minlength=10).tolist()
    assert re.search(
        rf"^Test images +{' +'.join(map(str, sizes))} +355$", outcome.out, re.MULTILINE
    )


def test_the_largest_changes_are_drawn_with_what_each_side_said(compare: Command) -> None:
    arguments = ("centroid[noise=2.5]", "centroid", "--run", "all")
    images = compare(*arguments, "--json").json["images"]
    assert len(images["newly_right"]) > 4
    outcome = compare(*arguments, "--images", "4")
    shown = [int(index) for index in re.findall(r"#(\d+) · true", outcome.out)]
    wrong, right = (
        [image["index"] for image in images[kind]] for kind in ("newly_wrong", "newly_right")
    )
    share = min(len(wrong), 2)
    assert shown == [*wrong[:share], *right[: 4 - share]]
    image = images["newly_right"][0]
    answers = image["a_predictions"]
    usual = max(sorted(set(answers)), key=answers.count)
    assert f"A {usual} ({answers.count(usual)}/3)" in outcome.out
    assert f"B {image['label']} (1/1)" in outcome.out


def test_no_images_means_neither_drawn_nor_listed(compare: Command) -> None:
    outcome = compare("centroid[noise=2.5]", "centroid", "--run", "all", "--images", "0")
    assert "#" not in outcome.out
    assert not BLOCKS.search(outcome.out)
    assert "Newly wrong  " in outcome.out


def test_two_runs_compare_every_model_they_have_in_common(compare: Command) -> None:
    outcome = compare("all", "again")
    assert outcome.code == 0
    document = compare("all", "again", "--json").json
    assert [one["compared"] for one in document["comparisons"]] == ["centroid", NOISY]
    assert {one["comparisons_adjusted_for"] for one in document["comparisons"]} == {2}
    changes = {one["compared"]: abs(one["difference"]) for one in document["comparisons"]}
    assert document["images"]["compared"] == max(changes, key=lambda name: changes[name])
    assert f"looked into here: {document['images']['compared']}." in outcome.out
    assert (document["run_a"], document["run_b"]) == ("all", "again")
    assert all(one["a"]["model"] == one["b"]["model"] for one in document["comparisons"])
    assert f"{NOISY} (A)" in outcome.out
    alone = compare("all", "again", "--model", "centroid", "--json").json
    assert [one["compared"] for one in alone["comparisons"]] == ["centroid"]
    assert alone["comparisons"][0]["difference"] == 0


def test_what_differs_between_runs_is_warned_of(compare: Command) -> None:
    outcome = compare("all", "again", "--model", "centroid")
    assert outcome.err.splitlines() == [
        "warning: seed: A had 0, B has 7",
        "warning: number of threads: A had 1, B has 2",
        "warning: number of jobs: A had 1, B has 2",
    ]
    document = compare("again", "all", "--model", "centroid", "--json").json
    assert document["warnings"][0] == "seed: A had 7, B has 0"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("all:centroid", f"again:{NOISY}", ("all", "centroid", "again", NOISY)),
        ("again", "all:centroid", ("again", "centroid", "all", "centroid")),
        ("one", "all:centroid", ("one", "centroid[noise=3.5]", "all", "centroid")),
        (
            "all:centroid[ noise = 2.50 ]",
            "one",
            ("all", "centroid[noise=2.5]", "one", "centroid[noise=3.5]"),
        ),
        ("latest", "all:centroid", ("latest", "centroid", "all", "centroid")),
    ],
)
def test_a_side_may_be_a_run_with_or_without_its_model(
    compare: Command, runs: Path, a: str, b: str, expected: tuple[str, ...]
) -> None:
    a = a.replace("latest", "again") if a == "latest" else a
    document = compare(a, b, "--json").json
    (one,) = document["comparisons"]
    found = (document["run_a"], one["a"]["model"], document["run_b"], one["b"]["model"])
    assert found == tuple("again" if part == "latest" else part for part in expected)


def test_a_run_is_named_by_its_path_too(compare: Command, runs: Path) -> None:
    document = compare(runs / "one", f"{runs / 'all'}:centroid", "--json").json
    assert (document["run_a"], document["run_b"]) == ("one", "all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("centriod", "centroid", "--run", "all"), "'centriod' is neither a run in "),
        (("centriod", "centroid", "--run", "all"), "did you mean centroid"),
        (("xyz", "centroid", "--run", "one"), "its models: centroid[noise=3.5]"),
        (("agian", "all"), "did you mean again?"),
        (("all:centriod", "again"), "there is no model 'centriod' in all; did you mean centroid"),
        (("all", "again", "--model", "x"), "there is no model 'x' in all; its models: centroid, "),
        (("all", "all"), "A and B are the same run; name two of its models: centroid, "),
        (("all:centroid", "all:centroid"), "the same model of the same run: centroid of all"),
        (("one", "again"), "no model in common: A has centroid[noise=3.5]; B has "),
        (("again", "one:centroid[noise=3.5]"), "A is a run of several models, none of which is"),
        (("all", "again", "--run", "one"), "--run is for sides that name a model alone"),
        (("all:centroid", "again", "--model", "x"), "--model is for two runs"),
        (("all:wrong-labels", "all:centroid"), "no trial of wrong-labels succeeded in all: "),
        (("all", "other"), "the runs are of different data: A of digits (fingerprint "),
        (("all", "again", "--images", "-1"), "greater than or equal to 0"),
        (("x" * 400, "centroid", "--run", "all"), "is neither a run in"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_line(
    compare: Command, arguments: tuple[str, ...], message: str
) -> None:
    outcome = compare(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err
    if "--images" not in arguments:
        assert len(outcome.err.splitlines()) == 1


def test_runs_on_different_data_are_told_apart_by_their_fingerprints(compare: Command) -> None:
    outcome = compare("all", "other")
    assert f"(fingerprint {DIGITS_FINGERPRINT[:12]}), B of tiny (000000000000)" in outcome.err


def test_other_test_labels_are_refused_whatever_the_fingerprint(
    compare: Command,
    runs: Path,
    tmp_path: Path,
    host: PluginHost,
    digits_plan: Plans,
    bundled: TrialData,
) -> None:
    test = bundled.test
    labels = test.labels.copy()
    labels[0] = (labels[0] + 1) % 10
    data = replace(bundled, test=Split(test.images, labels))
    path = run_plan(digits_plan("centroid"), host, data, InlineEngine(), tmp_path)
    outcome = compare("all", path)
    assert outcome.code == 2
    assert "have other test labels; one of them is damaged" in outcome.err


def test_hostile_names_are_shown_as_text(compare: Command) -> None:
    outcome = compare("hostile:[bold]x[/nothing]=a:b", "hostile:\x1b[31mred\nnext")
    assert outcome.code == 0
    assert "[bold]x[/nothing]=a:b" in outcome.out
    assert r"\x1b[31mred\nnext" in outcome.out
    assert "\x1b" not in outcome.out
    refused = compare("nothing", "hostile", "--run", "hostile")
    assert r"its models: [bold]x[/nothing]=a:b, \x1b[31mred\nnext" in refused.err
    alone = compare("[bold]x[/nothing]=a:b", "\x1b[31mred\nnext", "--run", "hostile", "--json")
    assert alone.json["comparisons"][0]["a"]["model"] == "[bold]x[/nothing]=a:b"


def test_without_the_data_the_images_are_listed_and_a_warning_says_why(
    command: Command,
    runs: Path,
    host: PluginHost,
    plan_of: Plans,
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    plan = plan_of(host, "centroid[noise=5],centroid", trials=2)
    run_plan(plan, host, tiny_data, InlineEngine(), tmp_path)
    outcome = command(
        "compare", "centroid[noise=5]", "centroid", "--runs-dir", tmp_path, "--offline"
    )
    assert outcome.code == 0
    assert "warning: the digits cannot be drawn: there is no data set 'tiny'" in outcome.err
    assert re.search(
        r"^#\d+ · true \d · A \d \(\d/2\).* · B \d \(1/1\)$", outcome.out, re.MULTILINE
    )
    assert not BLOCKS.search(outcome.out)


def test_single_trials_of_a_seeded_model_settle_nothing(compare: Command) -> None:
    outcome = compare("one", "all:centroid")
    assert "cannot be told apart: with one trial the spread over seeds is unknown" in outcome.out
    assert re.search(r"^p, adjusted +— +—$", outcome.out, re.MULTILINE)
    (one,) = compare("one", "all:centroid", "--json").json["comparisons"]
    assert one["better"] is None
    assert one["digits_like_these"]["p_value"] is None
    assert one["a"]["accuracy_std"] is None


def test_a_run_once_more_brings_nothing_new_and_says_so(
    compare: Command, host: PluginHost, digits_plan: Plans, bundled: TrialData, tmp_path: Path
) -> None:
    path = run_plan(digits_plan(NOISY), host, bundled, InlineEngine(), tmp_path)
    outcome = compare("all", path)
    assert outcome.code == 0
    assert "3 of B's 3 trials are trials of A once more" in " ".join(outcome.out.split())
    assert re.search(r"^Newly wrong( +0){11}$", outcome.out, re.MULTILINE)


def test_models_that_failed_in_a_common_run_are_left_out_with_a_warning(
    compare: Command, host: PluginHost, digits_plan: Plans, bundled: TrialData, tmp_path: Path
) -> None:
    plan = digits_plan("centroid,wrong-labels")
    path = run_plan(plan, host, bundled, InlineEngine(), tmp_path)
    outcome = compare("all", path)
    assert outcome.code == 0
    assert "warning: no trial of wrong-labels succeeded in all: " in outcome.err
    assert "looked into here" not in outcome.out


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_width_holds_all_of_it(
    compare: Command, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments in (("centroid[noise=2.5]", "centroid", "--run", "all"), ("all", "again")):
        outcome = compare(*arguments)
        lines = outcome.out.splitlines()
        assert max(map(len, lines)) <= width
        assert "…" not in outcome.out
        assert "better" in "".join(outcome.out.split()) or "toldapart" in "".join(
            outcome.out.split()
        )
    assert list(digit_rows(lines))


def digit_rows(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if BLOCKS.search(line))


def test_output_that_is_piped_is_plain_and_wide(compare: Command) -> None:
    outcome = compare("centroid[noise=2.5]", "centroid", "--run", "all")
    assert "\x1b" not in outcome.out
    assert 120 < max(map(len, outcome.out.splitlines())) <= 160
