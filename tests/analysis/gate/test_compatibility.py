"""What differs from a baseline: refused, accepted if it is meant, or only told."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.baseline import make_baseline
from digitbench.analysis.gate.compatibility import (
    changes,
    refuse_unless_meant,
    rounding_differences,
)
from digitbench.analysis.gate.settings import GateSettings
from digitbench.errors import UsageError
from digitbench.types import RunRecord

LABELS = np.arange(20) % 10


@pytest.fixture
def record(make_record: Callable[..., RunRecord]) -> RunRecord:
    """Return a run of a model with options, by a plugin that is installed."""
    found = make_record({"a": np.tile(LABELS, (2, 1))}, LABELS)
    return with_model(
        found, options={"k": 3, "w": "x"}, plugin="mine", distribution="mine", source_hash="ab" * 32
    )


def with_model(record: RunRecord, **changed: Any) -> RunRecord:
    models = tuple(model.model_copy(update=changed) for model in record.plan.models)
    return record.model_copy(update={"plan": record.plan.model_copy(update={"models": models})})


def with_data(record: RunRecord, **changed: Any) -> RunRecord:
    dataset = record.plan.dataset.model_copy(update=changed)
    return record.model_copy(update={"plan": record.plan.model_copy(update={"dataset": dataset})})


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        (lambda r: with_data(r, fingerprint="f" * 64), "data", "data set was made (000000000000)"),
        (
            lambda r: with_data(r, validation_rule="writers:7"),
            "data",
            "validation images were 0 and are now writers:7",
        ),
        (lambda r: with_data(r, validation_size=7), "data", "validation images were 0 and are now"),
        (lambda r: with_data(r, train_size=7), "data", "training images were 60 and are now 7, te"),
        (
            lambda r: with_model(r, source_hash="cd" * 32),
            "source:mine",
            "source of a was",
        ),
        (lambda r: with_model(r, source_hash=None), "source:mine", "is now absent"),
        (
            lambda r: with_model(r, options={"k": 4, "w": "x"}),
            "options:mine",
            "option k of a was 3",
        ),
        (lambda r: with_model(r, options={"k": 3}), "source:mine", "option w of a was x"),
        (lambda r: with_model(r, deterministic=True), "options:mine", "now is deterministic"),
        (lambda r: with_model(r, plugin="other"), "plugin:other", "plugin of a was mine"),
    ],
)
def test_what_changes_the_comparison_is_refused_unless_it_is_meant(
    record: RunRecord, change: Callable[[RunRecord], RunRecord], kind: str, text: str
) -> None:
    found = list(changes(make_baseline(record), change(record).plan))
    assert len(found) == 1
    with pytest.raises(UsageError) as refusal:
        refuse_unless_meant(found, GateSettings())
    assert text in str(refusal.value)
    assert f'--accept-changed "{kind}"' in str(refusal.value)
    for accepted in (kind, kind.partition(":")[0]):
        refuse_unless_meant(found, GateSettings(accept_changed=(accepted,)))


def test_what_is_accepted_of_one_plugin_is_not_of_another(record: RunRecord) -> None:
    found = list(changes(make_baseline(record), with_model(record, source_hash="cd" * 32).plan))
    with pytest.raises(UsageError, match="source of a was"):
        refuse_unless_meant(found, GateSettings(accept_changed=("source:other", "options")))


def test_the_same_run_and_models_of_one_side_alone_are_no_change(
    record: RunRecord, make_record: Callable[..., RunRecord]
) -> None:
    baseline = make_baseline(record)
    assert list(changes(baseline, record.plan)) == []
    other = make_record({"b": np.tile(LABELS, (2, 1))}, LABELS)
    assert list(changes(baseline, other.plan)) == []


def test_the_place_of_a_plugin_file_is_no_change(record: RunRecord) -> None:
    before = with_model(record, plugin="here/mine.py", distribution=None)
    after = with_model(record, plugin="elsewhere/mine.py", distribution=None)
    baseline = make_baseline(before)
    assert baseline.models[0].plugin == "mine.py"
    assert list(changes(baseline, after.plan)) == []


def test_versions_hardware_and_threads_are_told(record: RunRecord) -> None:
    baseline = make_baseline(record)
    assert list(rounding_differences(baseline, record.plan, record.environment)) == []
    plan = record.plan.model_copy(update={"threads": 4})
    now = record.environment.model_copy(
        update={"processor": "other", "versions": {"numpy": "9"}, "variables": {"OMP": "1"}}
    )
    found = rounding_differences(baseline, plan, now)
    assert [fact.changed() for fact in found] == [
        "processor was A processor and is now other",
        "version of numpy was absent and is now 9",
        "OMP was absent and is now 1",
        "number of threads was 1 and is now 4",
    ]
