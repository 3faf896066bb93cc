"""`digitbench export RUN:MODEL`: a kept model in a format that other programs read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from digitbench import load_model
from digitbench.cli import app

Command = Callable[..., Any]

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run that keeps two models, one of which has no other format."""
    runs = tmp_path_factory.mktemp("kept") / "runs"
    options = ("--dataset", "digits", "--engine", "inline", "--runs-dir", str(runs))
    outcome = CliRunner().invoke(app, ["run", "knn,knn[backend=sklearn]", *options])
    assert outcome.exit_code == 0, outcome.stderr
    return runs


@pytest.fixture
def export(command: Command, runs: Path, workdir: Path) -> Command:
    """Return a function that exports in an empty directory."""
    return lambda *arguments: command("export", *arguments, "--runs-dir", runs)


def test_a_kept_model_is_written_to_a_file_named_like_it(export: Command, runs: Path) -> None:
    import onnxruntime

    outcome = export("latest:knn", "--to", "onnx")
    assert outcome.code == 0, outcome.err
    assert outcome.out == "knn written as onnx to knn.onnx\n"
    images = np.random.default_rng(1).integers(0, 256, (9, 28, 28)).astype(np.uint8)
    session = onnxruntime.InferenceSession("knn.onnx")
    given, probabilities = session.run(["label", "probabilities"], {"images": images})
    model = load_model("latest:knn", runs_dir=runs)
    np.testing.assert_array_equal(given, model.predict(images))
    np.testing.assert_array_equal(probabilities, model.predict_proba(images))

    assert export("knn", "--to", "onnx", "-o", "there.onnx").code == 0
    written = Path("knn.onnx").read_bytes()
    assert Path("there.onnx").read_bytes() == written
    Path("knn.onnx").write_text("what was there before")
    assert model.export("onnx") == Path("knn.onnx")
    assert Path("knn.onnx").read_bytes() == written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("latest:knn", "--to", "savedmodel"), "as savedmodel; it can be written as onnx"),
        (("latest:knn", "--to", "flie"), "knn cannot be written as flie; it can be"),
        (("latest:knn", "--to", "mlflow"), "mlflow takes a whole run: leave out :knn"),
        (("latest", "--to", "onnx"), "kept several models: name one as RUN:MODEL"),
        (("latest:cnn", "--to", "onnx"), "has no model 'cnn'"),
        (("cnn", "--to", "onnx"), "kept a model 'cnn'"),
        (("latest:knn", "--to", "onnx", "-o", "no/where"), "there is no directory no: make it"),
        (("latest:knn", "--to", "onnx", "-o", "-"), "standard output: name a file"),
        (("latest:knn", "--to", "onnx", "-o", "."), "is a directory that is there already"),
        (("latest:knn[backend=sklearn]", "--to", "onnx"), "with backend=exact alone"),
    ],
)
def test_what_goes_wrong_gets_one_line_and_leaves_nothing(
    export: Command, workdir: Path, arguments: tuple[str, ...], message: str
) -> None:
    outcome = export(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert list(workdir.iterdir()) == []
