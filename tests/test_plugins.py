"""The plugin host: loading one by one, checking records, reporting failures."""

import textwrap
from collections.abc import Callable
from importlib.metadata import EntryPoint, PathDistribution, entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import Field

from digitbench import ModelOptions, ModelSpec, PublishedResult, hookimpl
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, PluginInfo, load_plugins

HostOf = Callable[..., PluginHost]


class Bounded(ModelOptions):
    """Options with a default that a run can keep."""

    limit: float = Field(1.0, description="A limit")


class Unbounded(ModelOptions):
    """Options with a default that it cannot keep."""

    limit: float = Field(float("inf"), description="A limit")


def reasons(host: PluginHost) -> list[str]:
    return [failure.reason for failure in host.failures]


@pytest.fixture
def fake_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[EntryPoint]]:
    """Return a function that installs a distribution with one entry point and lists it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(name: str, module: str, code: str, entry_point: str) -> list[EntryPoint]:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = tmp_path / f"{name}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[digitbench]\n{entry_point} = {module}\n", encoding="utf-8"
        )
        return list(PathDistribution(info).entry_points)

    return install


MODEL = """
    from digitbench import ModelSpec, hookimpl

    @hookimpl
    def digitbench_models():
        return [ModelSpec(name="{name}", summary="A model", build=lambda options, context: None)]
"""


def test_a_strangers_distribution_is_found_like_a_built_in_one(
    fake_distribution: Callable[..., list[EntryPoint]],
) -> None:
    fake_distribution("stranger", "stranger_module", MODEL.format(name="strange"), "strange")
    host = load_plugins()
    assert {"softmax", "svm", "knn", "cnn", "strange"} <= host.models.keys()
    assert {"mnist", "digits"} <= host.datasets.keys()
    assert str(host.models["strange"].plugin) == "strange (stranger 1.5)"
    assert host.models["cnn"].plugin.distribution == "digitbench"
    assert host.failures == []


def test_built_ins_come_from_the_entry_point_group() -> None:
    host = load_plugins(installed=[])
    assert host.models == {}
    assert host.datasets == {}
    names = {entry_point.name for entry_point in entry_points(group="digitbench")}
    assert {"datasets", "softmax", "sklearn", "cnn"} <= names


def test_a_name_already_taken_is_reported_with_both_providers(
    fake_distribution: Callable[..., list[EntryPoint]],
) -> None:
    fake_distribution("aaa-thief", "thief_module", MODEL.format(name="softmax"), "thief")
    host = load_plugins()
    assert host.models["softmax"].plugin.distribution == "digitbench"
    (failure,) = host.failures
    assert str(failure).startswith("plugin thief (aaa-thief 1.5): ")
    assert "'softmax' is already taken by softmax (digitbench " in str(failure)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises_on_import", "failed to load: RuntimeError: broken at import"),
        ("exits_on_import", "failed to load: SystemExit: 4"),
        ("no_hooks", "it has no hook; mark its functions with digitbench.hookimpl"),
        ("misspelt_hook", "unknown hook 'digitbench_modles'"),
        ("wrong_arguments", "Argument(s) {'registry'} are declared in the hookimpl"),
        ("raises_in_hook", "digitbench_models failed: ValueError: cannot list the models"),
    ],
)
def test_a_broken_plugin_is_reported_and_the_others_work(
    host_of: HostOf, name: str, reason: str
) -> None:
    host = host_of(name, "centroid")
    assert list(host.models) == ["centroid"]
    (failure,) = host.failures
    assert reason in str(failure)
    assert "\n" not in str(failure)
    assert failure.plugin.name.endswith(f"{name}.py")


def test_a_broken_installed_plugin_is_reported(
    fake_distribution: Callable[..., list[EntryPoint]],
) -> None:
    found = fake_distribution("broken", "broken_module", "import nowhere_at_all", "broken")
    host = load_plugins(installed=found)
    assert reasons(host) == [
        "failed to load: ModuleNotFoundError: No module named 'nowhere_at_all'"
    ]


def test_bad_records_are_refused_one_by_one(host_of: HostOf) -> None:
    host = host_of("bad_records")
    assert list(host.models) == ["good"]
    expected = [
        "expected a ModelSpec, got dict",
        "bad model name 'Bad Name'",
        "the model name 'all' is reserved",
        "model 'no-summary': the summary must be one line of text",
        "model 'no-build': build is not callable",
        "model 'no-options': options must be a subclass of ModelOptions",
        "model 'needs-value': every option needs a valid default",
        "model 'bad-quick': bad quick_options (",
        "model 'no-quick': bad quick_options (",
        "model 'bad-published': published must be a PublishedResult or None",
        "the name 'good' is already taken by",
    ]
    assert len(host.failures) == len(expected)
    for reason, part in zip(reasons(host), expected, strict=True):
        assert part in reason


def test_exporters_are_collected_and_bad_ones_refused(host_of: HostOf) -> None:
    host = host_of("bad_exporters", "exporters")
    assert list(host.exporters) == ["good", "file", "metrics", "refusing", "broken", "leaving"]
    expected = [
        "digitbench_exporters: expected an ExporterSpec, got str",
        "bad exporter name 'Bad Name'",
        "the exporter name 'all' is reserved",
        "exporter 'no-summary': the summary must be one line of text",
        "exporter 'no-export': export is not callable",
        "the name 'good' is already taken by",
    ]
    assert len(host.failures) == len(expected)
    for reason, part in zip(reasons(host), expected, strict=True):
        assert part in reason


def test_plugins_can_be_disabled_by_name_or_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITBENCH_DISABLE_PLUGINS", "cnn, sklearn")
    host = load_plugins()
    assert "softmax" in host.models
    assert not {"cnn", "svm", "knn"} & host.models.keys()
    assert [info.name for info in host.disabled] == ["cnn", "sklearn"]
    assert load_plugins(disabled={"digitbench"}).models == {}


def test_a_missing_plugin_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.py does not exist"):
        load_plugins(files=[tmp_path / "nothing.py"], installed=[])


def test_a_file_that_is_not_python_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "plugin.txt"
    path.write_text("hello", encoding="utf-8")
    host = load_plugins(files=[path], installed=[])
    assert "its name must end in .py" in reasons(host)[0]


def test_two_files_of_one_name_do_not_mix(host_of: HostOf, tmp_path: Path) -> None:
    for folder, model in (("a", "first"), ("b", "second")):
        (tmp_path / folder).mkdir()
        code = textwrap.dedent(MODEL.format(name=model))
        (tmp_path / folder / "idea.py").write_text(code, encoding="utf-8")
    host = load_plugins(files=[tmp_path / "a/idea.py", tmp_path / "b/idea.py"], installed=[])
    assert list(host.models) == ["first", "second"]


def test_a_plugin_that_fails_in_a_run_hook_is_left_out_and_the_rest_hears(
    host_of: HostOf, caplog: pytest.LogCaptureFixture
) -> None:
    host = host_of("bad_tracker", "centroid")
    heard = []

    class Listener:
        from digitbench import hookimpl

        @hookimpl
        def digitbench_trial_finished(self, result: object) -> None:
            heard.append(result)

    with host.listening(Listener()):
        host.notify("digitbench_trial_finished", plan=None, result=1)
        host.notify("digitbench_trial_finished", plan=None, result=2)
    host.notify("digitbench_trial_finished", plan=None, result=3)
    assert heard == [1, 2]
    (failure,) = host.failures
    assert "ConnectionError: the tracking server is gone" in failure.reason
    assert caplog.text.count("the tracking server is gone") == 1


def test_an_error_of_a_listener_is_not_swallowed(host_of: HostOf) -> None:
    class FullDisk:
        from digitbench import hookimpl

        @hookimpl
        def digitbench_run_started(self, plan: object) -> None:
            raise OSError("disk full")

    host = host_of("centroid")
    with host.listening(FullDisk()), pytest.raises(OSError, match="disk full"):
        host.notify("digitbench_run_started", plan=None, record=None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"summary": "a\x1b[31mb"}, "the summary must be one line of text, of at most 1,000"),
        ({"summary": "caf\udce9"}, "the summary must be one line of text"),
        ({"summary": "x" * 10_000_000}, "the summary must be one line of text"),
        ({"name": "x" * 10_000_000 + "!"}, "bad model name 'xxx"),
        ({"name": "x" * 101}, "bad model name 'xxx"),
        ({"deterministic": "yes"}, "deterministic must be true, false or a function"),
        ({"load": "model.npz"}, "load must be a function or None"),
        ({"exports": {"onnx": "model.onnx"}}, "exports must map names of formats to functions"),
        ({"exports": ["onnx"]}, "exports must map names of formats to functions"),
        ({"options": Unbounded}, "every option needs a valid default"),
        ({"quick_options": {"limit": float("nan")}}, "bad quick_options"),
        (
            {"published": PublishedResult(dataset="d", accuracies=(98.5,), source="s")},
            "published accuracies must be fractions, 0 to 1",
        ),
        (
            {"published": PublishedResult(dataset="d", accuracies=(0.5,), source="a\nb")},
            "published must name its data set and source in a line",
        ),
    ],
)
def test_a_record_that_no_run_can_keep_is_left_out(changes: dict[str, Any], reason: str) -> None:
    sound: dict[str, Any] = {
        "name": "m",
        "summary": "A model",
        "build": print,
        "options": Bounded,
    }
    host = PluginHost()
    plugin = SimpleNamespace(
        digitbench_models=hookimpl(
            lambda: [ModelSpec(**sound | changes), ModelSpec(**sound | {"name": "other"})]
        )
    )
    host.add(PluginInfo("p"), lambda: plugin)
    assert list(host.models) == ["other"]
    (failure,) = host.failures
    assert reason in str(failure)
    assert len(str(failure)) < 500
