"""`digitbench export`: a stored run through an exporter, and what goes wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.types import RunPlan, TrialData

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]


@pytest.fixture
def export(
    command: Command,
    plugin_file: PluginFile,
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    workdir: Path,
) -> Command:
    """Make a run; return a function that exports it with the exporters of the tests."""
    host = host_of("centroid")
    plan = plan_of(host, "centroid[noise=0.5]", trials=2)
    run_plan(plan, host, tiny_data, InlineEngine(), workdir / "runs")

    def run(*arguments: str | Path) -> Any:
        return command("export", *arguments, "--plugin-file", plugin_file("exporters"))

    return run


def test_a_run_is_handed_to_the_exporter_and_its_line_is_printed(
    export: Command, workdir: Path
) -> None:
    (run,) = (workdir / "runs").iterdir()
    outcome = export("--to", "file")
    assert outcome.code == 0
    assert outcome.out == "2 trials written to exported.json\n"
    assert "chatter of an exporter" in outcome.err
    exported = json.loads((workdir / "exported.json").read_text(encoding="utf-8"))
    assert exported["id"] == run.name
    assert [result["status"] for result in exported["results"]] == ["ok", "ok"]
    for trial in exported["results"]:
        assert trial["started_at"] < trial["finished_at"]

    outcome = export(run, "--to", "file", "--destination", "there.json", "--runs-dir", "elsewhere")
    assert outcome.out == "2 trials written to there.json\n"


def test_a_config_file_says_where_runs_are_and_which_plugins_there_are(
    export: Command, command: Command, plugin_file: PluginFile, workdir: Path
) -> None:
    (workdir / "runs").rename(workdir / "kept")
    lines = ('runs_dir = "kept"', f"plugin_files = [{json.dumps(str(plugin_file('exporters')))}]")
    (workdir / "digitbench.toml").write_text("\n".join(lines), encoding="utf-8")
    outcome = command("export", "--to", "file")
    assert outcome.code == 0, outcome.err
    assert outcome.out == "2 trials written to exported.json\n"


def test_an_exporter_gets_the_metrics_of_all_plugins(
    export: Command, plugin_file: PluginFile
) -> None:
    outcome = export("--to", "metrics", "--plugin-file", plugin_file("one_metric"))
    assert outcome.out == "brier_score, ece, log_loss, macro_f1, zeros_missed\n"
    assert outcome.err == ""
    outcome = export("--to", "metrics", "--plugin-file", plugin_file("error_counts"))
    assert outcome.out == "brier_score, ece, log_loss, macro_f1, zeros_missed\n"
    assert "metric 'raises' is left out" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--to", "flie"), "there is no exporter 'flie'; did you mean file?"),
        (("--to", "elsewhere"), "there is no exporter 'elsewhere'; there are: "),
        (("--to", "refusing"), "error: this exporter wants a --destination"),
        (("--to", "broken"), "exporter 'broken' failed: ConnectionError: the server is gone"),
        (("--to", "leaving"), "exporter 'leaving' failed: SystemExit: 0"),
        (("nothing", "--to", "file"), "there is no run 'nothing'"),
    ],
)
def test_what_goes_wrong_gets_one_line(
    export: Command, arguments: tuple[str, ...], message: str
) -> None:
    outcome = export(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_debug_shows_where_an_exporter_broke(export: Command) -> None:
    outcome = export("--to", "broken", "--debug")
    assert outcome.code == 2
    assert "in break_down" in outcome.err


def test_the_exporter_must_be_named(export: Command) -> None:
    outcome = export()
    assert outcome.code == 2
    assert "--to" in outcome.err


def test_an_exporter_left_out_is_named_with_the_reason(
    export: Command, plugin_file: PluginFile
) -> None:
    outcome = export("--to", "no-export", "--plugin-file", plugin_file("bad_exporters"))
    assert outcome.code == 2
    assert "exporter 'no-export': export is not callable" in outcome.err
