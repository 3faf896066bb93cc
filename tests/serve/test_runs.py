"""The list of runs, a run, its report, and a run under way."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitbench.runner.lock import sole_writer
from digitbench.serve.app import REPORT_POLICY
from digitbench.store import read_run, reopen_run
from served import serving

NUMBERS = count(1)
Served = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="module")
def stored(run_on_tiny_data: Callable[..., Path]) -> Path:
    """Make a run and return its directory."""
    return run_on_tiny_data("centroid[noise=0.5]", trials=3)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of the runs of this file; it lies beside a file that is no run's."""
    root = tmp_path_factory.mktemp("beside") / "runs"
    root.mkdir()
    (root.parent / "manifest.json").write_text("{}", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def shared(root: Path) -> Iterator[httpx.Client]:
    """Serve these runs."""
    with serving(runs_dir=root) as client:
        yield client


@pytest.fixture
def run(stored: Path, root: Path) -> Iterator[Path]:
    """Return the directory of a run, which a test may change."""
    path = root / f"{stored.name}-{next(NUMBERS)}"
    shutil.copytree(stored, path)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def _cut_short(run: Path, results: int) -> Any:
    """Make a run be under way, with some results; return its writer and the results that lack."""
    record = read_run(run)
    kept = record.model_copy(update={"results": record.results[:results]})
    return reopen_run(run, kept), record.results[results:]


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def test_runs_are_listed_with_their_verdict(client: httpx.Client, run: Path) -> None:
    damaged = run.parent / "damaged"
    damaged.mkdir()
    (damaged / "manifest.json").write_text("{}", encoding="utf-8")
    text = client.get("/runs").text
    shutil.rmtree(damaged)
    assert f'href="/runs/{run.name}"' in text
    assert f'href="/runs/{run.name}/report"' in text
    assert 'href="/runs/damaged"' in text
    assert 'href="/runs/damaged/report"' not in text
    assert "is not a manifest of digitbench" in text
    assert "2 in " in text


def test_without_runs_it_is_said_how_to_make_one(client: httpx.Client) -> None:
    assert "digitbench run" in client.get("/runs").text


def test_a_run_shows_its_models(client: httpx.Client, run: Path) -> None:
    text = client.get(f"/runs/{run.name}").text
    assert "3 of 3 trials" in text
    assert "data-events" not in text


def test_the_report_is_the_report_and_nobody_may_frame_it(client: httpx.Client, run: Path) -> None:
    answer = client.get(f"/runs/{run.name}/report")
    assert answer.headers["content-security-policy"] == REPORT_POLICY
    assert "frame-ancestors 'none'" in REPORT_POLICY
    assert "Content-Security-Policy" in answer.text  # of its own
    assert client.get(f"/runs/{run.name}/report").text == answer.text


def test_a_report_is_written_anew_when_the_run_has_changed(client: httpx.Client, run: Path) -> None:
    writer, lacking = _cut_short(run, 2)
    before = client.get(f"/runs/{run.name}/report").text
    writer.digitbench_trial_finished(plan=writer.record.plan, result=lacking[0])
    assert client.get(f"/runs/{run.name}/report").text != before


def test_a_damaged_run_is_a_page_that_says_so(client: httpx.Client, run: Path) -> None:
    (run / "test_labels.npy").unlink()
    shown, report = (
        client.get(f"/runs/{run.name}{end}", headers={"accept": "text/html"})
        for end in ("", "/report")
    )
    assert (shown.status_code, report.status_code) == (200, 422)
    for answer in (shown, report):
        assert "missing or damaged" in answer.text


@pytest.mark.parametrize("end", ["", "/report", "/events"])
@pytest.mark.parametrize("name", ["none", "%2e%2e", "%2E%2E%2F", "%00", "a" * 3000])
def test_no_other_directory_is_a_run(client: httpx.Client, name: str, end: str) -> None:
    assert client.get(f"/runs/{name}{end}").status_code == 404


def test_a_run_under_way_tells_each_trial_and_its_end(client: httpx.Client, run: Path) -> None:
    writer, lacking = _cut_short(run, 1)
    with sole_writer(run), client.stream("GET", f"/runs/{run.name}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = _events(answer.iter_lines())
        seen = [next(events)]
        for result in lacking:
            writer.digitbench_trial_finished(plan=writer.record.plan, result=result)
            seen.append(next(events))
        ended = {"status": "complete", "finished_at": writer.record.started_at}
        writer.digitbench_run_finished(record=writer.record.model_copy(update=ended))
        seen += events
    assert [name for name, _ in seen] == [*["progress"] * 4, "end"]
    assert [content["done"] for _, content in seen[:-1]] == [1, 2, 3, 3]
    assert [content["status"] for _, content in seen] == [*["running"] * 3, *["complete"] * 2]
    assert seen[1][1]["latest"].startswith("centroid noise=0.5, trial 2: ")


def test_a_run_whose_process_is_gone_is_no_longer_followed(client: httpx.Client, run: Path) -> None:
    _cut_short(run, 1)
    with client.stream("GET", f"/runs/{run.name}/events") as answer:
        events = list(_events(answer.iter_lines()))
    page = client.get(f"/runs/{run.name}").text
    assert [name for name, _ in events] == ["progress", "end"]
    assert events[-1][1] == {"status": "abandoned"}
    assert "abandoned, 1 of 3" in page
    assert "data-events" not in page


def test_a_run_that_is_deleted_meanwhile_is_the_end(client: httpx.Client, run: Path) -> None:
    _cut_short(run, 1)
    with sole_writer(run), client.stream("GET", f"/runs/{run.name}/events") as answer:
        events = _events(answer.iter_lines())
        next(events)
        shutil.rmtree(run)
        assert [name for name, _ in events] == ["failed"]


def test_the_server_ends_though_a_run_is_followed(served: Served, root: Path, run: Path) -> None:
    _cut_short(run, 1)
    with sole_writer(run), served(runs_dir=root) as client:
        request = client.build_request("GET", f"/runs/{run.name}/events")
        assert next(_events(client.send(request, stream=True).iter_lines()))[0] == "progress"
