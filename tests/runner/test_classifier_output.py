"""What a classifier says of itself: kept if it can be stored, refused in one line if not."""

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import made_environment
from digitbench.errors import ContractError, one_line
from digitbench.runner.classifier_output import (
    check_predictions,
    check_probabilities,
    check_progress,
    reported_members,
)
from digitbench.runner.trial import run_trial
from digitbench.store import create_run, read_run
from digitbench.types import FitProgress, ModelSpec, RunPlan, TrialData, TrialResult, TrialSpec


class Says:
    """A classifier that says what it is told to."""

    def __init__(self, **members: Any) -> None:
        vars(self).update(members)

    def fit(self, train: object, validation: object) -> None:
        """Learn nothing."""

    def predict(self, images: Any) -> Any:
        return np.zeros(len(images), np.int64)


def members(**given: Any) -> dict[str, Any]:
    return reported_members(Says(**given))


@pytest.fixture
def stored(
    plan_of: Callable[..., RunPlan],
    host_of: Callable[..., Any],
    tiny_data: TrialData,
    tmp_path: Path,
) -> Callable[..., tuple[TrialResult, str]]:
    """Return a function that runs and stores a trial; it returns what is read, and the line."""

    def run(**given: Any) -> tuple[TrialResult, str]:
        plan = plan_of(host_of("centroid"), "centroid", trials=1)
        (spec,) = plan.trial_specs()
        options = host_of("centroid").models["centroid"].spec.options
        model = ModelSpec("centroid", "s", lambda _, context: Says(**given), options)
        result = run_trial(spec, model, tiny_data, lambda progress: None)
        environment = made_environment()
        writer = create_run(tmp_path, plan, environment, tiny_data.test.labels)
        writer.digitbench_trial_finished(plan, result)
        (back,) = read_run(writer.path).results
        return back, (writer.path / "trials.jsonl").read_text()

    return run


def test_a_training_that_diverges_is_a_result(
    stored: Callable[..., tuple[TrialResult, str]],
) -> None:
    found, line = stored(history=[{"loss": 2.3}, {"loss": math.nan}, {"loss": np.float32("-inf")}])
    assert found.status == "ok"
    assert [entry["loss"] for entry in found.history[::2]] == [2.3, -math.inf]
    assert math.isnan(found.history[1]["loss"])
    document = json.loads(line, parse_constant=pytest.fail)
    assert [entry["loss"] for entry in document["result"]["history"]] == [2.3, "NaN", "-Infinity"]


def test_details_are_kept_as_plain_values(stored: Callable[..., tuple[TrialResult, str]]) -> None:
    details = {
        "weights": os.fsdecode(b"caf\xe9.npy"),
        "iterations": np.int64(5),
        "converged": np.bool_(False),
        "loss": math.nan,
        "sizes": (1, 2.5, None, {"deep": [math.inf]}),
    }
    found, _ = stored(details=details)
    assert found.details == {
        "weights": "caf\\udce9.npy",
        "iterations": 5,
        "converged": False,
        "loss": "NaN",
        "sizes": [1, 2.5, None, {"deep": ["Infinity"]}],
    }


class Endless(Mapping[str, float]):
    """A mapping that never ends, of one name."""

    def __getitem__(self, key: str) -> float:
        return 1.0

    def __iter__(self) -> Iterator[str]:
        return repeat("x" * 1_000)

    def __len__(self) -> int:
        return 1


def itself() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"details": {"a": {"b": object}}}, r"details\['a'\]\['b'\] is <class 'object'>, a type"),
        ({"details": {"a": itself()}}, r"details\['a'\]\[0\] holds itself"),
        ({"details": {"a": nested(50)}}, "details is nested more than 20 levels deep"),
        ({"details": {"a": "x" * 10_000_000}}, "details has more than 1,000,000 characters"),
        ({"details": {"a": [0.5] * 1_100_000}}, "details has more than 1,000,000 characters"),
        ({"details": {1: "a"}}, "details has the name 1, which is not text"),
        ({"details": {"a": 10**5_000}}, "is an integer of more than 300 digits"),
        ({"details": {"a": np.zeros(3)}}, "a ndarray: give text, numbers, or lists or mappings"),
        ({"details": [1]}, "details are .1., not a mapping"),
        ({"history": {"loss": 1.0}}, "history is {'loss': 1.0}, not a sequence of mappings"),
        ({"history": [1.0]}, r"history\[0\] is 1.0, not a mapping"),
        ({"history": [{}, {"loss": None}]}, r"history\[1\]\['loss'\] is None, not a number"),
        (
            {"history": [{"loss": 10**400}]},
            r"history\[0\]\['loss'\] is 1000*\.\.\.0*, not a number",
        ),
        ({"history": [{"x" * 1_000_000: 0.0}] * 40}, "history has more than 32,000,000 characters"),
        ({"history": [Endless()]}, "history has more than 32,000,000 characters"),
        ({"details": Endless()}, "details has more than 1,000,000 characters"),
        ({"n_parameters": -1}, "n_parameters is -1: give 0 or more, or None if unknown"),
        ({"size_bytes": 2**63}, "size_bytes is 9223372036854775808: give 0 or more"),
        ({"size_bytes": 1.5}, "size_bytes is 1.5, not an integer"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_one_line(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ContractError, match=reason) as refusal:
        members(**given)
    assert len(str(refusal.value).splitlines()) == 1
    assert len(str(refusal.value)) < 300


def test_times_are_no_digits() -> None:
    with pytest.raises(ContractError, match=r"timedelta64\[s\] values where integers were due"):
        check_predictions(np.array([1, 2], "m8[s]"), 2)


def test_a_mapping_is_no_array() -> None:
    for check in (check_predictions, check_probabilities):
        with pytest.raises(ContractError, match=r"returned .* where an array was due"):
            check(Endless(), 2)


def widely_shared(levels: int) -> list[Any]:
    """Return lists that are few in memory and 10 ** levels when each path is walked."""
    value: list[Any] = [1] * 10
    for _ in range(levels - 1):
        value = [value] * 10
    return value


def holding_itself() -> list[Any]:
    items: list[Any] = []
    items.extend([items] * 10)
    return items


@pytest.mark.timeout(20)  # NumPy would walk through every path of these lists
@pytest.mark.parametrize("made", [lambda: widely_shared(30), holding_itself])
@pytest.mark.parametrize("rows", [1, 10])
def test_lists_without_end_are_refused_at_once(made: Callable[[], list[Any]], rows: int) -> None:
    values = made() if rows == 10 else [made()]
    for check in (check_predictions, check_probabilities):
        with pytest.raises(ContractError, match="where an array of shape") as refusal:
            check(values, rows)
        assert len(str(refusal.value)) < 300


def test_lists_of_the_due_shape_are_arrays() -> None:
    assert check_predictions([1, np.int64(2)], 2).tolist() == [1, 2]
    rows = [(0.1,) * 10, np.full(10, 0.1)]
    assert check_probabilities(rows, 2).shape == (2, 10)


@pytest.mark.timeout(20)
def test_a_unit_that_is_no_text_is_not_written_out() -> None:
    unit: Any = widely_shared(30)
    assert len(check_progress(FitProgress(1, 2, unit, {})).unit) <= 100


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", [RuntimeError, KeyError, OSError])
def test_what_an_error_holds_is_not_written_out_without_end(
    kind: type[Exception], tiny_data: TrialData
) -> None:
    def build(options: object, context: object) -> Any:
        try:
            raise kind("x", {"y": widely_shared(30)})
        except kind as error:
            raise ValueError("sound") from error

    spec = TrialSpec(model="m", name="m", options={}, trial=1, seed=0, threads=1)
    result = run_trial(spec, ModelSpec("m", "s", build), tiny_data, lambda progress: None)
    assert result.error == "ValueError: sound"
    assert "in build" in str(result.traceback)
    assert "too large to write out" in one_line(kind(widely_shared(30)))
    assert one_line(kind(holding_itself())).startswith(kind.__name__)


def test_an_error_that_cannot_be_read_or_is_huge_is_one_line(tiny_data: TrialData) -> None:
    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    for error, expected in (
        (SilentError(), "SilentError: (its text cannot be had"),
        (ValueError("x" * 10_000_000), "ValueError: xxx"),
        (ValueError("\udce9\nmore"), "ValueError: \\udce9"),
    ):
        spec = TrialSpec(model="m", name="m", options={}, trial=1, seed=0, threads=1)

        def build(options: object, context: object, error: Exception = error) -> Any:
            raise error

        result = run_trial(spec, ModelSpec("m", "s", build), tiny_data, lambda progress: None)
        assert result.error is not None
        assert result.error.startswith(expected)
        assert len(result.error) <= 2_000
        assert result.traceback is not None
        assert len(result.traceback) <= 100_000
        assert TrialResult.model_validate_json(result.model_dump_json()).error == result.error


def test_reports_of_progress_are_plain_values() -> None:
    step: Any = np.int64(1)
    metrics: Any = {"loss": np.float32("nan")}
    found = check_progress(FitProgress(step, 2, "epoch\udce9", metrics))
    assert (found.step, found.total, found.unit) == (1, 2, "epoch\\udce9")
    assert math.isnan(found.metrics["loss"])
    assert type(found.metrics["loss"]) is float
    assert len(check_progress(FitProgress(1, 2, "epoch", Endless())).metrics) == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (0.5, "report was called with 0.5, not a FitProgress"),
        (FitProgress(-1, 2), "the step of a FitProgress is -1"),
        (FitProgress(1, None), "the total of a FitProgress is None"),  # type: ignore[arg-type]
        (FitProgress(1, 2, "epoch", {"loss": None}), "metric 'loss' is None, not a number"),  # type: ignore[dict-item]
        (FitProgress(1, 2, "epoch", []), "the metrics of a FitProgress are"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_report_is_refused(given: Any, reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        check_progress(given)
