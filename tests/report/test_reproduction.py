"""The paper's tables beside ours, at a terminal, as a page and as JSON."""

import io
import json
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from digitbench.analysis.paper import Experiment, OpenPoint, Paper
from digitbench.analysis.reproduction import ExperimentResult, reproduce
from digitbench.plugins import PluginHost
from digitbench.report import formatting
from digitbench.report.document import reproduction_document, to_json
from digitbench.report.reproduction import READING_NOTES, reproduction_tables
from digitbench.report.reproduction_page import reproduction_page
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import PublishedResult, RunPlan, RunRecord, TrialData

NOISY, SURE, FAILING = "centroid[noise=0.3]", "centroid", "wrong-labels"
PAPER = Paper(
    "A Paper",
    "mnist",
    (
        Experiment("one", "Experiment One", (NOISY, SURE), (), (OpenPoint("a|b", "ours"),)),
        Experiment("two", "Experiment Two", (FAILING,)),
    ),
)


@pytest.fixture(scope="module")
def run(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path_factory: pytest.TempPathFactory,
) -> RunRecord:
    """Make a run of a noisy model, a sure one and one that fails, all with published figures."""
    host = host_of("centroid", "faulty_models")
    plan = plan_of(host, f"{NOISY},{SURE},{FAILING}", trials=3, canonical=True)
    published = PublishedResult(
        dataset="mnist", accuracies=(0.91, 0.93, 0.96, 0.94), source="A Paper, Table 2"
    )
    models = tuple(m.model_copy(update={"published": published}) for m in plan.models)
    plan = plan.model_copy(update={"models": models})
    return read_run(
        run_plan(plan, host, tiny_data, InlineEngine(), tmp_path_factory.mktemp("runs"))
    )


@pytest.fixture(scope="module")
def experiments(run: RunRecord) -> tuple[ExperimentResult, ...]:
    return reproduce(run, PAPER)


def printed(run: RunRecord, experiments: tuple[ExperimentResult, ...], width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(reproduction_tables(run, experiments))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def row(text: str, heading: str) -> list[list[str]]:
    """Return the cells of every row of a heading, in a table or on the page."""
    cells = (line.strip("| ").split(heading)[1] for line in text.splitlines() if heading in line)
    return [[c for c in re.split(r"\s{2,}|\|", rest.strip(" |")) if c.strip()] for rest in cells]


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_cut_and_no_line_is_too_long(
    run: RunRecord, experiments: tuple[ExperimentResult, ...], width: int
) -> None:
    text = printed(run, experiments, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for note in (*READING_NOTES, "Experiment One", "A Paper, Table 2", "[noise=0.3]"):
        assert note in " ".join(text.split())


def test_trials_stand_in_the_same_rows(
    run: RunRecord, experiments: tuple[ExperimentResult, ...]
) -> None:
    text = printed(run, experiments, 120)
    noisy = experiments[0].recipes[0].summary
    ours = [formatting.percent(trial.accuracy) for trial in noisy.trials]
    assert row(text, "Trial 1")[0] == ["91.00", ours[0], "100.00"]
    assert row(text, "Trial 2")[0] == ["93.00", ours[1], "—"]
    assert row(text, "Trial 4")[0] == ["94.00", "—", "—"]
    assert row(text, "Trial 1")[1] == ["91.00", "failed"]


def test_every_figure_and_verdict_is_there(
    run: RunRecord, experiments: tuple[ExperimentResult, ...]
) -> None:
    noisy, sure = experiments[0].recipes
    assert noisy.difference is not None
    assert noisy.summary.accuracy is not None
    text = printed(run, experiments, 120)
    page = reproduction_page(run, PAPER, experiments)
    for shown in (text, page):
        cells = [cell.strip() for cell in row(shown, "Mean, %")[0]]
        assert cells == ["93.50", formatting.percent(noisy.summary.accuracy.mean), "100.00"]
        assert [c.strip() for c in row(shown, "Std, pp")[0]][2] == "—"
        cells = [cell.strip() for cell in row(shown, "95 % interval, pp")[0]]
        assert cells[:2] == ["—", formatting.signed_interval(noisy.difference.interval)]
        cells = [cell.strip() for cell in row(shown, "Verdict")[0]]
        assert cells == ["—", noisy.verdict, sure.verdict]
        cells = [cell.strip() for cell in row(shown, "Verdict")[1]]
        assert cells == ["—", "not settled"]
        assert formatting.duration(noisy.fit_seconds_median) in shown
        assert "centroid is deterministic and run once" in shown
        assert "Margin: ±4.16 pp, 2 times the std of the paper's trials." in shown
    assert "wrong-labels, trials 1, 2, 3 failed: predict returned labels" in text
    assert "`wrong-labels`, trial 2 failed: predict returned labels" in page


def test_an_unfinished_run_says_so(
    run: RunRecord, experiments: tuple[ExperimentResult, ...]
) -> None:
    part = run.model_copy(update={"results": run.results[:2], "status": "interrupted"})
    assert "The run is not complete" in printed(part, reproduce(part, PAPER), 80)
    assert "The run is not complete" not in printed(run, experiments, 80)


def test_the_page_says_where_and_how(
    run: RunRecord, experiments: tuple[ExperimentResult, ...]
) -> None:
    page = reproduction_page(run, PAPER, experiments)
    seeds = dict.fromkeys(str(spec.seed) for spec in run.plan.trial_specs())
    for fact in (
        "digitbench reproduce --trials 3 --seed 0 --threads 1\n",
        run.plan.dataset.fingerprint,
        run.environment.processor,
        f"{run.started_at:%Y-%m-%d}",
        run.id,
        ", ".join(seeds),
        "| numpy | ",
        f"| `{NOISY}` | sharpness=1.0, noise=0.3 |",
        r"| a\|b | ours |",
    ):
        assert fact in page
    assert page.endswith("|\n")
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) == 7
    for table in tables:
        assert len({line.replace(r"\|", "").count("|") for line in table.splitlines()}) == 1


def test_the_page_names_the_best_recipe_in_its_command(run: RunRecord) -> None:
    with_best = Paper("A", "mnist", (Experiment("one", "One", (SURE,), (NOISY,)),))
    page = reproduction_page(run, with_best, reproduce(run, with_best))
    assert "--threads 1 --best\n" in page


def test_the_document_holds_what_the_tables_do(
    run: RunRecord, experiments: tuple[ExperimentResult, ...]
) -> None:
    document = json.loads(to_json(reproduction_document(run, experiments)))
    one, two = document["experiments"]
    assert one["published_accuracies"] == [0.91, 0.93, 0.96, 0.94]
    assert one["published_accuracy_mean"] == pytest.approx(0.935)
    assert one["margin"] == pytest.approx(2 * one["published_accuracy_std"])
    noisy, sure = one["recipes"]
    expected = experiments[0].recipes[0].difference
    assert expected is not None
    assert (noisy["model"], noisy["difference"]) == (NOISY, expected.mean)
    assert [noisy["difference_interval_low"], noisy["difference_interval_high"]] == list(
        expected.interval or ()
    )
    assert sure["verdict"] == experiments[0].recipes[1].verdict
    (failing,) = two["recipes"]
    assert failing["difference"] is failing["fit_seconds_median"] is None
    assert failing["verdict"] == "not settled"
    assert [model["model"] for model in document["models"]] == [NOISY, SURE, FAILING]
