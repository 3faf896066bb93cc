"""The scripts as a user runs them. What they measure on the bundled digits means nothing."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchlib.measurements import read

Run = Callable[..., subprocess.CompletedProcess[str]]

SCRIPTS = (
    "time_to_accuracy",
    "training_step",
    "classical",
    "overhead",
    "engines",
    "gate",
    "settings",
    "robust_settings",
    "error_rates",
    "writer_error_rates",
    "real_writers",
    "writer_findings",
    "writer_figures",
    "bare_loop",
    "waiting",
    "pad",
    "pictures",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_help(run_script: Run, name: str) -> None:
    shown = run_script(name, "--help")
    assert shown.returncode == 0
    assert f"Usage: {name}.py" in shown.stdout
    assert shown.stderr == ""


def test_every_script_is_known_to_these_tests(benchmarks_dir: Path) -> None:
    assert {path.stem for path in benchmarks_dir.glob("*.py")} == set(SCRIPTS)


@pytest.mark.exhaustive
def test_both_ways_of_waiting_are_timed(run_script: Run) -> None:
    shown = run_script("waiting", "--rounds", "1", "--threads", "1")
    assert shown.returncode == 0, shown.stderr
    assert "sklearn    default" in shown.stdout
    assert "sklearn    PASSIVE" in shown.stdout


def test_wrong_input_gets_one_line(run_script: Run) -> None:
    shown = run_script("time_to_accuracy", "--our-epochs", "few")
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.splitlines() == [
        "error: --our-epochs takes whole numbers, such as 1,2,3, not 'few'"
    ]


@pytest.mark.exhaustive
def test_settings_are_held_against_the_present_one(run_script: Run, tmp_path: Path) -> None:
    command = ("settings", "softmax", "--quick", "--only", "l2=1e-3", "--runs-dir", "runs")
    shown = run_script(*command)
    assert shown.returncode == 0, shown.stderr
    assert "1,242 training images, 200 held out" in shown.stdout
    assert "softmax[l2=0.0001] (present)" in shown.stdout
    assert "Better than the present setting: none." in shown.stdout
    assert run_script(*command).stdout == shown.stdout  # from the same trials
    assert len(list(tmp_path.glob("runs/*-settings-softmax"))) == 1


@pytest.mark.exhaustive
def test_settings_for_bad_images_are_compared(run_script: Run) -> None:
    shown = run_script("robust_settings", "--quick", "--only", "epochs=1;recipe=robust,epochs=1")
    assert shown.returncode == 0, shown.stderr
    assert "cnn[recipe=robust,epochs=1]" in shown.stdout
    assert "Mean corruption error: mean over 17" in shown.stdout


@pytest.mark.exhaustive
@pytest.mark.parametrize("table", ["coverage", "families", "sequential", "power"])
def test_error_rates_are_counted(run_script: Run, table: str) -> None:
    shown = run_script("error_rates", table, "--runs", "1", "--images", "200")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count(" %") > 4
    assert shown.stderr == ""


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "table", ["coverage", "families", "power", "limits", "drops", "corruptions"]
)
def test_error_rates_with_writers_are_counted(run_script: Run, tmp_path: Path, table: str) -> None:
    options = ("--runs", "1", "--every", "20", "--jobs", "2", "--json", "rates.json")
    shown = run_script("writer_error_rates", table, *options)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count(" / ") > 4
    assert shown.stderr == ""
    kept = json.loads((tmp_path / "rates.json").read_text(encoding="utf-8"))
    assert (kept["study"], kept["runs"]) == (table, 1)
    assert {cell["cell"]["icc"] for cell in kept["cells"]} >= {0.0, 0.01}


@pytest.mark.exhaustive
def test_a_sequential_study_with_writers(run_script: Run) -> None:
    options = ("--runs", "1", "--every", "40", "--most-trials", "5")
    shown = run_script("writer_error_rates", "sequential", *options)
    assert shown.returncode == 0, shown.stderr
    assert "given up" in shown.stdout


@pytest.mark.exhaustive
def test_classical(run_script: Run, tmp_path: Path) -> None:
    shown = run_script("classical", "--quick", "--only", "knn", "--results", "kept.jsonl")
    assert shown.returncode == 0, shown.stderr
    assert "KNeighborsClassifier" in shown.stdout
    ours, deskewed, peer = read(tmp_path / "kept.jsonl")
    assert (ours.subject, peer.subject) == ("knn", "KNeighborsClassifier")
    assert deskewed.figures["differing_predictions"] is None
    options = [kept.settings["options"] for kept in (ours, deskewed, peer)]
    assert [isinstance(o, dict) and o["deskew"] for o in options] == [False, True, False]
    assert ours.figures["differing_predictions"] == 0
    assert ours.figures["accuracy"] == peer.figures["accuracy"]


@pytest.mark.exhaustive
def test_overhead(run_script: Run, tmp_path: Path) -> None:
    shown = run_script(
        "overhead", "--quick", "--models", "knn[backend=sklearn]", "--results", "kept.jsonl"
    )
    assert shown.returncode == 0, shown.stderr
    assert "Median overhead" in shown.stdout
    assert "WARNING" not in shown.stdout
    (kept,) = read(tmp_path / "kept.jsonl")
    assert kept.figures["same_accuracies"] is True
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["kept.jsonl"]


@pytest.mark.exhaustive
def test_engines(run_script: Run, tmp_path: Path) -> None:
    parts = ("overhead", "many")
    only = [word for part in parts for word in ("--only", part)]
    shown = run_script("engines", "--quick", *only, "--results", "kept.jsonl")
    assert shown.returncode == 0, shown.stderr
    assert "12 no-op trials, 2 at a time: time per trial" in shown.stdout
    overhead, many = read(tmp_path / "kept.jsonl")
    assert (overhead.subject, many.subject) == parts
    assert many.figures["seconds_per_trial"] == float(str(many.figures["run_seconds"])) / 12
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["kept.jsonl"]


@pytest.mark.exhaustive
def test_engines_train_two_models_at_once(run_script: Run, tmp_path: Path) -> None:
    shown = run_script("engines", "--quick", "--only", "trainings", "--results", "kept.jsonl")
    assert shown.returncode == 0, shown.stderr
    (trainings,) = read(tmp_path / "kept.jsonl")
    assert float(str(trainings.figures["throughput_ratio"])) > 0


@pytest.mark.exhaustive
def test_engines_on_a_cluster_or_a_line_that_says_why_not(run_script: Run, tmp_path: Path) -> None:
    shown = run_script("engines", "--quick", "--only", "dask", "--results", "kept.jsonl")
    if importlib.util.find_spec("distributed") is None:
        assert shown.returncode == 3
        assert "MISSING: dask: the engine dask is an extra" in shown.stdout
        return
    assert shown.returncode == 0, shown.stderr
    (kept,) = read(tmp_path / "kept.jsonl")
    assert 0 < float(str(kept.figures["share_of_ideal"])) < 1.2


@pytest.mark.exhaustive
def test_training_step(run_script: Run, tmp_path: Path) -> None:
    shown = run_script("training_step", "--quick", "--results", "kept.jsonl")
    assert shown.returncode == 0, shown.stderr
    (kept,) = read(tmp_path / "kept.jsonl")
    share = kept.figures["share_of_peak"]
    assert isinstance(share, dict)
    # In bfloat16 a step may do more than the peak in float32, but not many times more.
    assert 0 < float(str(share["float32"])) < 10


@pytest.mark.exhaustive
def test_time_to_accuracy(run_script: Run, tmp_path: Path) -> None:
    shown = run_script(
        "time_to_accuracy",
        *("--quick", "--only", "cnn", "--only", "keras", "--stop-at", "20"),
        *("--our-epochs", "1,2", "--peer-epochs", "5", "--results", "kept.jsonl"),
    )
    assert shown.returncode == 0, shown.stderr
    *ours, keras = read(tmp_path / "kept.jsonl")
    assert [kept.subject for kept in ours] == ["cnn[recipe=quick,iterations=30]", "cnn[epochs=1]"]
    assert keras.figures["stopped_early"] is True
    assert keras.figures["epochs"] == 1
    assert keras.figures["train_images"] == 1297


@pytest.mark.exhaustive
def test_gate(run_script: Run, tmp_path: Path) -> None:
    shown = run_script("gate", "--quick", "--trials", "3", "--results", "kept.jsonl")
    assert shown.returncode == 0, shown.stderr
    assert "hardly an image flips" in shown.stdout
    kept = read(tmp_path / "kept.jsonl")
    rates = [float(str(k.figures["false_alarms"])) for k in kept if "false_alarms" in k.figures]
    assert max(rates) <= 0.05


@pytest.mark.exhaustive
def test_real_writers_need_to_be_known(run_script: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "digitbench", "run", "--dataset", "digits"]
    options = ("--models", "knn", "--trials", "1", "--runs-dir", "runs")
    subprocess.run([*command, *options], check=True, capture_output=True, cwd=tmp_path)
    (run,) = (tmp_path / "runs").iterdir()
    shown = run_script("real_writers", str(run))
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.splitlines() == [
        f"error: {run}: nobody knows who wrote the test images of this run"
    ]
