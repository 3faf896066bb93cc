"""New packages: what is in them, that they are clean, and that nothing is half-written."""

import ast
import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.scaffold import (
    STARTERS,
    PackageNames,
    Starter,
    estimator_starter,
    find_starter,
    write_package,
)

yaml: Any = importlib.import_module("yaml")

ESTIMATORS = [
    "sklearn:ensemble.ExtraTreesClassifier[n_estimators=20]",
    "sklearn:naive_bayes.GaussianNB",
    "estimator:sklearn.neural_network.MLPClassifier",
    "sklearn.neighbors.KNeighborsClassifier",
    "sklearn:ensemble.BaggingClassifier",
]


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return load_plugins()


@pytest.fixture(scope="module")
def types_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where mypy keeps what it finds out about digitbench and NumPy: the slow part."""
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(scope="module", params=[*STARTERS, *ESTIMATORS])
def starter(request: pytest.FixtureRequest, host: PluginHost) -> Starter:
    """Return every starter in turn."""
    name: str = request.param
    return STARTERS[name] if name in STARTERS else estimator_starter(name, host)


def test_a_package_of_every_starter_is_complete_and_clean(starter: Starter, tmp_path: Path) -> None:
    _check_complete_and_clean("my-model", starter, tmp_path)


@pytest.mark.parametrize("model", ["x", "a" * 40])
def test_a_package_of_any_name_is_complete_and_clean(model: str, tmp_path: Path) -> None:
    _check_complete_and_clean(model, STARTERS["numpy"], tmp_path)


def _check_complete_and_clean(model: str, starter: Starter, tmp_path: Path) -> None:
    path = write_package(PackageNames(model), starter, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    package = f"digitbench_{model.replace('-', '_')}"
    assert {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()} == {
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "pyproject.toml",
        f"src/{package}/__init__.py",
        f"src/{package}/classifier.py",
        f"src/{package}/py.typed",
        "tests/test_classifier.py",
        "tests/test_conformance.py",
    }
    project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["digitbench"] == {model: package}
    assert project["project"]["dependencies"][0].startswith("digitbench")
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--no-cache", "."]
        done = subprocess.run(command, cwd=path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_package_is_typed(starter: Starter, types_cache: Path, tmp_path: Path) -> None:
    path = write_package(PackageNames("my-model"), starter, tmp_path)
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(types_cache)]
    done = subprocess.run(command, cwd=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_framework_is_imported_with_the_plugin(starter: Starter, tmp_path: Path) -> None:
    path = write_package(PackageNames("my-model"), starter, tmp_path)
    source = (path / "src/digitbench_my_model/__init__.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    found = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert found <= {"collections.abc", "digitbench", "pathlib", "pydantic"}


@pytest.mark.parametrize(
    ("source", "in_workflow", "in_readme"),
    [
        (None, "${{ vars.DIGITBENCH_SOURCE }}", "=../digitbench\n"),
        ("/home/me/a checkout", "${{ vars.DIGITBENCH_SOURCE }}", "='/home/me/a checkout'\n"),
        (
            "git+https://example.org/digitbench@abc",
            "${{ vars.DIGITBENCH_SOURCE || 'git+https://example.org/digitbench@abc' }}",
            "=git+https://example.org/digitbench@abc\n",
        ),
    ],
)
def test_a_package_says_where_digitbench_comes_from(
    source: str | None,
    in_workflow: str,
    in_readme: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digitbench.scaffold.packages.installed_from", lambda: source)
    path = write_package(PackageNames("x"), STARTERS["numpy"], tmp_path)
    workflow = yaml.safe_load((path / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    assert workflow["env"] == {"DIGITBENCH_SOURCE": in_workflow}
    assert f"export DIGITBENCH_SOURCE{in_readme}" in (path / "README.md").read_text("utf-8")


@pytest.mark.slow
def test_what_a_package_says_of_installing_works(tmp_path: Path) -> None:
    """Typed as on a fresh machine: no index, and nothing that is installed here counts."""
    path = write_package(PackageNames("x"), STARTERS["numpy"], tmp_path)
    workflow = yaml.safe_load((path / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    readme = (path / "README.md").read_text(encoding="utf-8")
    steps = [step.get("run", "") for step in workflow["jobs"]["test"]["steps"]]
    lines = [line for line in (*steps, *readme.splitlines()) if "pip install" in line]
    typed = [line for line in lines if not line.startswith("Where")]
    assert len(typed) == 3
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DIGITBENCH_SOURCE": str(Path(__file__).parents[2]),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DRY_RUN": "1",
        "PIP_IGNORE_INSTALLED": "1",
        "PIP_NO_DEPS": "1",
    }

    def typed_in(line: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "-ec", line],
            cwd=path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    for line in typed:
        done = typed_in(line)
        assert done.returncode == 0, line + done.stderr
        assert "Would install digitbench-0.1.0 digitbench-x-0.1.0" in done.stdout
    del environment["DIGITBENCH_SOURCE"]
    unset = typed_in(typed[0])
    assert unset.returncode != 0
    assert "DIGITBENCH_SOURCE: is not set" in unset.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "path",
    [
        "estimator:lightgbm.LGBMClassifier[n_estimators=5]",
        "estimator:xgboost.XGBClassifier[n_estimators=5,max_depth=3]",
        "estimator:catboost.CatBoostClassifier[iterations=5]",
        "estimator:imblearn.ensemble.BalancedBaggingClassifier",
        "sklearn:ensemble.BaggingClassifier",
        pytest.param("sklearn:linear_model.LogisticRegression", marks=pytest.mark.exhaustive),
    ],
)
def test_a_wrapped_estimator_of_any_library_runs_and_conforms(
    path: str, host: PluginHost, tmp_path: Path
) -> None:
    library = path.partition(":")[2].partition(".")[0] if path.startswith("e") else "sklearn"
    pytest.importorskip(library)
    package = write_package(PackageNames("wrapped"), estimator_starter(path, host), tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "not installed"],
        cwd=package,
        env=os.environ | {"PYTHONPATH": str(package / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_network_needs_a_plugin_of_its_own(host: PluginHost) -> None:
    pytest.importorskip("skorch")
    with pytest.raises(UsageError, match="needs module, which text cannot give"):
        estimator_starter("estimator:skorch.NeuralNetClassifier", host)


def test_an_estimator_keeps_the_options_it_was_given(host: PluginHost, tmp_path: Path) -> None:
    path = write_package(PackageNames("trees"), estimator_starter(ESTIMATORS[0], host), tmp_path)
    source = path / "src/digitbench_trees"
    options = (source / "__init__.py").read_text(encoding="utf-8")
    assert "n_estimators: AnyValue = Field(\n        20,\n" in options
    assert "deterministic" not in options
    classifier = (source / "classifier.py").read_text(encoding="utf-8")
    assert "from sklearn.ensemble import ExtraTreesClassifier" in classifier
    assert "random_state=context.seed" in classifier
    assert "predict_proba" in classifier
    assert 'parallel_config(backend="threading")' in classifier
    assert "scikit-learn>=" in (path / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["softmax", "sklearn:svm.SVC,sklearn:svm.NuSVC", "svm:x"])
def test_what_is_no_estimator_is_refused(path: str, host: PluginHost) -> None:
    with pytest.raises(UsageError):
        estimator_starter(path, host)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Model", "no name for a model"),
        ("1st", "no name for a model"),
        ("a--b", "no name for a model"),
        ("a-", "no name for a model"),
        ("../a", "no name for a model"),
        ("", "no name for a model"),
        ("a" * 41, "at most 40"),
        ("all", "is reserved"),
        ("knn", "there is a model 'knn' already"),
        ("digitbench-svm", "there is a model 'svm' already"),
        ("sklearn", "digitbench-sklearn is installed already"),
    ],
)
def test_bad_names_are_refused(name: str, message: str, host: PluginHost) -> None:
    with pytest.raises(UsageError, match=message):
        PackageNames.for_model(name, host)


def test_names_follow_from_the_models(host: PluginHost) -> None:
    names = PackageNames.for_model("digitbench-my_model", host)
    assert (names.model, names.distribution, names.package) == (
        "my_model",
        "digitbench-my-model",
        "digitbench_my_model",
    )


def test_an_unknown_template_is_answered_with_the_near_one() -> None:
    with pytest.raises(UsageError, match="did you mean keras"):
        find_starter("kerras")
    with pytest.raises(UsageError, match="there are: numpy, sklearn, keras, torch"):
        find_starter("jax")


def test_a_directory_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "digitbench-x").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        write_package(PackageNames("x"), STARTERS["numpy"], tmp_path)
    assert list((tmp_path / "digitbench-x").iterdir()) == []
    with pytest.raises(UsageError, match="there is no directory"):
        write_package(PackageNames("x"), STARTERS["numpy"], tmp_path / "elsewhere")


def test_nothing_is_left_of_a_package_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(UsageError, match="No space left"):
        write_package(PackageNames("x"), STARTERS["numpy"], tmp_path)
    assert list(tmp_path.iterdir()) == []
