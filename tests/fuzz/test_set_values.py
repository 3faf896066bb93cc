"""Whatever a test set's loader returns, it can be stored and read, or is left out with one line."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from builders import made_dataset, made_environment, made_model, made_plan
from digitbench import hookimpl
from digitbench.datasets.load import LoadedDataset
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.runner.set_requests import SetRequest
from digitbench.runner.wanted_sets import load_sets, resolve_test_sets
from digitbench.store import create_run, read_run
from digitbench.types import (
    DataContext,
    Dataset,
    Groups,
    PlannedTestSet,
    Split,
    TestCondition,
    TestSet,
    TestSetSpec,
)
from foreign_values import EXAMPLES, NUMBERS, TEXTS, VALUES

_COUNT = 3
_LABELS = np.array([1, 2, 9], np.uint8)
_IMAGES = np.zeros((_COUNT, 28, 28), np.uint8)
_NUMBERS = np.array([0, 1, 1], np.int32)

LABELS = st.one_of(
    st.just(_LABELS),
    st.sampled_from([_LABELS.astype(int), np.array([1, 2, 10], np.uint8), _LABELS[:0], [1, 2, 3]]),
    VALUES,
)
IMAGES = st.one_of(
    st.just(_IMAGES),
    st.none(),
    st.sampled_from(
        [
            np.zeros((_COUNT, 32, 32), np.uint8),
            np.zeros((_COUNT, 28, 28)),
            np.ma.masked_array(np.zeros((_COUNT, 28, 28), np.uint8)),
            np.broadcast_to(np.uint8(7), (_COUNT, 28, 28)),
            np.zeros((28, 28, _COUNT), np.uint8).T,
        ]
    ),
    VALUES,
)
POSITIONS = st.one_of(
    st.none(),
    st.just(np.arange(_COUNT, dtype=np.uint32)),
    st.sampled_from([np.arange(_COUNT), np.array([0, 1, 99], np.uint32), np.uint32(1)]),
    VALUES,
)
GROUPS = st.one_of(
    st.none(),
    st.just(Groups("writer", _NUMBERS, _NUMBERS, ("a", "b"))),
    st.just(Groups("writer", _NUMBERS[:2], _NUMBERS[:2], ("a", "b"))),
    VALUES,
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "labels": LABELS,
    "images": IMAGES,
    "name": st.one_of(st.sampled_from(["", "a", "b-1_2", "A", "a/b"]), TEXTS, VALUES),
    "severity": st.one_of(st.none(), st.sampled_from([1, 2.5]), NUMBERS, VALUES),
    "positions": POSITIONS,
    "groups": GROUPS,
}
SOUND = st.builds(
    lambda name, severity: {
        "labels": _LABELS,
        "images": _IMAGES,
        "name": name,
        "severity": severity,
    },
    st.sampled_from(["a", "b", "c-1_2"]),
    st.sampled_from([None, 1, 2.5, -3]),
)
ODD = st.one_of(
    st.just({}), *(st.fixed_dictionaries({name: found}) for name, found in FIELDS.items())
)
CONDITIONS = st.builds(lambda sound, odd: sound | odd, SOUND, ODD)
SOURCES = st.one_of(TEXTS, VALUES)
TEST = Split(np.zeros((5, 28, 28), np.uint8), np.arange(5, dtype=np.uint8))
LOADED = LoadedDataset(Dataset("tiny", TEST, TEST, "tests"), "0" * 64, None)


def host_with(load: Any) -> PluginHost:
    class Plugin:
        @hookimpl
        def digitbench_test_sets(self) -> list[TestSetSpec]:
            return [TestSetSpec("made", "Made by Hypothesis", load)]

    host = PluginHost()
    host.add(PluginInfo("fuzz"), Plugin)
    assert host.failures == []
    return host


@EXAMPLES
@given(parts=st.one_of(st.lists(CONDITIONS, max_size=3), VALUES), source=SOURCES)
def test_a_set_is_stored_as_it_is_or_left_out_with_one_line(parts: Any, source: Any) -> None:
    sound = isinstance(parts, list) and all(
        isinstance(part, dict) and "labels" in part for part in parts
    )

    def load(context: object, dataset: Dataset) -> Any:
        if not sound:
            return parts
        return TestSet(tuple(TestCondition(**part) for part in parts), source)

    told: list[str] = []
    wanted = resolve_test_sets([SetRequest("made")], host_with(load))
    found = load_sets(wanted, LOADED, DataContext(Path("nowhere")), told.append)
    (row,) = found.planned
    assert PlannedTestSet.model_validate_json(row.model_dump_json()) == row
    assert len(told) == (row.error is not None) == (not found.test_sets)
    if row.error is not None:
        assert "\n" not in row.error
        assert row.error.strip()
        return
    plan = made_plan([made_model("m")], dataset=made_dataset(test_size=len(TEST)))
    plan = plan.model_copy(update={"test_sets": found.planned})
    with tempfile.TemporaryDirectory() as directory:
        writer = create_run(
            *(Path(directory), plan, made_environment(), TEST.labels), test_sets=found.test_sets
        )
        stored = read_run(writer.path)
        assert stored.plan.test_sets == found.planned
        for one, other in zip(
            found.test_sets["made"].conditions, stored.test_sets["made"], strict=True
        ):
            assert np.array_equal(one.labels, other.labels)
            assert (one.positions is None) == (other.positions is None)
            assert (one.groups is None) == (other.groups is None)
