"""Whatever lies in a kept model's directory: one line, no code run, and no more memory than due."""

import functools
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import hostile_models
from digitbench.cli import app
from digitbench.errors import DigitbenchError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.workflows.kept import load_kept_model
from digitbench.workflows.messages import SilentMessages

QUICK = "knn,sklearn:ensemble.ExtraTreesClassifier[n_estimators=3]"
MANY = 500
MOST_MORE_MEMORY = 1_000_000_000
"""Bytes beside what a sound model takes: an archive may unpack to 500 MB, which is copied."""


def kept(models: str, root: Path) -> list[Path]:
    """Train models on a few digits and return the directories that they are kept in."""
    place = ("--runs-dir", str(root / "runs"))
    few = ("--quick", "--dataset", "digits", "--engine", "inline", "--keep", "first")
    outcome = CliRunner().invoke(app, ["run", models, *few, *place])
    assert outcome.exit_code == 0, outcome.output
    return sorted((root / "runs").glob("*/models/*"))


@functools.cache
def plugins() -> PluginHost:
    return load_plugins()


def load(directory: Path) -> str:
    """Load a kept model, predict with it, and return the line that refuses it; else nothing."""
    try:
        model = load_kept_model(
            str(directory),
            runs_dir=directory.parent,
            messages=SilentMessages(),
            host=plugins(),
        )
        images = np.random.default_rng(1).integers(0, 256, (20, 28, 28)).astype(np.uint8)
        model.predict(images)
        model.predict_proba(images)
    except DigitbenchError as error:
        return str(error)
    return ""


def assert_one_line(name: str, said: str) -> None:
    assert len(said.splitlines()) == 1, (name, said)
    assert len(said) < 2500, (name, said)
    assert said.isprintable(), (name, said)


MAY_BE_SOUND = ("flipped", "spliced", "record flipped", "truncated", "added, signed")
"""Damage that may hit what nobody reads, or numbers that are as good as others."""


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return kept(QUICK, tmp_path_factory.mktemp("kept"))


def test_damaged_models_are_refused_in_one_line(
    few: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kinds = hostile_models.damages(with_bombs=False)
    (tmp_path / "hostile").mkdir()
    for name, copy in hostile_models.hostile(
        few, tmp_path / "hostile", len(kinds), seed=1, kinds=kinds
    ):
        said = load(copy)
        if said or not name.startswith(MAY_BE_SOUND):
            assert_one_line(name, said)
    assert not (tmp_path / hostile_models.RAN).exists()


CHILD = """
import json, resource, sys
from pathlib import Path
from test_kept_models import load
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
sound, *cases = json.loads(sys.stdin.read())
for directory in sound:
    assert load(Path(directory)) == ""
before = peak()
for directory in cases:
    print(json.dumps([load(Path(directory)), peak() - before]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
def test_five_hundred_hostile_models_do_no_harm(tmp_path: Path) -> None:
    models = kept(f"{QUICK},softmax,svm[probability=true],knn[backend=sklearn]", tmp_path)
    (tmp_path / "hostile").mkdir()
    cases = list(
        hostile_models.hostile(
            models,
            tmp_path / "hostile",
            MANY,
            seed=2,
            kinds=hostile_models.damages(with_bombs=True),
        )
    )
    path = [str(Path(__file__).parent), str(Path(hostile_models.__file__).parent)]
    child = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path += {path!r}\n{CHILD}"],
        input=json.dumps([list(map(str, models)), *(str(copy) for _, copy in cases)]),
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )
    answers: list[tuple[str, int]] = [json.loads(line) for line in child.stdout.splitlines()]
    assert (child.returncode, len(answers)) == (0, MANY), child.stderr[-2000:]
    for (name, _), (said, more) in zip(cases, answers, strict=True):
        if said or not name.startswith(MAY_BE_SOUND):
            assert_one_line(name, said)
        assert more < MOST_MORE_MEMORY, name
    assert not (tmp_path / hostile_models.RAN).exists()


def test_a_sound_model_is_loaded(few: list[Path]) -> None:
    for model in few:
        assert load(model) == ""


def test_what_this_file_calls_harm_is_harm(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    pickle.loads(hostile_models.pickles()[2])  # noqa: S301 - made just now
    assert (tmp_path / hostile_models.RAN).exists()
