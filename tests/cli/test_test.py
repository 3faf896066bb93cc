"""`digitbench test`: further test sets for a stored run, by its kept models alone."""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitbench
from digitbench.errors import UsageError
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.lock import sole_writer
from digitbench.runner.set_predictions import predict_sets
from digitbench.store import read_run
from digitbench.types import DataContext, RunRecord
from digitbench.workflows import kept_trials
from digitbench.workflows import prepare as prepare_module
from digitbench.workflows.further_sets import add_test_sets
from digitbench.workflows.kept import LoadedModel, load_found
from digitbench.workflows.messages import SilentMessages

Command = Callable[..., Any]
LABEL = "keepable[noise=1.0]"
TEST = ("test", "latest", "--offline", "--test-sets")


@pytest.fixture(scope="module")
def made(
    plugin_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Return a function that makes a run in this process, each only once."""
    files = [plugin_file(name) for name in ("keepable", "elsewhere", "further_sets")]

    @cache
    def make(keep: str, test_sets: str) -> Path:
        return digitbench.run(
            "keepable[noise=1],no-load",
            keep=keep,
            test_sets=test_sets,
            trials=2,
            dataset="tiny",
            offline=True,
            engine="inline",
            plugin_files=files,
            runs_dir=tmp_path_factory.mktemp("runs"),
        ).path

    return make


@pytest.fixture
def new_run(made: Callable[..., Path], workdir: Path) -> Callable[..., Path]:
    """Return a function that makes a run which a test may change."""

    def make(keep: str = "first", test_sets: str = "") -> Path:
        pristine = made(keep, test_sets)
        shutil.copytree(pristine, workdir / "runs" / pristine.name)
        return Path("runs", pristine.name)

    return make


@pytest.fixture
def run(new_run: Callable[..., Path]) -> Path:
    """Return a run without test sets that kept the first trial of one model of two."""
    return new_run()


def there(record: RunRecord) -> dict[tuple[str, int], dict[str, str | None]]:
    """Return what each trial has of test sets: the error of each, if any."""
    return {
        (result.spec.model, result.spec.trial): {
            one.test_set: one.error for one in result.set_results
        }
        for result in record.results
    }


def content(run: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}


def said(outcome: Any) -> str:
    return " ".join(outcome.err.split())


def test_kept_models_predict_what_they_would_have_in_the_run(
    run: Path, made: Callable[..., Path], command: Command
) -> None:
    before = content(run)
    outcome = command(*TEST, "negative,dim")
    assert outcome.code == 0, outcome.err
    assert f"{LABEL}, trial 1: predicting negative, dim" in said(outcome)
    record = read_run(run)
    assert [one.label for one in record.plan.test_sets] == ["negative", "dim"]
    assert record.status == "complete"
    trial = there(record)
    assert trial[LABEL, 1] == {"negative": None, "dim": None}
    assert trial[LABEL, 2] == trial["no-load", 1] == {}
    expected = read_run(made("first", "negative,dim"))
    assert record.plan.test_sets == expected.plan.test_sets
    first, other = record.results[0], expected.results[0]
    for one, twin in zip(first.set_results, other.set_results, strict=True):
        np.testing.assert_array_equal(one.predictions, twin.predictions)
    for label, stored in expected.test_sets.items():
        for known, wanted in zip(record.test_sets[label], stored, strict=True):
            np.testing.assert_array_equal(known.labels, wanted.labels)
            np.testing.assert_array_equal(known.positions, wanted.positions)
    after = content(run)
    assert {name for name in before if before[name] != after[name]} == {"manifest.json"}


def test_how_many_images_are_predicted_is_told(run: Path) -> None:
    told: list[tuple[str, int, int]] = []

    class Listening(SilentMessages):
        def loading(self, context: DataContext) -> AbstractContextManager[DataContext]:
            return nullcontext(replace(context, working=working))

    def working(what: str, done: int, total: int) -> None:
        told.append((what, done, total))

    add_test_sets(run, "negative,dim[steps=2]", Listening(), runs_dir=run.parent, offline=True)
    assert {what for what, _, _ in told} == {f"{LABEL}, trial 1: predicting negative, dim[steps=2]"}
    assert {total for _, _, total in told} == {4 * 40}  # the run's own test images first
    assert sorted({done for _, done, _ in told}) == [0, 40, 80, 120, 160]


def test_the_table_has_the_sets_that_are_asked_for(
    new_run: Callable[..., Path], command: Command
) -> None:
    new_run("first", "negative,dim")
    outcome = command(*TEST, "dim[steps=1]")
    assert "dim[steps=1]" in outcome.out
    assert "keepable" in outcome.out
    assert "negative" not in outcome.out


def test_who_is_left_out_is_said_with_what_to_do(run: Path, command: Command) -> None:
    err = said(command(*TEST, "negative"))
    assert (
        f"{LABEL}, trial 2: left out, for no model was kept: `digitbench keep '{run.name}:{LABEL}' "
        "--trial 2` trains it again and keeps it"
    ) in err
    assert "no-load, trials 1, 2: left out, for no model was kept: its plugin cannot load" in err


def test_a_model_that_is_kept_later_completes_it(
    run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare_module, "make_engine", lambda *_: InlineEngine())
    assert command(*TEST, "negative").code == 0
    first = read_run(run).results[0].set_results
    kept = command("keep", f"latest:{LABEL}", "--trial", "2", "--offline")
    assert kept.code == 0, kept.err
    outcome = command(*TEST, "negative")
    assert f"{LABEL}, trial 2: predicting negative" in said(outcome)
    assert f"{LABEL}, trial 1: predicting" not in said(outcome)
    record = read_run(run)
    assert there(record)[LABEL, 2] == {"negative": None}
    np.testing.assert_array_equal(
        record.results[0].set_results[0].predictions, first[0].predictions
    )
    assert len((run / "test_sets.jsonl").read_text().splitlines()) == 2


def test_nothing_is_added_twice(run: Path, command: Command) -> None:
    first = command(*TEST, "negative")
    assert first.code == 0
    assert "nothing is added" not in said(first)
    before = content(run)
    again = command(*TEST, "negative")
    assert (again.code, content(run)) == (0, before)
    assert "predicting" not in again.err
    assert "nothing is added: what can be predicted is there already" in said(again)
    assert "negative" in again.out


def test_a_set_that_is_written_otherwise_is_the_same(run: Path, command: Command) -> None:
    assert command(*TEST, "place:here,dim").code == 0
    before = content(run)
    assert command(*TEST, f"dim[steps=2],place:{Path('here').absolute()}").code == 0
    assert content(run) == before


def test_sets_of_test_images_need_no_model(
    new_run: Callable[..., Path], command: Command, tmp_path: Path
) -> None:
    plugin = tmp_path / "votes.py"
    plugin.write_text(
        """
import numpy as np
from digitbench import TestCondition, TestSet, TestSetSpec, hookimpl

def votes(context, dataset):
    chosen = np.arange(4, dtype=np.uint32)
    return TestSet((TestCondition(dataset.test.labels[:4], positions=chosen),), "votes")

@hookimpl
def digitbench_test_sets():
    return [TestSetSpec("votes", "Votes", votes)]
"""
    )
    run = new_run("none")
    outcome = command(*TEST, "votes", "--plugin-file", plugin)
    assert outcome.code == 0, outcome.err
    assert "left out" not in outcome.err
    assert set(map(tuple, there(read_run(run)).values())) == {("votes",)}
    mixed = command(*TEST, "relabelled", "--plugin-file", plugin)
    assert mixed.code == 2
    assert f"no trial of {run.name} could be tried on the test sets" in said(mixed)
    assert "nothing is added" not in said(mixed)
    assert [one.label for one in read_run(run).plan.test_sets] == ["votes"]


def test_a_model_that_predicts_otherwise_now_is_left_out(
    run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*arguments: Any, **settings: Any) -> Any:
        model: Any = load_found(*arguments, **settings)
        model.classifier.means = model.classifier.means[::-1]
        return model

    monkeypatch.setattr(kept_trials, "load_found", changed)
    before = content(run)
    outcome = command(*TEST, "negative")
    assert outcome.code == 2
    assert (
        f"{LABEL}, trial 1 is left out: runs/{run.name}/models/1-keepable-noise-1.0-trial-1 "
        "predicts "
    ) in said(outcome)
    assert "of 40 test images other than in the run" in said(outcome)
    assert content(run) == before


def test_a_damaged_kept_model_is_left_out(run: Path, command: Command) -> None:
    (file,) = run.glob("models/1-*/files/*")
    file.write_bytes(b"")
    outcome = command(*TEST, "negative")
    assert outcome.code == 2
    assert "is damaged: it is not what was kept" in said(outcome)


def test_an_interrupt_keeps_what_was_predicted_and_no_more(
    new_run: Callable[..., Path], command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run("all")
    calls = []

    def interrupted(*arguments: Any) -> Any:
        calls.append(arguments)
        for number, result in enumerate(predict_sets(*arguments), start=len(calls)):
            if number == 3:
                raise KeyboardInterrupt
            yield result

    with monkeypatch.context() as patch:
        patch.setattr(kept_trials, "predict_sets", interrupted)
        assert command(*TEST, "negative,dim").code == 130
    done = there(read_run(run))
    assert (done[LABEL, 1], done[LABEL, 2]) == ({"negative": None, "dim": None}, {"negative": None})
    outcome = command(*TEST, "negative,dim")
    assert outcome.code == 0, outcome.err
    assert f"{LABEL}, trial 1: predicting" not in said(outcome)
    assert f"{LABEL}, trial 2: predicting dim" in said(outcome)
    assert there(read_run(run))[LABEL, 2] == {"negative": None, "dim": None}


def test_a_set_that_fails_is_said_and_can_be_tried_again(
    run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = command(*TEST, "raises,negative")
    assert outcome.code == 3
    assert "test set raises is left out: its loader failed" in said(outcome)
    assert [one.label for one in read_run(run).plan.test_sets] == ["negative"]
    assert command(*TEST, "raises").code == 3

    def fails(model: Any, images: Any) -> Any:
        if len(images) < 40:
            raise RuntimeError("too few")
        return predict(model, images)

    predict = LoadedModel.predict
    with monkeypatch.context() as patch:
        patch.setattr(LoadedModel, "predict", fails)
        for _ in range(2):
            failed = command(*TEST, "grey")
            assert failed.code == 3
            assert (
                f"{LABEL}, trial 1 has no predictions of test set grey: RuntimeError: too"
                in said(failed)
            )
    assert there(read_run(run))[LABEL, 1] == {"negative": None, "grey": "RuntimeError: too few"}
    assert len((run / "test_sets.jsonl").read_text().splitlines()) == 2
    assert command(*TEST, "grey").code == 0
    assert there(read_run(run))[LABEL, 1] == {"negative": None, "grey": None}


def test_a_set_that_was_lost_in_the_run_takes_its_place(
    new_run: Callable[..., Path], command: Command
) -> None:
    run = new_run(test_sets="negative,dim")
    manifest = json.loads((run / "manifest.json").read_text())
    lost = manifest["plan"]["test_sets"][0]
    lost.update(conditions=[], fingerprint="", source="", error="no network")
    (run / "manifest.json").write_text(json.dumps(manifest))
    lines = (run / "test_sets.jsonl").read_text().splitlines(keepends=True)
    (run / "test_sets.jsonl").write_text("".join(line for line in lines if "negative" not in line))
    assert command(*TEST, "negative").code == 0
    record = read_run(run)
    assert [(one.label, one.error) for one in record.plan.test_sets] == [
        ("negative", None),
        ("dim", None),
    ]
    assert there(record)[LABEL, 1] == {"negative": None, "dim": None}
    assert there(record)[LABEL, 2] == {"dim": None}


def test_a_set_with_other_content_is_refused(run: Path, command: Command) -> None:
    assert command(*TEST, "changes").code == 0
    before = content(run)
    outcome = command(*TEST, "changes")
    assert outcome.code == 2
    assert "test set changes is not the one that the run has: its fingerprint was" in said(outcome)
    assert content(run) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("latest", "--test-sets", "nope"), "there is no test set 'nope'"),
        (("latest", "--test-sets", ""), "--test-sets names no test set"),
        (("latest", "--test-sets", "tiny"), "tiny is the run's own data set"),
        (("latest", "--test-sets", "clothes"), "clothes has other classes than the run's data set"),
        (("other", "--test-sets", "negative"), "there is no run 'other'"),
        (("latest",), "missing option '--test-sets'"),
    ],
)
def test_what_cannot_be_is_one_line(
    run: Path, command: Command, arguments: tuple[str, ...], message: str
) -> None:
    before = content(run)
    outcome = command("test", *arguments, "--offline")
    assert (outcome.code, outcome.out) == (2, "")
    assert message in said(outcome)
    assert content(run) == before


def test_other_data_are_refused(
    run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE_SEED", "1")
    outcome = command(*TEST, "negative")
    assert outcome.code == 2
    assert "the run's data" in said(outcome)


def test_a_run_that_somebody_writes_is_left_alone(run: Path, command: Command) -> None:
    with sole_writer(run):
        outcome = command(*TEST, "negative")
    assert outcome.code == 2
    assert "another process is writing the run" in said(outcome)


def test_a_resumed_run_has_the_sets_that_were_added(run: Path, command: Command) -> None:
    assert command(*TEST, "negative").code == 0
    outcome = command("run", "--resume", "latest", "-t", "3", "--offline")
    assert outcome.code == 0, outcome.err
    assert there(read_run(run))[LABEL, 3] == {"negative": None}


def test_sets_cannot_be_given_to_a_run_that_is_resumed(run: Path, command: Command) -> None:
    outcome = command("run", "--resume", "latest", "--test-sets", "negative", "--offline")
    assert outcome.code == 2
    assert f"`digitbench test {run.name} --test-sets negative` adds test sets" in said(outcome)


def test_from_python(run: Path) -> None:
    before = digitbench.load_run("latest")
    after = before.test(["negative", "dim[steps=1]"], offline=True)
    assert after.path == before.path
    assert there(after.record)[LABEL, 1] == {"negative": None, "dim[steps=1]": None}
    assert there(before.record)[LABEL, 1] == {}
    with pytest.raises(UsageError, match=r"run\.test\(test_sets\) adds some"):
        after.resume(test_sets="negative")


def test_a_python_object_is_left_out(
    plugin_file: Callable[[str], Path], workdir: Path, command: Command
) -> None:
    class Means:
        def fit(self, train: Any, validation: Any) -> None:
            self.shape = train.images.shape[1:]

        def predict(self, images: Any) -> Any:
            return np.zeros(len(images), np.uint8)

    files = [plugin_file(name) for name in ("keepable", "elsewhere", "further_sets")]
    fixed: dict[str, Any] = {
        "dataset": "tiny",
        "offline": True,
        "engine": "inline",
        "plugin_files": files,
    }
    digitbench.run({"mine": Means, "kept": "keepable"}, trials=1, **fixed)
    outcome = command(*TEST, "negative")
    assert outcome.code == 0, outcome.err
    assert (
        "mine, trial 1: left out, for no model was kept: no run keeps models that are Python"
    ) in said(outcome)


def test_a_run_somewhere_else_is_completed_there(
    run: Path, command: Command, tmp_path: Path
) -> None:
    moved = Path(shutil.move(run, tmp_path / "moved"))
    assert command("test", moved, "--test-sets", "negative", "--offline").code == 0
    assert there(read_run(moved))[LABEL, 1] == {"negative": None}
