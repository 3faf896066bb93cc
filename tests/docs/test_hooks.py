"""`docs/hooks.md` says what the code does, and its examples work as plugins."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import digitbench
from digitbench import hookspecs
from digitbench.analysis.summary import summarise
from digitbench.datasets.load import load_dataset
from digitbench.errors import UsageError
from digitbench.exporting import export_run
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.plugin_metrics import computed_metrics
from digitbench.runner.run import run_plan
from digitbench.runner.set_requests import parse_test_sets
from digitbench.runner.wanted_sets import load_sets, resolve_test_sets
from digitbench.store import read_results, read_run
from digitbench.types import DataContext, EngineContext, RunRecord

RUN_HOOKS = {
    "digitbench_run_started": "models: centroid\n",
    "digitbench_trial_started": "centroid: trial 1, seed ",
    "digitbench_trial_phase": "centroid: trial 1, predict\n",
    "digitbench_trial_progress": "centroid: epoch 1 of 1\n",
    "digitbench_trial_finished": "centroid 1 1.0\n",
    "digitbench_run_finished": "complete 1 trials\n",
}


@pytest.fixture
def example_file(generate: ModuleType, tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a hook's example to a file of its own."""

    def write(name: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(generate.example(getattr(hookspecs, name)), encoding="utf-8")
        return path

    return write


def test_every_hook_is_on_the_page_and_has_an_example(generate: ModuleType, root: Path) -> None:
    page = (root / "docs" / "hooks.md").read_text(encoding="utf-8")
    hooks = generate.hooks()
    offers = {
        "digitbench_models",
        "digitbench_model_families",
        "digitbench_datasets",
        "digitbench_test_sets",
        "digitbench_exporters",
        "digitbench_metrics",
        "digitbench_engines",
    }
    assert set(hooks) == offers | RUN_HOOKS.keys()
    assert re.findall(r"^::: digitbench\.hookspecs\.(\w+)$", page, re.MULTILINE) == list(hooks)
    assert all(generate.example(hook) for hook in hooks.values())


def test_every_public_name_is_on_the_page_of_the_api(root: Path) -> None:
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    names = re.findall(r"^::: digitbench\.(\w+)$", page, re.MULTILINE)
    assert sorted(names) == sorted({*digitbench.__all__} - {"__version__"})


def test_the_example_of_models_offers_a_model(example_file: Callable[[str], Path]) -> None:
    host = load_plugins(files=[example_file("digitbench_models")], installed=[])
    assert host.failures == []
    assert list(host.models) == ["centroid"]


def test_the_example_of_families_makes_models(
    example_file: Callable[[str], Path], run_tiny: Callable[[PluginHost, str], RunRecord]
) -> None:
    host = load_plugins(files=[example_file("digitbench_model_families")], installed=[])
    assert host.failures == []
    record = run_tiny(host, "always:7,always:3")
    assert [result.accuracy for result in record.results] == [0.1, 0.1]
    with pytest.raises(UsageError, match="there is no digit 'x'"):
        host.model("always:x")


def test_the_example_of_engines_runs_trials(
    example_file: Callable[[str], Path],
    plugin_file: Callable[[str], Path],
    plan_of: Any,
    tiny_data: Any,
    tmp_path: Path,
) -> None:
    files = [example_file("digitbench_engines"), plugin_file("centroid")]
    host = load_plugins(files=files, installed=[])
    assert host.failures == []
    plan = plan_of(host, "centroid[noise=1]", trials=3)
    engine = make_engine("backwards", host, EngineContext())
    record = read_run(run_plan(plan, host, tiny_data, engine, tmp_path / "runs"))
    assert record.status == "complete"
    assert [result.spec.trial for result in record.results] == [3, 2, 1]


def test_the_example_of_datasets_loads(example_file: Callable[[str], Path], tmp_path: Path) -> None:
    host = load_plugins(files=[example_file("digitbench_datasets")], installed=[])
    assert host.failures == []
    loaded = load_dataset(host.datasets["blank"].spec, DataContext(tmp_path))
    assert len(loaded.dataset.train) == 40
    for split, writers in ((loaded.dataset.train, 4), (loaded.dataset.test, 2)):
        assert split.groups is not None
        assert (split.groups.name, split.groups.count) == ("writer", writers)
    assert loaded.canonical is None


def test_the_example_of_test_sets_is_predicted(
    example_file: Callable[[str], Path],
    plugin_file: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    files = [example_file("digitbench_test_sets"), plugin_file("elsewhere")]
    host = load_plugins(files=files, installed=[])
    assert host.failures == []
    context = DataContext(tmp_path)
    loaded = load_dataset(host.datasets["tiny"].spec, context)
    wanted = resolve_test_sets(parse_test_sets("negative"), host)
    (found,) = load_sets(wanted, loaded, context, pytest.fail).test_sets.values()
    (condition,) = found.conditions
    assert condition.images is not None
    assert (condition.images == 255 - loaded.dataset.test.images).all()


def test_the_example_of_exporters_exports(
    example_file: Callable[[str], Path],
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
    tmp_path: Path,
) -> None:
    host = load_plugins(files=[example_file("digitbench_exporters")], installed=[])
    assert host.failures == []
    record = run_tiny(host_of("centroid"), "centroid")
    path = tmp_path / "exported.json"
    said = export_run(host.exporters["json"].spec, record, str(path))
    assert said == f"1 trials written to {path}"
    assert RunRecord.model_validate_json(path.read_text(encoding="utf-8")).id == record.id


@pytest.mark.parametrize(("hook", "said"), RUN_HOOKS.items())
def test_the_example_of_a_run_hook_hears_of_the_run(
    hook: str,
    said: str,
    example_file: Callable[[str], Path],
    plugin_file: Callable[[str], Path],
    run_tiny: Callable[[PluginHost, str], RunRecord],
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = [plugin_file("centroid"), example_file(hook)]
    host = load_plugins(files=files, installed=[])
    assert host.failures == []
    run_tiny(host, "centroid")
    assert host.failures == []
    assert said in capsys.readouterr().out


def test_the_example_of_metrics_is_shown_with_a_stored_run(
    example_file: Callable[[str], Path],
    host_of: Callable[..., PluginHost],
    run_tiny: Callable[[PluginHost, str], RunRecord],
) -> None:
    host = load_plugins(files=[example_file("digitbench_metrics")], installed=[])
    assert host.failures == []
    record = run_tiny(host_of("centroid"), "centroid")
    assert record.directory is not None
    assert record.test_labels is not None
    found = computed_metrics(
        host.metrics.values(), read_results(record.directory), record.test_labels
    )
    assert found.problems == ()
    (row,) = summarise(record, found)
    top2 = row.figure(found.metrics[0])
    assert top2 is not None
    assert row.accuracy is not None
    assert row.accuracy.mean <= top2 <= 1
