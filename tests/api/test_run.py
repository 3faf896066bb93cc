"""Runs from Python: the shell's, and models that no plugin has."""

import asyncio
import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import digitbench
from digitbench.cli import app
from digitbench.store import read_results

pytestmark = pytest.mark.usefixtures("workplace")

Cell = Callable[..., dict[str, Any]]
quick = partial(digitbench.run, dataset="digits", engine="inline", threads=1)


def test_a_run_is_the_shells(workplace: Path) -> None:
    ours = quick("svm[C=0.05],knn[k=1]", trials=2)
    words = "run -m svm[C=0.05],knn[k=1] -d digits -t 2 --engine inline --threads 1"
    result = CliRunner().invoke(app, [*words.split(), "--runs-dir", "theirs"])
    assert result.exit_code == 0, result.output
    theirs = digitbench.load_run(runs_dir="theirs")
    assert ours.record.plan == theirs.record.plan
    for one, other in zip(read_results(ours.path), read_results(theirs.path), strict=True):
        assert one.spec == other.spec
        np.testing.assert_array_equal(one.predictions, other.predictions)
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_the_defaults_are_the_shells() -> None:
    from digitbench.api.settings import fields_of
    from digitbench.workflows.request import RunRequest

    assert RunRequest.of(fields_of({})) == RunRequest()


def test_further_test_sets_are_a_text_or_a_list(
    plugin_file: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = [plugin_file(name) for name in ("deadly_sets", "further_sets")]
    sets = partial(quick, "is-fine", trials=1, plugin_files=files)
    run = sets(test_sets=["dim[steps=3],grey", "raises"])
    assert [row.label for row in run.record.plan.test_sets] == ["dim[steps=3]", "grey", "raises"]
    (result,) = run.record.results
    assert [part.test_set for part in result.set_results] == ["dim[steps=3]", "grey"]
    assert run.record.failed_test_sets == ("raises",)
    assert "test set raises is left out" in capsys.readouterr().err
    assert sets(test_sets="dim[steps=3]").record.plan.test_sets == run.record.plan.test_sets[:1]
    with pytest.raises(digitbench.UsageError, match="write a string, or a list of strings"):
        sets(test_sets=3)
    shown = str(digitbench.plan("is-fine", dataset="digits", plugin_files=files, test_sets="grey"))
    assert "Test set" in shown


def test_further_test_sets_in_what_is_asked_of_runs(plugin_file: Callable[[str], Path]) -> None:
    sets = partial(quick, "knn[k=1]", trials=1, plugin_files=[plugin_file("further_sets")])
    one = sets(test_sets="negative,dim")
    other = sets(test_sets="dim,grey")
    found = one.compare(one, other)
    assert found.test_sets.test_set.tolist() == ["dim"]
    assert found.test_sets.difference.tolist() == [0]
    for text in (str(found), found._repr_html_()):
        assert "negative (in A alone); grey (in B alone)" in text
    assert "knn[k=1] is the only model within the limits" in str(one.choose("accuracy@dim=0"))
    assert "accuracy on dim/" in str(one.choose("accuracy@dim/dim@2=1"))

    shell = CliRunner().invoke
    compared = shell(app, ["compare", one.id, other.id, "--json", "--runs-dir", "runs"])
    document = json.loads(compared.stdout)
    assert [row["test_set"] for row in document["test_sets"]] == ["dim"]
    assert [row["test_set"] for row in document["test_sets_left_out"]] == ["negative", "grey"]
    words = ["history", "knn", "--test-set", "negative", "--json", "--runs-dir", "runs"]
    (series,) = json.loads(shell(app, words).stdout)["series"]
    assert [run["run"] for run in series["runs"]] == [one.id]


def test_the_environment_says_where_runs_and_data_are(
    monkeypatch: pytest.MonkeyPatch, workplace: Path
) -> None:
    monkeypatch.setenv("DIGITBENCH_RUNS_DIR", "theirs")
    run = quick("knn[k=1]")
    assert run.path.parent == Path("theirs")
    assert digitbench.load_run().id == run.id
    assert digitbench.list_runs().run.tolist() == [run.id]
    assert digitbench.list_runs(runs_dir="ours").empty
    monkeypatch.setenv("DIGITBENCH_DATA_DIR", "nowhere")
    with pytest.raises(digitbench.DatasetError, match="nowhere"):
        digitbench.load_dataset("mnist")


def test_all_kinds_of_models_run_side_by_side(cell: Cell) -> None:
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    kind = cell()["Centroids"]
    run = quick(
        {
            "mine": kind,
            "noisy": partial(kind, noise=30.0),
            "made": GaussianNB,
            "tree": make_pipeline(StandardScaler(), DecisionTreeClassifier(splitter="random")),
            "text": "knn[k=1]",
            "spec": digitbench.ModelSpec("any", "A spec.", lambda options, context: kind()),
        },
        trials=2,
    )
    assert run.models == ("mine", "noisy", "made", "tree", "text", "spec")
    assert run.trials.error.isna().all()
    assert (run.trials.accuracy > 0.6).all()
    trials = run.trials.set_index(["model", "trial"])
    assert trials.loc[("noisy", 1), "noise"] == 30.0
    assert trials.loc[("text", 1), "k"] == 1
    assert trials.loc[("tree", 1), "decisiontreeclassifier__splitter"] == "random"
    assert trials.loc["noisy"].accuracy.nunique() == 2  # its seed reached it
    assert trials.loc["tree"].accuracy.nunique() == 2
    assert run.summary.model.tolist()[0] == "text"
    assert {"accuracy_mean", "interval_low", "interval_high"} <= {*run.summary.columns}


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({}, "a dict of models"),
        (["knn", 3], "a dict of models"),
        ({"a": 3}, "'a' is a int, of which no model can be made"),
        ({"": "knn"}, "is no name"),
        ({"a": "knn,svm"}, "names several models"),
        ({"a": "knm"}, "did you mean knn"),
        ({"a": lambda width: None}, "'a' needs width: give them with functools.partial"),
    ],
)
def test_what_is_no_model_is_refused_before_anything_runs(
    models: Any, message: str, workplace: Path
) -> None:
    with pytest.raises(digitbench.UsageError, match=message):
        quick(models)
    assert not (workplace / "runs").exists()


def test_several_texts_are_one() -> None:
    run = quick(["knn[k=1]", "knn[k=3],knn[k=5]"])
    assert run.models == ("knn[k=1]", "knn[k=3]", "knn[k=5]")


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(digitbench.UsageError, match=r"trails is no setting .*: trials"):
        digitbench.run("knn", trails=3)


def test_the_predictions_of_a_run(cell: Cell) -> None:
    run = quick({"mine": cell()["Centroids"], "knn": "knn[k=1]"}, trials=2)
    assert run.predictions("mine").shape == (2, 355)
    accuracies = (run.predictions("mine") == run.labels).mean(axis=1)
    assert run.trials[run.trials.model == "mine"].accuracy.tolist() == accuracies.tolist()
    assert run.test_images.shape == (355, 28, 28)
    assert run.probabilities("knn").shape == (1, 355, 10)
    with pytest.raises(digitbench.UsageError, match="mine gives no probabilities"):
        run.probabilities("mine")
    with pytest.raises(digitbench.UsageError, match="no model"):
        run.predictions("svm")


def test_a_class_from_a_cell_is_resumed_if_its_code_is_the_same(cell: Cell) -> None:
    from .conftest import CELL

    run = quick({"mine": cell()["Centroids"]}, trials=1)
    assert len(run.resume(trials=2).trials) == 2
    stored = digitbench.load_run(run.id)
    with pytest.raises(digitbench.UsageError, match="mine was given as a Python object"):
        stored.resume(trials=3)
    with pytest.raises(digitbench.UsageError, match="source of mine was"):
        changed = CELL.replace("argmin(axis=1)", "argmax(axis=1)")
        stored.resume({"mine": cell(changed)["Centroids"]}, trials=3)
    again = stored.resume({"mine": cell()["Centroids"], "more": "knn[k=1]"}, trials=3)
    assert again.trials.model.tolist() == ["mine", "mine", "more", "mine"]


def test_the_shell_says_where_a_python_object_is_to_be_completed(cell: Cell) -> None:
    quick({"mine": cell()["Centroids"]}, trials=1)
    result = CliRunner().invoke(app, ["run", "--resume", "--trials", "3"])
    assert result.exit_code != 0
    assert "digitbench.load_run(...).resume(models={'mine': ...})" in result.output


def test_identical_trials_of_a_python_object_are_reused(cell: Cell) -> None:
    run = quick({"mine": cell()["Centroids"]}, trials=2)
    again = quick({"other name": cell()["Centroids"]}, trials=2, reuse=True)
    assert again.trials.reused_from.tolist() == [None, None]
    same = quick({"mine": cell()["Centroids"]}, trials=2, reuse=True)
    assert same.trials.reused_from.tolist() == [run.id, run.id]


def test_a_label_keeps_its_options_when_the_shell_resumes(workplace: Path) -> None:
    quick({"nearest": "knn[k=1]", "seven": "knn[k=7]"}, trials=1)
    result = CliRunner().invoke(app, ["run", "--resume"])
    assert result.exit_code == 0, result.output
    options = [model.options["k"] for model in digitbench.load_run().record.plan.models]
    assert options == [1, 7]


def test_a_run_goes_on_until_its_models_are_told_apart(cell: Cell) -> None:
    models = {"mine": cell()["Centroids"], "nearest": "knn[k=1]"}
    run = quick(models, until_decided="mine,nearest", max_trials=6)
    assert run.record.plan.sequential is not None
    assert run.record.plan.sequential.pair == ("mine", "nearest")
    assert run.compare("mine", "nearest").better == "nearest"


def test_a_thread_other_than_the_main_one_can_run() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(quick("knn[k=1]")))
    thread.start()
    thread.join()
    assert found[0].status == "complete"


def test_an_event_loop_may_run_around_it() -> None:
    async def main() -> str:
        return quick("knn[k=1]").status

    assert asyncio.run(main()) == "complete"


def test_an_interrupted_run_is_returned_with_what_has_finished(cell: Cell) -> None:
    text = """
class Interrupts:
    def fit(self, train, validation): raise KeyboardInterrupt
    def predict(self, images): return [0] * len(images)
"""
    run = quick({"fine": "knn[k=1]", "stop": cell(text)["Interrupts"]}, trials=1)
    assert run.status == "interrupted"
    assert run.trials.model.tolist() == ["fine"]


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("Crashes", {}, "SIGSEGV"),
        pytest.param("Hangs", {"timeout": 8.0}, "timed out after 8 s", marks=pytest.mark.slow),
    ],
)
def test_a_class_from_a_cell_costs_one_trial_in_a_worker_process(
    name: str, settings: dict[str, Any], reason: str, cell: Cell
) -> None:
    names = cell()
    run = digitbench.run(
        {"mine": names["Centroids"], "bad": names[name]}, dataset="digits", trials=1, **settings
    )
    trials = run.trials.set_index("model")
    assert trials.loc["mine"].status == "ok"
    assert trials.loc["bad"].status == "failed"
    assert reason in trials.loc["bad"].error
    inline = quick({"mine": names["Centroids"]}, trials=1)
    np.testing.assert_array_equal(inline.predictions("mine"), run.predictions("mine"))


def test_what_cannot_leave_the_process_is_refused_before_anything_runs(workplace: Path) -> None:
    lock = threading.Lock()
    with pytest.raises(digitbench.UsageError, match="'mine' cannot be sent to a worker process"):
        digitbench.run({"mine": lambda: lock}, dataset="digits")
    assert not (workplace / "runs").exists()
