"""`digitbench baseline` and `digitbench check`, as a CI job would give them."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from digitbench.cli import app

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]

MODELS = "centroid[noise=0.3],centroid"


@pytest.fixture
def data(plugin_file: PluginFile) -> tuple[str | Path, ...]:
    """Return what every run is given here."""
    return ("--offline", "--engine", "inline", "--plugin-file", plugin_file("centroid"))


@pytest.fixture(scope="module")
def made(
    plugin_file: PluginFile, digits_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Run five trials on the bundled digits, and make a baseline of them, once for all tests."""
    folder = tmp_path_factory.mktemp("made")
    plugin = str(plugin_file("centroid"))
    where = ("--offline", "--runs-dir", str(folder / "runs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITBENCH_CACHE_DIR", str(digits_cache))
        run = ("run", "-m", MODELS, "-d", "digits", "--threads", "1", "--engine", "inline")
        assert CliRunner().invoke(app, [*run, "--plugin-file", plugin, *where]).exit_code == 0
        result = CliRunner().invoke(app, ["baseline", *where[1:]])
    assert result.exit_code == 0
    (folder / "baseline.json").write_text(result.stdout, encoding="utf-8")
    (folder / "messages.txt").write_text(result.stderr, encoding="utf-8")
    return folder


@pytest.fixture
def baseline(made: Path, workdir: Path) -> Path:
    """Return a baseline in the working directory; the run it is of is in its runs."""
    shutil.copytree(made / "runs", workdir / "runs")
    return Path(shutil.copy(made / "baseline.json", workdir / "baseline.json"))


@pytest.fixture
def check(command: Command, data: tuple[str | Path, ...]) -> Command:
    """Return a function that checks with the plugin of the baseline."""
    return lambda *arguments: command("check", *data, *arguments)


@pytest.fixture
def worse_plugin(plugin_file: PluginFile, workdir: Path) -> Path:
    """Write the plugin with a fault: its means are those of the images upside down."""
    text = plugin_file("centroid").read_text(encoding="utf-8")
    file = workdir / "worse" / "centroid.py"
    file.parent.mkdir()
    right = "flat = train.images.reshape(len(train), -1) / 255.0"
    assert right in text
    file.write_text(text.replace(right, right.replace("train.images.", "train.images[:, ::-1].")))
    return file


def test_a_baseline_says_what_checks_will_see(made: Path) -> None:
    noisy, plain = (made / "messages.txt").read_text(encoding="utf-8").splitlines()
    assert re.match(r"centroid\[noise=0.3\]: a check of one gate sees a drop of [\d.]+ poi", noisy)
    assert plain == "centroid: deterministic, a check sees every image that is lost"


def test_unchanged_code_passes_on_the_seeds_of_the_baseline(check: Command, baseline: Path) -> None:
    outcome = check("--baseline", baseline)
    assert outcome.code == 0, outcome.out
    assert outcome.out.count("every prediction is the baseline's") == 2
    assert "finds a drop of " in outcome.out
    assert outcome.out.splitlines()[-1] == "passed: of 4 gates 4 passed"
    assert "an unchanged model fails in at most 0.5 % of such checks" in outcome.out


def test_unchanged_code_passes_on_other_seeds(check: Command, baseline: Path) -> None:
    outcome = check("--baseline", baseline, "--seed", "8", "--json")
    assert outcome.code == 0
    drop = outcome.json["gates"][1]
    assert (drop["kind"], drop["unchanged"], drop["outcome"]) == ("drop", False, "pass")
    assert 0 < drop["p_value"] <= 1
    assert drop["smallest_drop"] > 0


def test_a_fault_in_the_plugin_is_told_and_then_caught_with_images_and_digits_drawn(
    command: Command, baseline: Path, worse_plugin: Path
) -> None:
    arguments = ("--baseline", baseline, "--offline", "--plugin-file", worse_plugin)
    refused = command("check", *arguments)
    assert refused.code == 2
    assert "source of centroid[noise=0.3] was " in refused.err
    assert '--accept-changed "source:centroid.py"' in refused.err
    assert refused.out == ""
    outcome = command("check", *arguments, "--accept-changed", "source:centroid.py")
    assert outcome.code == 1
    assert "changed on purpose: source of centroid[noise=0.3] was " in outcome.err
    assert re.search(r"FAIL +centroid: accuracy against the baseline", outcome.out)
    assert re.search(r"centroid: \d+ images became wrong and \d+ right", outcome.out)
    assert re.search(r"wrong 1 of 1 +wrong 1 of 1", outcome.out)
    assert "█" in outcome.out
    assert outcome.out.splitlines()[-1] == "FAILED: of 4 gates 2 failed, 2 passed"


def test_a_stored_run_is_judged_without_another_one(
    command: Command, check: Command, baseline: Path, workdir: Path
) -> None:
    there = sorted(path.name for path in (workdir / "runs").iterdir())
    outcome = command("check", "--run", "latest", "--baseline", baseline)
    assert outcome.code == 0
    assert f"run {there[0]}, digits" in outcome.out
    one = command("check", "--run", "latest", "--min-accuracy", "0.95", "-m", "centroid")
    assert (one.code, "centroid[noise=0.3]" in one.out.partition("\nrun ")[0]) == (1, False)
    assert sorted(path.name for path in (workdir / "runs").iterdir()) == there


@pytest.mark.slow
def test_trials_are_added_while_a_drop_cannot_be_ruled_out(check: Command, baseline: Path) -> None:
    asked = ("--baseline", baseline, "--seed", "1", "-t", "2", "-m", "centroid[noise=0.3]")
    outcome = check(*asked, "--smallest-drop", "1 image", "--max-trials", "6", "--json")
    assert outcome.code == 0
    assert "inconclusive with 2 trials" in outcome.err
    assert "inconclusive with 4 trials" in outcome.err
    assert outcome.json["outcome"] == "inconclusive"
    assert outcome.json["looks"] == 3
    assert len(outcome.json["models"][0]["accuracies"]) == 6
    strict = check(*asked, "--smallest-drop", "1 image", "--on-inconclusive", "fail")
    assert strict.code == 1
    assert "one of 1 image was to be" in " ".join(strict.out.split())
    assert strict.out.splitlines()[-1].endswith("(inconclusive ones count as fail)")


def test_a_failed_trial_fails_the_gate(command: Command, plugin_file: PluginFile) -> None:
    outcome = command(
        *("check", "--offline", "-d", "digits", "--engine", "inline", "--min-accuracy", "0.1"),
        *("--plugin-file", plugin_file("faulty_models"), "-m", "wrong-labels", "-t", "2"),
    )
    assert outcome.code == 1
    assert re.search(r"FAIL +wrong-labels: trials\n +2 of 2 failed; trial 1: ", outcome.out)


def test_the_files_for_a_ci_service(check: Command, baseline: Path, workdir: Path) -> None:
    summary = workdir / "summary.md"
    summary.write_text("before\n")
    outcome = check(
        *("--baseline", baseline, "--min-accuracy", "0.9", "--min-class-accuracy", "0.8"),
        *("--junit", "report.xml", "--markdown", summary),
    )
    assert outcome.code == 1
    assert summary.read_text().startswith("before\n### digitbench check FAILED: of 8 gates")
    suites = ET.parse(workdir / "report.xml").getroot()  # noqa: S314 (our own)
    assert [suite.get("name") for suite in suites] == ["centroid[noise=0.3]", "centroid"]
    assert [len(suite) for suite in suites] == [4, 4]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("--junit", "gone/gate.xml"), "there is no directory gone: make it, or name another file"),
        (("--junit", "."), ". is a directory: name a file"),
        (("--markdown", "digitbench.toml/x"), "there is no directory digitbench.toml: make it"),
        (("--markdown", "x" * 300), "File name too long"),
        (("--junit", "x.xml", "--markdown", "./x.xml"), "are both x.xml: name two files"),
    ],
)
def test_files_that_cannot_be_written_are_refused_before_the_run(
    check: Command, workdir: Path, files: tuple[str, ...], message: str
) -> None:
    (workdir / "digitbench.toml").write_text("offline = true\n")
    outcome = check("-m", "centroid", "-d", "digits", "--min-accuracy", "0.5", *files)
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert message in line
    assert [path.name for path in workdir.iterdir()] == ["digitbench.toml"]


@pytest.mark.parametrize(("floor", "code", "verdict"), [("0.5", 2, "passed"), ("1", 1, "FAILED")])
def test_the_verdict_is_told_though_a_file_cannot_be_written(
    check: Command, workdir: Path, floor: str, code: int, verdict: str
) -> None:
    """Nothing can be written to /dev/full, and the file that can be is written all the same."""
    outcome = check(
        *("-m", "centroid", "-d", "digits", "--min-accuracy", floor),
        *("--junit", "/dev/full", "--markdown", "summary.md"),
    )
    assert outcome.code == code
    assert outcome.out.splitlines()[-1].startswith(f"{verdict}: of 2 gates")
    assert outcome.err.splitlines()[-1] == (
        "error: cannot write /dev/full: No space left on device"
    )
    assert verdict in (workdir / "summary.md").read_text()
    (run,) = (workdir / "runs").iterdir()
    assert f"stored in runs/{run.name}" in outcome.err


def test_a_baseline_file_is_written_whole_or_refused(
    command: Command, baseline: Path, workdir: Path
) -> None:
    printed = command("baseline").out
    outcome = command("baseline", "--output", "new.json")
    assert (outcome.code, outcome.out) == (0, "")
    assert (workdir / "new.json").read_text(encoding="utf-8") == printed
    refused = command("baseline", "--output", "gone/new.json")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "error: there is no directory gone: make it, or name another file\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is nothing to check: name a --baseline"),
        (("--baseline", "none.json"), "cannot read the baseline none.json"),
        (("--min-accuracy", "2"), "min-accuracy = 2.0: Input should be less than or equal to 1"),
        (("--min-accuracy", "0.9", "--tolerance", "2"), 'did you mean "2 points"?'),
        (("--min-accuracy", "0.9", "--accept-changed", "x"), "x is none of source, options"),
        (("--run", "none"), "there is no run 'none'"),
    ],
)
def test_wrong_usage_is_one_line(check: Command, arguments: tuple[str, ...], message: str) -> None:
    outcome = check("-m", "centroid", "-d", "digits", *arguments)
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert message in line


def test_a_baseline_of_other_data_or_options_is_refused(check: Command, baseline: Path) -> None:
    other = check("--baseline", baseline, "--validation", "100")
    assert (other.code, "validation images were 0 and are now 100" in other.err) == (2, True)
    meant = check("--baseline", baseline, "--validation", "5", "--accept-changed", "data")
    assert meant.code == 0
    document = json.loads(baseline.read_text())
    document["models"][1]["options"]["sharpness"] = 2.0
    baseline.write_text(json.dumps(document))
    changed = check("--baseline", baseline)
    assert changed.code == 2
    assert "option sharpness of centroid was 2.0 and is now 1.0" in changed.err


def test_other_versions_and_hardware_are_a_warning(check: Command, baseline: Path) -> None:
    document = json.loads(baseline.read_text())
    document["environment"]["versions"]["numpy"] = "1.0"
    document["environment"]["processor"] = "abacus"
    baseline.write_text(json.dumps(document))
    outcome = check("--baseline", baseline)
    assert outcome.code == 0
    text = " ".join(outcome.err.split())
    assert "warning: not as it was for the baseline, which can shift a few predictions" in text
    assert "processor was abacus and is now" in text
    assert "numpy was 1.0 and is now" in text


def test_the_config_file_says_it_once(
    command: Command, baseline: Path, worse_plugin: Path, workdir: Path
) -> None:
    (workdir / "pyproject.toml").write_text(
        f"""
        [tool.digitbench]
        offline = true
        engine = "inline"
        plugin-files = ["{worse_plugin}"]

        [tool.digitbench.gates]
        baseline = "baseline.json"
        accept-changed = ["source"]
        tolerance = "90 points"

        [tool.digitbench.gates.model."centroid"]
        min-class-accuracy = {{ 8 = 0.01 }}
        tolerance = "95 points"
        """
    )
    outcome = command("check", "--json")
    assert outcome.err.splitlines()[0] == "settings from pyproject.toml"
    kinds = [(gate["model"], gate["kind"]) for gate in outcome.json["gates"]]
    assert ("centroid", "class accuracy") in kinds
    assert ("centroid[noise=0.3]", "class accuracy") not in kinds
    limits = [gate["limit"] for gate in outcome.json["gates"] if gate["kind"] == "drop"]
    assert limits == [0.9, 0.95]
    stricter = command("check", "--tolerance", "0", "--json")
    limits = [gate["limit"] for gate in stricter.json["gates"] if gate["kind"] == "drop"]
    assert (stricter.code, limits) == (1, [0.0, 0.95])


def test_other_commands_leave_the_gates_alone(command: Command, workdir: Path) -> None:
    (workdir / "digitbench.toml").write_text('[gates]\nbaseline = "b.json"\n')
    outcome = command("run", "--dry-run", "--offline", "-d", "digits", "-m", "knn")
    assert (outcome.code, outcome.err) == (0, "")


def test_the_digits_are_left_out_with_a_reason_where_there_are_no_data(
    command: Command, baseline: Path, monkeypatch: pytest.MonkeyPatch, workdir: Path
) -> None:
    document = json.loads(baseline.read_text())
    model = document["models"][1]
    lost = model["wrong_images"]["1"].pop()
    model["accuracies"] = [model["accuracies"][0] + 1 / document["dataset"]["test_size"]]
    digit = digit_of(lost, workdir)
    model["wrong_per_digit"][0][digit] -= 1
    size = document["dataset"]["test_images_per_digit"][digit]
    accuracy = 1 - model["wrong_per_digit"][0][digit] / size
    model["class_accuracies"][digit] = round(accuracy, 6)
    model["predictions"] = ["0"]
    baseline.write_text(json.dumps(document))
    monkeypatch.setenv("DIGITBENCH_DISABLE_PLUGINS", "datasets")
    outcome = command("check", "--run", "latest", "--baseline", baseline)
    assert outcome.code == 1
    assert "warning: the digits cannot be drawn" in outcome.err
    assert f"image {lost}: a {digit}, taken for " in outcome.out
    assert "1 image, below the baseline's" in outcome.out


def digit_of(image: int, workdir: Path) -> int:
    """Return what a test image of the last run shows."""
    (run,) = (workdir / "runs").iterdir()
    return int(np.load(run / "test_labels.npy")[image])


@pytest.mark.slow
def test_an_interrupted_run_is_not_judged(
    process: Command, plugin_file: PluginFile, workdir: Path
) -> None:
    """The model sends itself what Ctrl-C sends, in the second trial."""
    text = plugin_file("centroid").read_text(encoding="utf-8")
    stop = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    fit = "        rng = np.random.default_rng(self.context.seed)\n"
    assert fit in text
    file = workdir / "stops.py"
    file.write_text(text.replace(fit, f"{fit}        if self.options.noise: {stop}\n"))
    outcome = process(
        *("check", "--offline", "-d", "digits", "--engine", "inline", "--plugin-file", file),
        *("-m", "centroid,centroid[noise=1]", "--min-accuracy", "0.5"),
        environment={"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "")},
    )
    assert outcome.code == 130, outcome.err
    assert outcome.out == ""
    assert "interrupted; what had finished is stored in runs/" in outcome.err
