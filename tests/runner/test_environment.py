"""What is recorded of the machine and the versions."""

import pytest

from digitbench.runner.environment import describe_environment


def test_versions_of_plugins_are_recorded_and_missing_ones_left_out() -> None:
    environment = describe_environment(["typer", "no-such-distribution"])
    assert "typer" in environment.versions
    assert "no-such-distribution" not in environment.versions
    assert environment.python.startswith("3.")
    assert environment.memory_bytes is None or environment.memory_bytes > 1 << 28


def test_only_variables_that_are_set_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    variables = describe_environment().variables
    assert "OMP_NUM_THREADS" not in variables
    assert variables["TF_ENABLE_ONEDNN_OPTS"] == "0"
