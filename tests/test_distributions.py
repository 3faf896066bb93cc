"""Installed plugins: digitbench's own among stale metadata, and strangers with damaged ones."""

from collections.abc import Callable
from importlib.metadata import Distribution
from pathlib import Path

import pytest

import digitbench
from digitbench import distributions
from digitbench.errors import UsageError
from digitbench.plugins import load_plugins
from digitbench.runner.environment import describe_environment
from digitbench.runner.resolve import find_model
from digitbench.workflows.health.software import of_plugins, of_versions

Installed = Callable[..., Path]

MODULE = """
from digitbench import ModelSpec, hookimpl

@hookimpl
def digitbench_models():
    return [ModelSpec(name="strange", summary="A model", build=lambda options, context: None)]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Return a function that puts the metadata of a distribution before all others."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "strange_module.py").write_text(MODULE, encoding="utf-8")

    def make(
        folder: str, metadata: str | None = None, entry_points: str | bytes | None = None
    ) -> Path:
        info = tmp_path / folder
        info.mkdir()
        if metadata is not None:
            (info / "METADATA").write_text(metadata, encoding="utf-8")
        if isinstance(entry_points, str):
            entry_points = entry_points.encode()
        if entry_points is not None:
            (info / "entry_points.txt").write_bytes(entry_points)
        return info

    return make


STRANGE = "[digitbench]\nstrange = strange_module\n"
NAMED = "Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n"


@pytest.mark.parametrize(
    ("metadata", "entry_points"),
    [
        (None, None),
        ("Metadata-Version: 2.1\nName: digitbench\nVersion: 0.0.9\n", None),
        ("Metadata-Version: 2.1\nName: digitbench\nVersion: 0.0.9\n", STRANGE),
    ],
)
def test_stale_metadata_before_ours_hide_nothing(
    install: Installed, metadata: str | None, entry_points: str | None
) -> None:
    stale = install("digitbench-0.0.9.dist-info", metadata, entry_points)
    host = load_plugins()
    assert host.failures == []
    assert {"softmax", "svm", "knn", "cnn"} <= host.models.keys()
    assert host.models["knn"].plugin.version == digitbench.__version__
    assert any(found.text.startswith(f"{stale} is what") for found in of_plugins(host))
    environment = describe_environment()
    assert environment.versions["digitbench"] == digitbench.__version__
    assert not [found for found in of_versions(environment) if "and digitbench" in found.text]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], "it is not installed but only found in"),
        (["somewhere"], "name no plugins"),
    ],
)
def test_that_our_own_are_missing_is_said_wherever_a_name_is_not_found(
    install: Installed, monkeypatch: pytest.MonkeyPatch, found: list[str], reason: str
) -> None:
    empty = Distribution.at(install("digitbench-0.0.9.dist-info"))
    monkeypatch.setattr(distributions, "own_distributions", lambda: [empty for _ in found])
    host = load_plugins()
    assert "knn" not in host.models
    assert [str(failure.plugin) for failure in host.failures] == ["digitbench"]
    assert reason in host.failures[0].reason
    with pytest.raises(UsageError, match=f"there is no model 'knn'.*{reason}"):
        find_model("knn", host)


def test_that_they_were_left_out_on_purpose_is_said_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITBENCH_DISABLE_PLUGINS", "sklearn")
    with pytest.raises(UsageError, match="left out: by DIGITBENCH_DISABLE_PLUGINS: sklearn"):
        find_model("knn", load_plugins())


@pytest.mark.parametrize(
    ("metadata", "entry_points", "reason"),
    [
        (None, STRANGE, "are damaged"),
        ("Metadata-Version: 2.1\nName: stranger\n", STRANGE, "it has no version"),
        (NAMED, "[digitbench]\nnothing\n", "are damaged"),
        (NAMED, "[digitbench]\nstrange = not a module!\n", "failed to load: "),
        (NAMED, "[digitbench]\nstrange = strange_module:gone\n", "failed to load: AttributeError"),
    ],
)
def test_what_is_wrong_with_a_stranger_s_metadata_is_his_alone(
    install: Installed, metadata: str | None, entry_points: str, reason: str
) -> None:
    install("stranger-1.0.dist-info", metadata, entry_points)
    host = load_plugins()
    assert {"softmax", "knn"} <= host.models.keys()
    (failure,) = host.failures
    assert "strange" in str(failure)
    assert reason in failure.reason


def test_entry_points_that_are_no_text_are_nobody_s(install: Installed) -> None:
    install("stranger-1.0.dist-info", NAMED, b"[digitbench]\n\xff\xfe = x\n")
    assert load_plugins().failures == []


def test_of_two_of_one_name_the_first_counts(install: Installed, tmp_path: Path) -> None:
    install("stranger-1.0.dist-info", NAMED, STRANGE)
    install("Stranger-0.9.dist-info", NAMED.replace("1.0", "0.9"), STRANGE)
    host = load_plugins()
    assert host.failures == []
    assert host.models["strange"].plugin.distribution == "stranger"


def test_an_object_that_is_loaded_twice_is_named(install: Installed) -> None:
    twice = "[digitbench]\nfirst = strange_module\nsecond = strange_module\n"
    install("stranger-1.0.dist-info", NAMED, twice)
    (failure,) = load_plugins().failures
    assert failure.reason == "failed to load: it is loaded already, as first (stranger 1.0)"
