"""`digitbench run --until-decided`, as it is typed: why it stops, and that it can be taken up."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from digitbench.display.messages import RichMessages
from digitbench.store import find_run, read_run
from digitbench.types import RunRecord
from digitbench.workflows.messages import Workload

Command = Callable[..., Any]

DIGITS = ("--dataset", "digits", "--offline", "--engine", "inline", "--threads", "1")
FAR = "replica,replica[noise=0.8]"
NOISY = "replica[noise=0.8],centroid[noise=0.85]"
"""Models whose trials scatter so much that a few cannot settle which is better."""
STOPPER = """
from pathlib import Path

from digitbench import hookimpl


@hookimpl
def digitbench_trial_started(trial):
    if trial.trial == int(Path("stop").read_text()):
        raise KeyboardInterrupt
"""


@pytest.fixture
def models(plugin_file: Callable[[str], Path]) -> tuple[str, ...]:
    files = (plugin_file("replica"), plugin_file("centroid"))
    return tuple(text for file in files for text in ("--plugin-file", str(file)))


def latest() -> RunRecord:
    return read_run(find_run(Path("runs"), "latest"))


def outcome_of(record: RunRecord) -> dict[tuple[str, int], bytes]:
    return {
        (r.spec.model, r.spec.trial): r.predictions.tobytes()
        for r in record.results
        if r.predictions is not None
    }


def lines_of_looks(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("after ")]


def test_it_stops_as_soon_as_it_is_settled(command: Command, models: tuple[str, ...]) -> None:
    options = ("--until-decided", "--max-trials", "20")
    outcome = command("run", *DIGITS, *models, "-m", FAR, *options)
    assert outcome.code == 0, outcome.err
    first, second = lines_of_looks(outcome.err)
    assert first.startswith("after 3 trials: replica ")
    assert " points ahead of replica[noise=0.8], p = " in first
    assert first.endswith(" > 0.0137: going on to 5")
    assert second.startswith("after 5 trials: replica better than replica[noise=0.8], p = ")
    assert second.endswith(" <= 0.0137: settled")
    record = latest()
    assert (record.status, record.plan.trials, len(record.results)) == ("complete", 5, 6)
    assert record.plan.sequential is not None
    assert record.plan.sequential.looks == (3, 5, 8, 12, 18, 20)
    assert len(list(Path("runs").iterdir())) == 1
    for line in (("show",), ("choose",), ("report", "-f", "md"), ("report", "-f", "latex")):
        words = " ".join(command(*line).out.split())
        assert "Trials were added to tell every pair apart: settled after 5 trials, " in words, line
        assert "Looks after 3, 5, 8, 12, 18, 20 trials, each at the level 0.0137" in words, line


def test_the_time_left_is_that_to_each_look(
    command: Command, models: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def progress(_: RichMessages, work: Workload) -> nullcontext[None]:
        asked.append(work.until)
        return nullcontext()

    monkeypatch.setattr(RichMessages, "progress", progress)
    assert command("run", *DIGITS, *models, "-m", NOISY, "--trials", "1").code == 0
    command("run", *DIGITS, *models, "-m", NOISY, "--until-decided", "--max-trials", "4")
    assert asked == ["", "next look", "last look"]


@pytest.mark.parametrize("noise", ["0.8", "0.05"])
def test_every_command_judges_the_run_at_its_own_level(
    command: Command, models: tuple[str, ...], noise: str
) -> None:
    pair = ("replica", f"replica[noise={noise}]")
    options = ("--until-decided", "--max-trials", "5")
    assert command("run", *DIGITS, *models, "-m", ",".join(pair), *options).code == 0
    shown = command("show", "--json").json
    compared = command("compare", *pair, "--json").json["comparisons"]
    reported = command("report", "-f", "json").json
    chosen = command("choose", "--json").json
    (pair_shown,) = shown["comparison"]["pairs"]
    assert reported["comparison"] == shown["comparison"]
    assert reported["sequential"] == shown["sequential"]
    for population in ("digits_like_these", "this_test_set_alone"):
        assert compared[0][population]["verdict"] == pair_shown[population]["verdict"]
    told_apart = pair_shown["digits_like_these"]["verdict"] == "better"
    assert (not chosen["alike"]) == told_apart


def test_it_stops_where_more_trials_would_not_help(
    command: Command, models: tuple[str, ...]
) -> None:
    line = ("-m", "replica,replica[seconds=0.001]", "--until-decided", "--json")
    outcome = command("run", *DIGITS, *models, *line)
    assert outcome.code == 0, outcome.err
    (said,) = lines_of_looks(outcome.err)
    assert said.startswith("after 1 trial: replica and replica[seconds=0.001] equally good: more")
    assert outcome.json["sequential"]["state"] == "undecidable"
    assert len(latest().results) == 2


def test_it_stops_at_the_most_trials(command: Command, models: tuple[str, ...]) -> None:
    options = ("--until-decided", "replica[noise=0.8],centroid[noise=0.85]", "--max-trials", "4")
    outcome = command("run", *DIGITS, *models, "-m", f"{NOISY},replica", *options, "--json")
    assert outcome.code == 0, outcome.err
    _first, last = lines_of_looks(outcome.err)
    assert last.endswith("not settled by the most trials there are to be")
    sequential = outcome.json["sequential"]
    assert sequential["pair"] == ["replica[noise=0.8]", "centroid[noise=0.85]"]
    assert (sequential["looks"], sequential["state"]) == ([3, 4], "open")
    assert [m["trials_planned"] for m in outcome.json["models"]] == [4, 4, 1]
    assert "not settled after 4 trials" in " ".join(command("show").out.split())


def test_it_stops_before_a_look_that_the_budget_has_no_time_for_and_may_get_more(
    command: Command, models: tuple[str, ...]
) -> None:
    slow = "replica[noise=0.8,seconds=0.1],centroid[noise=0.85]"
    options = ("--until-decided", "--max-trials", "6", "--budget", "0.4s")
    outcome = command("run", *DIGITS, *models, "-m", slow, *options)
    assert outcome.code == 0, outcome.err
    (said,) = lines_of_looks(outcome.err)
    assert "not settled, and the 4 trials up to the next look would take some" in said
    assert said.endswith("of 400 ms is left")
    assert latest().plan.trials == 3
    assert "not settled within 400 ms after 3 trials" in " ".join(command("show").out.split())
    assert command("run", "--resume").code == 0
    assert latest().plan.trials == 3
    more = command("run", "--resume", "--budget", "1h")
    assert more.code == 0, more.err
    assert [line.partition(":")[0] for line in lines_of_looks(more.err)] == [
        "after 3 trials",
        "after 5 trials",
        "after 6 trials",
    ]
    design = latest().plan.sequential
    assert design is not None
    assert design.budget_seconds == 3600


@pytest.mark.parametrize("trial", [2, 4])
def test_interrupted_anywhere_it_is_completed_to_the_same_end(
    trial: int, command: Command, models: tuple[str, ...], workdir: Path
) -> None:
    (workdir / "stopper.py").write_text(STOPPER)
    (workdir / "stop").write_text(str(trial))
    line = (*DIGITS, *models, "-m", NOISY, "--until-decided", "--max-trials", "5")
    line = (*line, "--plugin-file", "stopper.py")
    stopped = command("run", *line)
    assert stopped.code == 130
    (workdir / "stop").write_text("0")
    before = latest()
    assert before.status == "interrupted"
    assert before.plan.trials == (3 if trial <= 3 else 5)
    assert "not settled; the trials so far are no look" in " ".join(stopped.out.split())
    resumed = command("run", "--resume", *models)
    assert resumed.code == 0, resumed.err
    after = latest()
    assert (after.id, after.status, len(after.results)) == (before.id, "complete", 10)
    assert command("run", *line).code == 0
    undisturbed = latest()
    assert undisturbed.id != after.id
    assert outcome_of(after) == outcome_of(undisturbed)
    assert after.plan == undisturbed.plan


def test_every_look_has_the_test_sets(
    workdir: Path, command: Command, models: tuple[str, ...], plugin_file: Callable[[str], Path]
) -> None:
    (workdir / "stopper.py").write_text(STOPPER)
    (workdir / "stop").write_text("4")
    line = (*DIGITS, *models, "-m", NOISY, "--until-decided", "--max-trials", "5")
    sets = ("--plugin-file", plugin_file("further_sets"), "--test-sets", "negative")
    assert command("run", *line, *sets, "--plugin-file", "stopper.py").code == 130
    (workdir / "stop").write_text("0")
    resumed = command("run", "--resume", *models)
    assert resumed.code == 0, resumed.err
    after = latest()
    assert len(after.results) == 10
    for result in after.results:
        assert [(one.test_set, one.error) for one in result.set_results] == [("negative", None)]


def test_trials_of_earlier_runs_are_taken_at_every_look(
    command: Command, models: tuple[str, ...]
) -> None:
    assert command("run", *DIGITS, *models, "-m", NOISY, "-t", "4").code == 0
    line = ("-m", NOISY, "--until-decided", "--max-trials", "5", "--reuse")
    outcome = command("run", *DIGITS, *models, *line)
    assert outcome.code == 0, outcome.err
    record = latest()
    assert len(record.results) == 10
    assert {r.spec.trial for r in record.results if r.reused_from is None} == {5}


def test_it_stops_if_a_model_always_fails(
    command: Command, models: tuple[str, ...], workdir: Path
) -> None:
    (workdir / "fault").touch()
    line = ("-m", "replica[fault=fault],centroid", "--until-decided")
    outcome = command("run", *DIGITS, *models, *line)
    assert outcome.code == 3
    (said,) = lines_of_looks(outcome.err)
    assert said == (
        "after 1 trial: every trial of replica[fault=fault] failed, so that nothing can be settled"
    )


def test_a_dry_run_tells_the_looks(command: Command, models: tuple[str, ...]) -> None:
    line = ("-m", FAR, "--until-decided", "--max-trials", "9", "--budget", "1h30m", "--dry-run")
    outcome = command("run", *DIGITS, *models, *line)
    assert outcome.code == 0, outcome.err
    words = " ".join(outcome.out.split())
    assert "to tell every pair apart, with looks after 3, 5, 8, 9 trials" in words
    assert "as long as they fit into 90 min 00 s" in words
    assert "4 trials, 1 at a time" in words
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-m", "replica", "--until-decided"), "there is only replica"),
        (("-m", FAR, "--until-decided", "replica"), "takes two models"),
        (("-m", FAR, "--until-decided", "replica,centroid"), "centroid, which --until-decided"),
        (("-m", FAR, "--until-decided", "replica,nothing"), "there is no model 'nothing'"),
        (("-m", FAR, "--until-decided", "-t", "3"), "leave out --trials"),
        (("-m", FAR, "--until-decided", "--budget", "20"), "write a number with a unit"),
        (("-m", FAR, "--budget", "20m"), "--budget is for --until-decided"),
        (("-m", FAR, "--max-trials", "20"), "--max-trials is for --until-decided"),
        (("--resume", "--until-decided"), "leave it out with --resume"),
        (("--resume", "--max-trials", "20"), "leave it out with --resume"),
    ],
)
def test_what_makes_no_sense_is_refused(
    command: Command, models: tuple[str, ...], options: tuple[str, ...], message: str
) -> None:
    outcome = command("run", *DIGITS, *models, *options)
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert not Path("runs").exists()


def test_how_a_stored_run_finds_its_trials_stays(command: Command, models: tuple[str, ...]) -> None:
    assert command("run", *DIGITS, *models, "-m", FAR, "-t", "1").code == 0
    outcome = command("run", "--resume", "--budget", "3m")
    assert outcome.code == 2
    assert "was not begun with --until-decided" in outcome.err
    assert command("run", *DIGITS, *models, "-m", NOISY, "--until-decided", "--max-trials", "2")
    for options in (("-t", "9"), ("-m", FAR)):
        outcome = command("run", "--resume", *options)
        assert outcome.code == 2
        assert "as was laid out when it began: leave out --" in outcome.err
