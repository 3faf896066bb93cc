"""What a trial costs in memory once its run is read: long runs must fit beside others' work."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import STARTED_AT, made_environment, made_model, made_plan, made_record
from digitbench.store import create_run, read_run
from digitbench.types import RunRecord, TrialResult

OPTIONS: dict[str, Any] = {f"option_{i}": i / 7 for i in range(16)}
MOST_BYTES = 1_600
"""Of a trial; a result as pydantic makes it, with a plan's record of its own, takes 4,700."""


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Store runs of 200 and 400 trials, whose figures differ from trial to trial."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        return {count: stored(count, tmp_path_factory.mktemp("runs")) for count in (200, 400)}


def stored(trials: int, root: Path) -> Path:
    rng = np.random.default_rng(trials)
    labels = rng.integers(0, 10, 40).astype(np.uint8)
    model = made_model("cnn", options=OPTIONS)
    record = made_record({"cnn": rng.integers(0, 10, (trials, 40))}, labels)
    plan = made_plan([model], dataset=record.plan.dataset, trials=trials)
    writer = create_run(root, plan, made_environment(), labels)
    for spec, result in zip(plan.trial_specs(), record.results, strict=True):
        figures = {
            "spec": spec,
            "finished_at": STARTED_AT,
            "details": {"backend": "numpy", "threads": 1},
            "n_parameters": 1_000_000,
            "model_size_bytes": 4_000_000,
            "peak_memory_bytes": int(rng.integers(10**9)),
        }
        seconds = {name: rng.random() for name in TrialResult.model_fields if "seconds" in name}
        whole = result.model_copy(update=figures | seconds)
        writer.digitbench_trial_finished(plan, whole)
    return writer.path


def traced(path: Path) -> tuple[int, int]:
    """Return what a run that was read takes, and the most that reading it took, in bytes."""
    tracemalloc.start()
    try:
        record = read_run(path)
        assert len(record.results) == record.plan.trials
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def test_a_trial_that_was_read_takes_little_memory(long_run: dict[int, Path]) -> None:
    read_run(long_run[200])  # what is made once
    (few, few_peak), (many, many_peak) = traced(long_run[200]), traced(long_run[400])
    assert (many - few) / 200 < MOST_BYTES
    assert (many_peak - few_peak) / 200 < MOST_BYTES + 600


def test_what_trials_have_in_common_is_there_once(long_run: dict[int, Path]) -> None:
    record = read_run(long_run[200])
    first, *others = record.results
    for other in others:
        assert other.details is first.details
        assert other.spec.options is first.spec.options


def test_what_is_shared_is_what_was_stored(long_run: dict[int, Path]) -> None:
    record = read_run(long_run[200])
    lines = (long_run[200] / "trials.jsonl").read_text().splitlines()
    for result, line in zip(record.results, lines, strict=True):
        assert f'{{"result":{result.model_dump_json()},"predictions"' in line


def test_equal_details_of_other_types_are_not_shared(tmp_path: Path) -> None:
    values = [1, True, 1.0, 1]
    record: RunRecord = made_record({"cnn": np.zeros((4, 3))}, [0, 0, 1])
    writer = create_run(tmp_path, record.plan, made_environment(), np.array([0, 0, 1], np.uint8))
    for value, result in zip(values, record.results, strict=True):
        details = {"epochs": value}
        writer.digitbench_trial_finished(
            record.plan, result.model_copy(update={"details": details})
        )
    found = [result.details["epochs"] for result in read_run(writer.path).results]
    assert list(map(repr, found)) == list(map(repr, values))
