"""Models as arguments of `digitbench run`, and labels of the user's own."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import digitbench
from digitbench.display.console import PlainConsole
from digitbench.display.messages import RichMessages
from digitbench.store import read_manifest, read_run
from digitbench.workflows.check import judge_asked

Command = Callable[..., Any]

NOISY = "centroid[noise=0.5]"


@pytest.fixture
def run(command: Command, plugin_file: Callable[[str], Path], workdir: Path) -> Callable[..., Path]:
    """Return a function that runs models on the bundled digits and returns the run's directory."""
    shutil.copy(plugin_file("centroid"), "centroid.py")
    Path("digitbench.toml").write_text(
        'plugin-files = ["centroid.py"]\ndataset = "digits"\noffline = true\nengine = "inline"\n'
        "trials = 2\nthreads = 1\n"
    )

    def made(*arguments: str) -> Path:
        outcome = command("run", *arguments)
        assert outcome.code == 0, outcome.err
        (line,) = (text for text in outcome.err.splitlines() if text.startswith("stored in "))
        return Path(line.removeprefix("stored in "))

    return made


def test_models_as_arguments_are_as_with_the_option(run: Callable[..., Path]) -> None:
    with_option = read_run(run("--models", f"{NOISY},centroid[sharpness=2,noise=1]"))
    as_arguments = read_run(run(NOISY, "centroid[sharpness=2,noise=1]"))
    mixed = read_run(run(f"{NOISY},centroid[sharpness=2,noise=1]"))
    assert with_option.plan == as_arguments.plan == mixed.plan


def test_models_are_named_in_one_way(command: Command, workdir: Path) -> None:
    outcome = command("run", "knn", "svm", "--models", "cnn")
    assert (outcome.code, outcome.out) == (2, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: models are named twice, as knn svm and with --models cnn: ")


def test_arguments_go_before_the_config_file(run: Callable[..., Path]) -> None:
    with Path("digitbench.toml").open("a") as file:
        file.write('models = "centroid"\n')
    assert [row.label for row in read_run(run(NOISY)).plan.models] == [NOISY]


def test_a_label_is_shown_and_the_model_is_kept(command: Command, run: Callable[..., Path]) -> None:
    path = run(f"big={NOISY}", "centroid")
    big, plain = read_manifest(path).plan.models
    assert (big.label, big.name, big.options["noise"]) == ("big", "centroid", 0.5)
    assert (big.alias_of, plain.alias_of) == (NOISY, None)
    for line in ("show", "choose", "compare big centroid --offline", "list", "history big"):
        assert "big" in command(*line.split()).out, line
    first = command("show", "--json").json["models"][0]
    assert (first["model"], first["alias_of"]) == ("big", NOISY)
    page = command("report", "-o", "-").out
    assert f"big={NOISY}" in page  # in the table of provenance
    assert f"--models &#39;big={NOISY},centroid&#39;" in page  # in the command that repeats it


def test_a_model_is_found_by_its_label_and_by_its_options(
    command: Command, run: Callable[..., Path]
) -> None:
    run(f"big={NOISY}", "centroid")
    by_label = command("compare", "big", "centroid", "--offline").out
    assert command("compare", "centroid[noise=0.50]", "centroid", "--offline").out == by_label
    assert command("history", NOISY).out == command("history", "big").out


def test_a_run_with_labels_is_taken_up_again(command: Command, run: Callable[..., Path]) -> None:
    path = run(f"big={NOISY}", "centroid")
    stored = read_manifest(path).plan
    assert command("run", "--resume", "--trials", "3").code == 0
    record = read_run(path)
    assert record.plan == stored.model_copy(update={"trials": 3})
    assert [result.spec.model for result in record.results].count("big") == 3


def test_trials_are_reused_under_another_label(command: Command, run: Callable[..., Path]) -> None:
    first = run(NOISY)
    second = read_run(run("--reuse", f"big={NOISY}"))
    assert {result.spec.model for result in second.results} == {"big"}
    assert {result.reused_from for result in second.results} == {first.name}


def test_a_baseline_keeps_labels(command: Command, run: Callable[..., Path], workdir: Path) -> None:
    run(f"big={NOISY}", "centroid")
    Path("baseline.json").write_text(command("baseline").out)
    checked = command("check", "--baseline", "baseline.json", "--json")
    assert checked.code == 0, checked.err
    assert [model["model"] for model in checked.json["models"]] == ["big", "centroid"]
    named = command("check", "--run", "latest", "--baseline", "baseline.json", "-m", "big")
    assert named.code == 0, named.err
    assert command("check", "--baseline", "baseline.json", "-m", f"big={NOISY}").code == 0


def test_a_mark_of_pytest_takes_labels(run: Callable[..., Path], workdir: Path) -> None:
    asked = {"models": f"big={NOISY}", "dataset": "digits", "engine": "inline", "offline": True}
    asked |= {"plugin_files": ["centroid.py"], "trials": 2}
    messages = RichMessages(PlainConsole(io.StringIO()))
    judgement, _ = judge_asked(asked, workdir, workdir / "runs", messages)
    assert [model.label for model in judgement.models] == ["big"]


def test_until_decided_takes_labels(command: Command, run: Callable[..., Path]) -> None:
    pair = ("--until-decided", "big, centroid[noise=9.0]", "--max-trials", "4")
    outcome = command("run", f"big={NOISY}", "centroid[noise=9]", *pair)
    assert outcome.code == 0, outcome.err
    design = digitbench.load_run().record.plan.sequential
    assert design is not None
    assert design.pair == ("big", "centroid[noise=9.0]")


@pytest.mark.parametrize("models", ['"big=knn[k=1],svm"', '["big=knn[k=1]", "svm"]'])
@pytest.mark.usefixtures("workdir")
def test_labels_in_a_config_file(command: Command, models: str) -> None:
    Path("digitbench.toml").write_text(f"models = {models}\n")
    planned = command("run", "--dry-run", "--offline", "-d", "digits", "--json").json["plan"]
    assert [row["label"] for row in planned["models"]] == ["big", "svm"]


def test_a_table_of_a_config_file_has_a_label(command: Command, workdir: Path) -> None:
    Path("digitbench.toml").write_text('models = [{label = "big", name = "knn", k = 1}]\n')
    shown = command("run", "--dry-run", "--offline", "-d", "digits")
    assert "big (knn)" in shown.out
    Path("digitbench.toml").write_text('models = [{label = 3, name = "knn"}]\n')
    outcome = command("run", "--dry-run")
    assert outcome.code == 2
    assert "label 3 is not a string" in outcome.err


def test_python_takes_both_kinds_of_labels(run: Callable[..., Path]) -> None:
    given: Any = {"dataset": "digits", "engine": "inline", "trials": 2, "offline": True}
    given["plugin_files"] = [Path("centroid.py")]
    text = digitbench.run(f"big={NOISY},centroid", **given)
    mapping = digitbench.run({"big": NOISY, "centroid": "centroid"}, **given)
    assert text.record.plan == mapping.record.plan
    assert mapping.resume(trials=3).record.plan.models == text.record.plan.models
    with pytest.raises(digitbench.UsageError, match="is called small too: leave that out"):
        digitbench.run({"big": f"small={NOISY}"}, **given)


def test_a_label_that_no_text_can_have_still_gives_a_command(run: Callable[..., Path]) -> None:
    from digitbench.report.page.provenance import command

    run_of = digitbench.run(
        {"the big one": NOISY},
        dataset="digits",
        engine="inline",
        plugin_files=[Path("centroid.py")],
    )
    assert f"--models '{NOISY}'" in command(run_of.record)


def test_a_run_of_an_older_digitbench_reads_as_before(
    command: Command, run: Callable[..., Path]
) -> None:
    path = run("centroid", NOISY)
    shown = command("show").out
    manifest = path / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    for row in content["plan"]["models"]:
        assert row.pop("alias_of") is None
    manifest.write_text(json.dumps(content), "utf-8")
    assert command("show").out == shown
    assert command("run", "--resume", "--trials", "3").code == 0
