"""`digitbench doctor`: it says what is wrong here, and changes nothing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def _findings(outcome: Any, topic: str) -> list[tuple[str, str]]:
    found = outcome.json["findings"]
    return [(one["level"], one["text"]) for one in found if one["topic"] == topic]


def test_a_sound_installation_has_no_fault(command: Command, workdir: Path) -> None:
    outcome = command("doctor", "--json")
    assert outcome.code == 0
    assert outcome.json["faults"] == 0
    assert outcome.json["machine"]["available_cpus"] >= 1
    ((level, loaded), *_) = _findings(outcome, "plugins")
    assert level == "ok"
    assert "softmax" in loaded
    assert list(workdir.iterdir()) == []


def test_the_table_says_the_same_in_words(command: Command) -> None:
    outcome = command("doctor")
    assert outcome.code == 0
    for topic in ("software", "processors", "memory", "disk", "data", "plugins", "settings"):
        assert f"\n{topic}\n" in f"\n{outcome.out}"
    assert "mnist is not here" in outcome.out
    assert "-> digitbench data fetch mnist" in outcome.out
    assert outcome.out.splitlines()[-1].startswith("no faults, ")


def test_a_bad_config_file_is_a_fault_and_the_rest_is_said(command: Command) -> None:
    Path("digitbench.toml").write_text("trails = 5\n")
    outcome = command("doctor", "--json")
    assert outcome.code == 2
    assert outcome.json["faults"] == 1
    ((level, text), *_) = _findings(outcome, "settings")
    assert (level, "trials" in text) == ("fault", True)


def test_a_plugin_that_failed_and_a_damaged_run_are_warnings(
    command: Command, plugin_file: Callable[[str], Path]
) -> None:
    damaged = Path("runs", "20260101T000000Z-x")
    damaged.mkdir(parents=True)
    (damaged / "manifest.json").write_text("{")
    file = plugin_file("raises_on_import")
    outcome = command("doctor", "--json", "--plugin-file", file)
    assert outcome.code == 0
    assert any(level == "warning" for level, _ in _findings(outcome, "plugins"))
    assert any("damaged" in text for _, text in _findings(outcome, "runs"))


@pytest.mark.parametrize(
    ("name", "value", "topic"),
    [
        ("DIGITBENCH_DATA_DIR", "nowhere", "data"),
        ("DIGITBENCH_CACHE_DIR", "file/cache", "disk"),
        ("DIGITBENCH_RUNS_DIR", "file/runs", "disk"),
    ],
)
def test_places_that_cannot_be_used_are_faults(
    name: str, value: str, topic: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    monkeypatch.setenv(name, value)
    outcome = command("doctor", "--json")
    assert outcome.code == 2
    assert any(level == "fault" and value in text for level, text in _findings(outcome, topic))


def test_no_framework_is_imported(workdir: Path) -> None:
    code = """
import sys
sys.argv = ["digitbench", "doctor", "--json"]
from digitbench.cli import main
try:
    main()
except SystemExit:
    pass
print([name for name in ("tensorflow", "sklearn") if name in sys.modules], file=sys.stderr)
"""
    line = [sys.executable, "-c", code]
    result = subprocess.run(line, capture_output=True, encoding="utf-8", check=True)
    assert result.stderr == "[]\n"
