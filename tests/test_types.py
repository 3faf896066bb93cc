"""The records: what a split accepts, and how a plan orders its trials."""

import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from builders import made_model, made_plan
from digitbench.errors import DatasetError
from digitbench.seeds import trial_seed
from digitbench.types import ModelOptions, ModelSpec, PlannedModel, RunPlan, Split

IMAGES = np.zeros((3, 28, 28), np.uint8)
LABELS = np.array([0, 1, 9], np.uint8)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES.astype(np.float32), LABELS, "images must be uint8"),
        (IMAGES.reshape(3, 784), LABELS, "images must be uint8 of shape"),
        (IMAGES, LABELS.astype(np.int64), "labels must be uint8"),
        (IMAGES, LABELS.reshape(3, 1), "labels must be uint8 of shape"),
        (IMAGES, LABELS[:2], "3 images but 2 labels"),
        (IMAGES, np.array([0, 1, 10], np.uint8), "labels must be 0 to 9, found 10"),
    ],
)
def test_a_split_refuses_other_arrays(images: object, labels: object, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        Split(images, labels)  # type: ignore[arg-type]


def test_a_splits_arrays_are_read_only_and_the_callers_are_not() -> None:
    images = IMAGES.copy()
    split = Split(images, LABELS)
    with pytest.raises(ValueError, match="read-only"):
        split.images[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        split.labels[0] = 1
    images[0] = 1
    assert len(split) == 3


def planned(label: str, *, deterministic: bool = False) -> PlannedModel:
    return made_model(label, deterministic=deterministic)


def plan(*models: PlannedModel, trials: int = 3) -> RunPlan:
    return made_plan(models, trials=trials, base_seed=7, threads=2)


def test_trials_are_interleaved_and_deterministic_models_run_once() -> None:
    specs = plan(planned("a"), planned("b", deterministic=True), planned("c")).trial_specs()
    order = [(spec.model, spec.trial) for spec in specs]
    assert order == [("a", 1), ("b", 1), ("c", 1), ("a", 2), ("c", 2), ("a", 3), ("c", 3)]
    assert all(spec.seed == trial_seed(7, spec.trial) for spec in specs)


def test_other_models_do_not_change_a_models_trials() -> None:
    alone = plan(planned("a")).trial_specs()
    among = plan(planned("z"), planned("a"), planned("b")).trial_specs()
    assert [spec for spec in among if spec.model == "a"] == list(alone)


def test_a_resampled_plan_says_how_and_no_other_does() -> None:
    usual = plan(planned("a")).model_dump()
    with pytest.raises(ValidationError, match="if, and only if"):
        RunPlan.model_validate(usual | {"vary": "data"})
    with pytest.raises(ValidationError, match="if, and only if"):
        RunPlan.model_validate(usual | {"resampling": {"method": "bootstrap"}})


def test_deterministic_models_are_repeated_where_data_vary() -> None:
    model = planned("a", deterministic=True)
    resampled = {"vary": "data", "resampling": {"method": "subsample", "fraction": 0.25}}
    varying = RunPlan.model_validate(plan(model).model_dump() | resampled)
    assert plan(model).runs_once(model)
    assert not varying.runs_once(model)
    assert [spec.trial for spec in varying.trial_specs()] == [1, 2, 3]


def test_a_plan_of_before_there_were_samples_is_read_with_the_same_trials() -> None:
    stored = plan(planned("a"), planned("b")).model_dump(
        exclude={"vary", "resampling", "sequential"}
    )
    specs = RunPlan.model_validate(stored).trial_specs()
    assert specs == plan(planned("a"), planned("b")).trial_specs()
    old = specs[0].model_dump(exclude={"training"})
    assert type(specs[0]).model_validate(old) == specs[0]


def test_a_plan_has_at_least_one_trial() -> None:
    with pytest.raises(ValidationError):
        plan(planned("a"), trials=0)


def test_determinism_may_depend_on_the_options() -> None:
    class Options(ModelOptions):
        noisy: bool = False

    spec = ModelSpec("m", "s", lambda _o, _c: None, Options, lambda options: not options.noisy)  # type: ignore[arg-type,return-value]
    assert spec.is_deterministic(Options())
    assert not spec.is_deterministic(Options(noisy=True))


def test_importing_the_records_does_not_build_them() -> None:
    """Each takes a millisecond or two, and no command uses them all."""
    code = """
import digitbench.store, digitbench.types as types
records = [kind for kind in vars(types).values() if hasattr(kind, "__pydantic_complete__")]
print([kind.__name__ for kind in records if kind.__pydantic_complete__])
"""
    line = [sys.executable, "-c", code]
    built = subprocess.run(line, capture_output=True, encoding="utf-8", check=True).stdout
    assert built == "['ModelOptions', 'NoOptions']\n"
