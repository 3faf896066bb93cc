"""`docs/python.md` and the notebook, from the first line to the last."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitbench

PAGE = "docs/python.md"
NOTEBOOK = "docs/examples/compare_models.ipynb"


@pytest.fixture
def kernel(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield a client of a real kernel, which works in an empty directory."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.v4.new_notebook()
    client = NotebookClient(
        notebook,
        timeout=240,
        resources={"metadata": {"path": str(tmp_path)}},
        kernel_name="python3",
    )
    with client.setup_kernel():
        yield client


def run_cell(client: Any, text: str, *, may_fail: bool = False) -> Any:
    """Run a cell and return it with its outputs."""
    import nbformat

    cell = nbformat.v4.new_code_cell(text)
    if may_fail:
        cell.metadata["tags"] = ["raises-exception"]
    client.nb.cells.append(cell)
    return client.execute_cell(cell, len(client.nb.cells) - 1)


def shown(cell: Any, kind: str) -> str:
    """Return what a cell shows of a kind, such as `text/html`."""
    return "".join(
        output.data[kind] for output in cell.outputs if kind in getattr(output, "data", {})
    )


def printed(cell: Any) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


@pytest.mark.slow
def test_every_block_of_the_page_runs(blocks: Callable[[str], list[Any]], tmp_path: Path) -> None:
    python = [block for block in blocks(PAGE) if block.language == "python" and not block.marker]
    assert len(python) >= 4
    script = tmp_path / "page.py"
    script.write_text(
        "import matplotlib\nmatplotlib.use('agg')\n" + "\n".join(block.text for block in python),
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "knn[k=3] is better than softmax" in done.stdout


def test_the_data_set_of_the_page_is_mnist_turned(
    blocks: Callable[[str], list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = (block for block in blocks(PAGE) if block.marker == "file: rotated.py")
    file = tmp_path / "rotated.py"
    text = block.text.replace('load_dataset("mnist"', 'load_dataset("digits"')  # no download here
    file.write_text(text, encoding="utf-8")
    turned = digitbench.load_dataset("rotated-mnist", plugin_files=[file])
    digits = digitbench.load_dataset("digits")
    np.testing.assert_array_equal(turned.test.images[0], np.rot90(digits.test.images[0]))
    monkeypatch.chdir(tmp_path)
    run = digitbench.run(
        "knn[k=1]", dataset="rotated-mnist", plugin_files=[file], engine="inline", trials=1
    )
    assert run.record.plan.dataset.fingerprint == digitbench.fingerprint(turned.train, turned.test)
    assert run.record.plan.dataset.fingerprint != digitbench.fingerprint(digits.train, digits.test)


@pytest.mark.slow
def test_the_notebook_runs_in_a_real_kernel(root: Path, kernel: Any) -> None:
    import nbformat

    notebook = nbformat.read(root / NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs for cell in code)  # none is committed
    done = [run_cell(kernel, cell.source) for cell in code]
    assert code[0].source.count("\n") < 5
    assert "knn[k=1] is better than softmax" in printed(done[0])
    assert "<table>" in shown(done[0], "text/html")
    assert "<img" in shown(done[1], "text/html")
    assert shown(done[-2], "image/png")
    assert shown(done[-1], "text/html").count("<tr") >= 11
    shells = [sys.executable, "-m", "digitbench", "run", "-m", "softmax,knn[k=1],knn[k=3]"]
    folder = kernel.resources["metadata"]["path"]
    subprocess.run(
        [*shells, "-d", "digits", "-t", "3", "--runs-dir", "shell"],
        cwd=folder,
        capture_output=True,
        check=True,
    )
    theirs = digitbench.load_run(runs_dir=Path(folder, "shell"))
    first = sorted(Path(folder, "runs").iterdir())[0]
    ours = digitbench.load_run(first)
    assert ours.models == theirs.models
    for model in ours.models:
        np.testing.assert_array_equal(ours.predictions(model), theirs.predictions(model))


@pytest.mark.slow
def test_the_kernel_outlives_a_class_that_segfaults_and_one_that_hangs(kernel: Any) -> None:
    done = run_cell(
        kernel,
        """
import ctypes, time
import digitbench

class Crashes:
    def fit(self, train, validation): pass
    def predict(self, images): ctypes.string_at(0)

class Hangs:
    def fit(self, train, validation): time.sleep(600)
    def predict(self, images): return [0] * len(images)

run = digitbench.run(
    {"crashes": Crashes, "hangs": Hangs, "fine": "knn[k=1]"},
    dataset="digits", trials=1, timeout=20,
)
run
""",
    )
    html = shown(done, "text/html")
    assert "SIGSEGV" in html
    assert "timed out after 20 s" in html
    assert "knn[k=1]" not in html
    assert "fine" in html
    assert printed(run_cell(kernel, "print(run.status, 1 + 1)")) == "complete 2\n"


@pytest.mark.slow
def test_the_kernels_interrupt_returns_what_has_finished(kernel: Any) -> None:
    run_cell(
        kernel,
        """
import time
import digitbench

class Hangs:
    def fit(self, train, validation): time.sleep(600)
    def predict(self, images): return [0] * len(images)
""",
    )
    interrupted = threading.Event()

    def interrupt_once_a_trial_is_there() -> None:
        folder = Path(kernel.resources["metadata"]["path"], "runs")
        while not interrupted.wait(0.5):
            if any(file.stat().st_size for file in folder.glob("*/trials.jsonl")):
                os.kill(kernel.km.provisioner.pid, signal.SIGINT)  # what Jupyter's button does
                return

    watcher = threading.Thread(target=interrupt_once_a_trial_is_there)
    watcher.start()
    try:
        done = run_cell(
            kernel,
            """
run = digitbench.run({"fine": "knn[k=1]", "hangs": Hangs}, dataset="digits", trials=1)
print(run.status, run.trials.model.tolist())
""",
        )
    finally:
        interrupted.set()
        watcher.join()
    assert "interrupted ['fine']" in printed(done)
    assert "run.resume() goes on" in printed(done)
