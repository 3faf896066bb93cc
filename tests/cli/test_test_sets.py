"""`digitbench run --test-sets`: one training, many test sets."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from digitbench.store import find_run, read_run
from digitbench.types import RunRecord
from drawn_digits import as_file, ink_of, on_paper

Command = Callable[..., Any]
Run = Callable[..., Any]


@pytest.fixture
def run(command: Command, plugin_file: Callable[[str], Path]) -> Run:
    """Return a function that runs quick models in this process, with the tests' own sets."""

    def made(
        *arguments: str | Path, models: str = "is-fine", trials: Sequence[str] = ("-t", "1")
    ) -> Any:
        files = (plugin_file(name) for name in ("elsewhere", "deadly_sets", "further_sets"))
        plugins = [part for file in files for part in ("--plugin-file", file)]
        fixed = ("--offline", "--engine", "inline", *trials, "-d", "tiny")
        return command("run", *models.split(), *fixed, *plugins, *arguments)

    return made


def latest(workdir: Path) -> RunRecord:
    return read_run(find_run(workdir / "runs", "latest"))


def test_each_trial_has_predictions_of_each_set(run: Run, workdir: Path) -> None:
    outcome = run("--test-sets", "dim[steps=3],relabelled,negative", "-t", "2")
    assert outcome.code == 0, outcome.err
    record = latest(workdir)
    assert [row.label for row in record.plan.test_sets] == [
        "dim[steps=3]",
        "relabelled",
        "negative",
    ]
    assert len(record.results) == 2
    for result in record.results:
        sizes = [
            len(part.predictions) for part in result.set_results if part.predictions is not None
        ]
        assert sizes == [120, 40, 40]
    labels = record.test_sets["relabelled"]
    assert [len(condition.labels) for condition in labels] == [20, 40]


def test_sets_that_fail_are_said_in_a_line_each_and_the_rest_is_complete(
    run: Run, workdir: Path
) -> None:
    outcome = run("--test-sets", "negative,raises,huge,dim", models="is-fine raises")
    assert outcome.code == 3
    left_out = [line for line in outcome.err.splitlines() if "is left out" in line]
    assert len(left_out) == 2
    assert left_out[0].startswith("warning: test set raises is left out: its loader failed (Zero")
    assert left_out[1].startswith("warning: test set huge is left out: a test set has 10,000,000")
    record = latest(workdir)
    assert record.status == "complete"
    assert not record.failed
    assert record.failed_test_sets == ("raises", "huge")
    assert [len(result.set_results) for result in record.results] == [2, 2]


def test_a_classifier_that_fails_on_a_set_is_said_in_a_line(
    run: Run, workdir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = run("--test-sets", "grey,negative,grey[value=76],grey[value=0]", models="raises")
    assert outcome.code == 3
    assert caplog.messages == [
        "raises, trial 1 has no predictions of test set grey: RuntimeError: such pictures"
    ]
    record = latest(workdir)
    assert record.failed_test_sets == ("grey",)
    (result,) = record.results
    assert [part.error is None for part in result.set_results] == [False, True, True, True]
    assert "Mean" in outcome.out


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ("negatve", "there is no test set 'negatve'; did you mean negative?"),
        ("dim[steps=0]", "test set 'dim', option steps=0: Input should be greater than"),
        ("dim[", "cannot read --test-sets at 'dim['"),
        ("clothes", "clothes has other classes than the run's data set tiny"),
        ("fashion-mnist", "fashion-mnist has other classes than the run's data set tiny"),
        ("tiny", "tiny is the run's own data set"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    run: Run, workdir: Path, sets: str, message: str
) -> None:
    outcome = run("--test-sets", sets)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
    assert not (workdir / "runs").exists()


def test_a_smoke_run_has_test_sets_only_if_they_are_asked_for(run: Run, workdir: Path) -> None:
    (workdir / "digitbench.toml").write_text('test-sets = ["negative", "named:30"]\n')
    config = ("--config", "digitbench.toml")
    assert run(*config).code == 0
    assert [row.size for row in latest(workdir).plan.test_sets] == [40, 1200]
    assert run(*config, "--quick", trials=()).code == 0
    assert latest(workdir).plan.test_sets == ()
    assert run(*config, "--quick", "--test-sets", "dim[steps=1],named:30", trials=()).code == 0
    assert [row.size for row in latest(workdir).plan.test_sets] == [20, 200]


def test_a_run_is_completed_with_the_same_sets(run: Run, command: Command, workdir: Path) -> None:
    assert run("--test-sets", "dim,raises").code == 3
    before = latest(workdir)
    outcome = command("run", "--resume", "-t", "2", "--offline")
    assert outcome.code == 3, outcome.err
    after = latest(workdir)
    assert after.plan.test_sets == before.plan.test_sets
    assert [len(result.set_results) for result in after.results] == [1, 1]


def test_a_set_that_is_there_when_a_run_is_completed_is_told_of(
    run: Run, command: Command, workdir: Path
) -> None:
    assert run("--test-sets", "pictures:later").code == 3
    Path("later/7").mkdir(parents=True)
    Path("later/7/a.png").write_bytes(as_file(on_paper(ink_of((70, 60), [(7, 8, 12, 40)]))))
    found = "test set pictures:later could not be loaded before and is there now: "
    test = f"`digitbench test {latest(workdir).id} --test-sets pictures:later` adds it to the "
    outcome = command("run", "--resume", "--offline")
    assert outcome.code == 3
    assert f"{found}{test}trials" in outcome.err
    outcome = command("run", "--resume", "-t", "2", "--offline")
    assert f"{found}trials have it from here on; {test}others" in outcome.err
