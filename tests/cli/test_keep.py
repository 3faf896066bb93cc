"""`digitbench keep`: the same model once more, or a plain word that it is another one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.kept import kept_models
from digitbench.runner.engines.inline import InlineEngine
from digitbench.store import read_run
from digitbench.workflows import prepare as prepare_module

Command = Callable[..., Any]


@pytest.fixture
def run(
    command: Command, plugin_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a run that kept nothing; what is trained again is trained in this process."""
    outcome = command(
        *("run", "keepable[noise=1]", "no-load", "load-raises", "--trials", "2", "--keep", "none"),
        *("--dataset", "digits", "--offline", "--engine", "inline"),
        *("--plugin-file", plugin_file("keepable")),
    )
    assert outcome.code == 0, outcome.err
    assert "Kept" not in outcome.out
    monkeypatch.setattr(prepare_module, "make_engine", lambda *_: InlineEngine())
    (path,) = Path("runs").iterdir()
    return path


def kept(run: Path) -> list[tuple[str, int]]:
    return [(found.kept.model.label, found.kept.trial) for found in kept_models(read_run(run))]


def test_what_was_not_kept_is_trained_again_and_kept(run: Path, command: Command) -> None:
    outcome = command("keep", "latest:keepable", "--trial", "2", "--offline")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("keepable[noise=1.0], trial 2: trained again in ")
    assert "it predicts all 355 test images as in the run; kept in runs" in outcome.out
    assert kept(run) == [("keepable[noise=1.0]", 2)]
    assert "Trained models kept: keepable[noise=1.0] (trial 2)." in command("show").out

    again = command("keep", "latest:keepable", "--trial", "2", "--offline")
    assert "it was kept before, in runs" in again.out


def test_a_model_that_comes_out_otherwise_is_not_kept(
    run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stored predictions say which model it was: here those of one image are another's."""
    predictions = run / "predictions.bin"
    content = bytearray(predictions.read_bytes())

    def otherwise(path: Path) -> Any:
        record = read_run(path)
        results = []
        for result in record.results:
            assert result.predictions is not None
            changed = result.predictions.copy()
            changed[0] = (changed[0] + 1) % 10
            results.append(result.model_copy(update={"predictions": changed}))
        return record.model_copy(update={"results": tuple(results)})

    monkeypatch.setattr("digitbench.workflows.keep.read_run", otherwise)
    outcome = command("keep", "latest:keepable", "--offline")
    assert outcome.code == 2
    assert outcome.out == ""
    assert (
        "keepable[noise=1.0], trial 1 is not kept: trained again, it predicts 1 of" in outcome.err
    )
    assert kept(run) == []
    assert predictions.read_bytes() == content


@pytest.mark.usefixtures("run")
def test_what_cannot_be_kept_is_one_line(command: Command) -> None:
    for line, message in (
        ("latest:no-load", "no-load, trial 1 cannot be kept: its plugin says no load"),
        ("latest:cnn", "has no model 'cnn'; it has: keepable[noise=1.0], no-load, load-raises"),
        ("latest:keepable --trial 3", "has no trial 3 of keepable[noise=1.0]"),
        ("latest", "name a model of a run, such as latest:cnn: not 'latest'"),
        ("keepable", "name a model of a run, such as latest:cnn: not 'keepable'"),
        ("nope:keepable", "there is no run 'nope' in runs; its runs: "),
        ("latest:keepable --runs-dir none", "there are no runs in none"),
    ):
        outcome = command("keep", *line.split(), "--offline")
        assert outcome.code == 2
        assert outcome.out == ""
        assert message in " ".join(outcome.err.split())


def test_many_models_that_are_all_kept_are_not_named_one_by_one(
    command: Command, plugin_file: Callable[[str], Path]
) -> None:
    models = [f"keepable[noise={noise}]" for noise in range(1, 5)]
    given = ("--dataset", "digits", "--offline", "--engine", "inline", "--trials", "1")
    plugin = ("--plugin-file", plugin_file("keepable"))
    assert "Trained models kept: all 4." in command("run", *models, *given, *plugin).out
    named = "Trained models kept: keepable[noise=1.0], keepable[noise=2.0],"
    assert named in command("run", *models, "no-load", *given, *plugin).out


def test_a_dry_run_says_what_is_kept(command: Command) -> None:
    line = ("run", "softmax", "--dataset", "digits", "--offline", "--dry-run")
    assert "The trained model of each first trial is kept" in " ".join(command(*line).out.split())
    assert command(*line, "--json", "--keep", "all").json["plan"]["keep"] == "all"
    assert command(*line, "--json", "--quick").json["plan"]["keep"] == "none"
    assert command(*line, "--json", "--quick", "--keep", "first").json["plan"]["keep"] == "first"
