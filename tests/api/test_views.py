"""What Jupyter and a prompt show of runs, and the table of what the shell can do, row by row."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import digitbench
from digitbench.api import shown
from digitbench.report.plots import swept_option

PUBLIC = (
    *("check", "fingerprint", "list_runs", "load_dataset", "load_run", "models", "plan", "run"),
    *("Comparison", "GateResult", "Run"),
)
Cell = Callable[..., dict[str, Any]]
run_models = partial(digitbench.run, dataset="digits", engine="inline", threads=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> digitbench.Run:
    """Return a run of three models."""
    folder = tmp_path_factory.mktemp("shown") / "runs"
    return run_models("svm[C=0.05],knn[k=1],knn[k=9]", trials=2, runs_dir=folder)


def test_a_run_is_shown_as_the_shell_shows_it(run: digitbench.Run) -> None:
    text, html = repr(run), run._repr_html_()
    for part in ("svm[C=0.05]", "355 test images", "n new digits"):
        assert part in text
        assert part.lower() in html.lower()
    assert "<script" not in html
    assert html.count("<tr>") == 4


def test_a_failed_trial_is_shown_and_its_text_is_escaped(
    cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "class Fails:\n    def __init__(self): raise ValueError('<b>no</b>')\n"
    failed = run_models({"bad <i>": cell(text)["Fails"], "knn": "knn[k=1]"}, trials=1)
    assert "&lt;b&gt;no&lt;/b&gt;" in failed._repr_html_()
    assert "<i>" not in failed._repr_html_()
    assert failed.summary.trials_failed.tolist() == [0, 1]
    none = run_models({"bad": cell(text)["Fails"]}, trials=1)
    assert "No model has a trial that succeeded" in none._repr_html_()
    with pytest.raises(digitbench.UsageError, match="nothing to plot"):
        none.plot()


def test_a_comparison_says_what_the_shell_says(run: digitbench.Run) -> None:
    found = run.compare("svm[C=0.05]", "knn[k=1]")
    assert found.better == "knn[k=1]"
    assert found.verdict.startswith("On new digits, knn[k=1] is better than svm[C=0.05]")
    low, high = found.interval or (0, 0)
    assert 0 < low < found.difference < high
    assert (found.p_value or 1) < 0.05
    back = run.compare("knn[k=1]", "svm[C=0.05]")
    assert back.difference == -found.difference
    assert found.verdict in " ".join(repr(found).split())
    assert len(found.images.newly_right) == len(back.images.newly_wrong) > 0
    html = found._repr_html_()
    assert found.verdict in html.replace("&lt;", "<")
    assert html.count("<img") == 12
    assert found.images._repr_html_() in html
    assert "Newly right" in repr(found.images)


def test_runs_are_compared_with_each_other(run: digitbench.Run) -> None:
    other = run_models("knn[k=1],knn[k=3]", trials=1, runs_dir=run.path.parent)
    assert "knn[k=1]" in repr(run.compare(run, other))
    found = run.compare("svm[C=0.05]", f"{other.id}:knn[k=3]")
    assert found.better == "knn[k=3]"
    with pytest.raises(digitbench.UsageError, match="no model"):
        run.compare("svm[C=0.05]", "svm")


def test_the_plot_has_a_point_for_each_model(run: digitbench.Run) -> None:
    assert swept_option(run.record) is None
    axes = run.plot()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == run.summary.model.tolist()[::-1]
    assert axes.get_xlabel() == "accuracy, %"


def test_data_frames_tell_of_the_metrics_of_plugins(run: digitbench.Run) -> None:
    means = run.trials.groupby("model").macro_f1.mean()
    summary = run.summary.set_index("model")
    assert summary.macro_f1_mean.to_dict() == pytest.approx(means.to_dict())
    assert summary.log_loss_mean.notna().any()
    assert "knn[k=1]" in repr(run.choose("macro_f1=0.98"))


def test_a_sweep_is_plotted_over_its_option(tmp_path: Path) -> None:
    text = ",".join(f"knn[k={k}]" for k in (1, 3, 9))
    sweep = run_models(text, trials=1, runs_dir=tmp_path)
    axes = sweep.plot()
    assert axes.get_xlabel() == "k"
    line = next(line for line in axes.get_lines() if np.size(line.get_xdata()) == 3)
    assert np.asarray(line.get_xdata()).tolist() == [1, 3, 9]
    means = sweep.trials.set_index("k").accuracy
    assert np.asarray(line.get_ydata()).tolist() == pytest.approx(
        [100 * means[k] for k in (1, 3, 9)]
    )


def test_a_report_is_what_its_name_says(run: digitbench.Run, tmp_path: Path) -> None:
    for name, part in {
        "r.html": "<!doctype html>",
        "r.md": "| Model |",
        "r.csv": "kind,run",
        "r.json": "{",
        "r.tex": "\\begin{table}",
    }.items():
        assert part in run.report(tmp_path / name).read_text(encoding="utf-8")
    with pytest.raises(digitbench.UsageError, match="says no format; there are"):
        run.report(tmp_path / "r.docx")
    copy = digitbench.load_run(shutil.copytree(run.path, tmp_path / "copy"))
    page = copy.report(tmp_path / "both.html", beside=[run])
    assert "2 runs on the same test images" in page.read_text(encoding="utf-8")
    with pytest.raises(digitbench.UsageError, match="no directory"):
        run.report(tmp_path / "none" / "r.html")


def test_every_row_of_the_table_works(
    run: digitbench.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
    table = page.partition("| Command line | Python |")[2].partition("\n\n")[0]
    rows = [line.split("|")[2].strip(" `") for line in table.splitlines()[2:]]
    assert len(rows) >= 22
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("digitbench.run", run_models)
    other = run_models("knn[k=9]", trials=1)
    names = {"digitbench": digitbench, "run": run, "other": other}
    stands = {
        '"M"': '"svm[C=0.05],knn[k=1]"',
        '"RUN"': repr(str(run.path)),
        '"A", "B"': '"knn[k=1]", "knn[k=9]"',
        "FILE": "made.json",
        'export("mlflow")': 'export("nowhere")',
        "trials=9": "trials=2",
        "digitbench.plan(": "partial(digitbench.plan, dataset='digits')(",
        'check(baseline="made.json")': 'check(baseline="made.json", engine="inline")',
    }
    for row in rows:
        for text, value in stands.items():
            row = row.replace(text, value)  # noqa: PLW2901
        if "export" in row or "writers" in row:  # no exporter, no writers of these digits
            with pytest.raises(digitbench.DigitbenchError):
                eval(row, names)  # noqa: S307
            continue
        value = eval(row, names | {"partial": partial})  # noqa: S307
        assert value is None or repr(value)


def test_a_check_passes_or_fails(run: digitbench.Run, tmp_path: Path) -> None:
    assert digitbench.check(run, min_accuracy=0.5).passed
    failed = digitbench.check(run, min_accuracy=0.999)
    assert not failed
    assert failed.outcome == "fail"
    assert "FAIL" in repr(failed)
    assert "FAIL" in failed._repr_html_()
    assert "<testsuite" in failed.report(tmp_path / "junit.xml").read_text(encoding="utf-8")
    with pytest.raises(digitbench.UsageError, match=r"a check is written as \.xml"):
        failed.report(tmp_path / "check.txt")
    file = run.baseline(tmp_path / "baseline.json")
    assert json.loads(file.read_text(encoding="utf-8"))["trials"] == 2
    assert digitbench.check(run, baseline=file).passed


def test_runs_and_models_are_listed(run: digitbench.Run) -> None:
    runs = digitbench.list_runs(runs_dir=run.path.parent)
    assert run.id in runs.run.tolist()
    (row,) = (row for row in runs.itertuples() if row.run == run.id)
    assert "is best" in row.verdict or "are tied" in row.verdict
    models = digitbench.models()
    assert models[(models.model == "knn") & (models.option == "k")].default.tolist() == [3]


def test_a_data_set_is_loaded_whole() -> None:
    digits = digitbench.load_dataset("digits")
    assert type(digits) is digitbench.Dataset
    assert len(digits.test) == 355
    assert len(digitbench.fingerprint(digits.train, digits.test)) == 64
    with pytest.raises(digitbench.UsageError, match="did you mean digits"):
        digitbench.load_dataset("digit")


def test_a_missing_package_is_named_in_a_line(
    run: digitbench.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(digitbench.UsageError, match=r"pip install \"digitbench\[notebook\]\""):
        _ = run.trials


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name: str) -> None:
    found = getattr(digitbench, name)
    assert ">>>" in found.__doc__
    for member in vars(found) if isinstance(found, type) else ():
        if not member.startswith("_"):
            assert getattr(found, member).__doc__, member


def test_this_is_no_notebook() -> None:
    assert not shown.in_notebook()


def test_importing_the_package_and_its_names_imports_no_framework() -> None:
    heavy = ("pandas", "tensorflow", "sklearn", "cloudpickle", "matplotlib", "IPython")
    code = (
        f"import sys, digitbench; digitbench.run; print([m for m in {heavy} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.split() == [b"[]"]
