"""What a diagnosis says of versions that do not fit and of libraries that do not start."""

import pytest

from digitbench.report.diagnosis import Level
from digitbench.runner.environment import describe_environment
from digitbench.workflows.health import software
from digitbench.workflows.health.software import of_framework, of_versions

ENVIRONMENT = describe_environment()


def test_requirements_in_turn_are_held_against_what_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = {
        "digitbench": ["scipy>=1", "gone>=2", 'odd; extra == "dev"', 'old; python_version < "3"'],
        "scipy": ["numpy<2.7,>=1.26"],
    }
    found = {"scipy": "1.17", "numpy": "3.0"}
    monkeypatch.setattr(software, "own_distribution", lambda: None)
    monkeypatch.setattr(software, "requires", needs.get)
    monkeypatch.setattr(software, "_version", found.get)
    faults = [finding for finding in of_versions(ENVIRONMENT) if finding.level is Level.FAULT]
    assert [(fault.text, fault.advice) for fault in faults] == [
        ("there is no gone, and digitbench needs gone>=2", 'pip install "gone>=2"'),
        (
            "there is numpy 3.0, and scipy needs numpy<2.7,>=1.26",
            'pip install "numpy<2.7,>=1.26"',
        ),
    ]


def test_frameworks_are_tried_in_processes_that_end(monkeypatch: pytest.MonkeyPatch) -> None:
    probes = {
        "well": "devices = ['/device:CPU:0']",
        "broken": "raise ImportError('libx is missing')",
        "hangs": "import time; time.sleep(60)",
    }
    monkeypatch.setattr(software, "FRAMEWORKS", probes)
    well, devices = of_framework("well")
    assert (well.level, devices) == (Level.OK, ("/device:CPU:0",))
    broken, none = of_framework("broken")
    assert (broken.level, none) == (Level.FAULT, ())
    assert broken.text == "broken does not work: ImportError: libx is missing"
    assert broken.advice == "pip install --force-reinstall broken"
    hangs, _ = of_framework("hangs", timeout_seconds=0.5)
    assert hangs.text == "hangs does not work: importing it takes more than 0.5 s"
