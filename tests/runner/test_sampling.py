"""Training samples: what is drawn, that all models get the same, and that repeating repeats."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitbench.plugins import PluginHost
from digitbench.runner.engines import Engine
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.resume import differences, resumption
from digitbench.runner.reuse import reusable_results
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.runner.sampling import drawn_indices, training_set
from digitbench.runner.trial import TrialData, run_trial
from digitbench.store import read_results, read_run
from digitbench.types import (
    BuildContext,
    Images,
    ModelSpec,
    Resampling,
    ResamplingMethod,
    RunPlan,
    RunRecord,
    Split,
    TrainingSample,
    Vary,
)

MODELS = "centroid,centroid[noise=0.3]"
BOOTSTRAP = Resampling(method="bootstrap")
SUBSAMPLE = Resampling(method="subsample", fraction=0.5)

METHODS: Sequence[ResamplingMethod] = ("bootstrap", "subsample")


class Rememberer:
    """Keeps what it was given to learn from, and its seed."""

    def __init__(self, _options: object, context: BuildContext) -> None:
        self.seed = context.seed

    def fit(self, train: Split, validation: Split | None) -> None:
        self.train, self.validation = train, validation

    def predict(self, images: Images) -> NDArray[np.int64]:
        return np.zeros(len(images), np.int64)


def plan_varying(plan: RunPlan, vary: Vary, resampling: Resampling | None) -> RunPlan:
    changed = plan.model_copy(update={"vary": vary, "resampling": resampling})
    return RunPlan.model_validate(changed.model_dump())


def outcome_of(record: RunRecord) -> dict[tuple[str, int], bytes]:
    assert not record.failed
    return {
        (r.spec.model, r.spec.trial): np.asarray(r.predictions).tobytes() for r in record.results
    }


@given(
    images=st.integers(1, 300),
    fraction=st.floats(0.01, 1),
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 2**31 - 1),
)
def test_a_sample_has_its_size_lies_in_the_set_and_is_in_order(
    images: int, fraction: float, method: ResamplingMethod, seed: int
) -> None:
    sample = TrainingSample(method=method, fraction=fraction, seed=seed)
    drawn = drawn_indices(images, sample)
    assert len(drawn) == sample.size(images)
    assert (np.diff(drawn) >= (1 if method == "subsample" else 0)).all()
    assert all(0 <= index < images for index in drawn)
    np.testing.assert_array_equal(drawn, drawn_indices(images, sample))


def test_what_is_drawn_never_changes() -> None:
    """Runs of different versions are comparable only as long as these numbers stay."""
    drawn = {
        method: drawn_indices(10, TrainingSample(method=method, fraction=0.5, seed=1)).tolist()
        for method in METHODS
    }
    assert drawn == DRAWN


def test_a_bootstrap_has_some_images_more_than_once_and_some_not_at_all() -> None:
    samples = [
        drawn_indices(10_000, TrainingSample(method="bootstrap", seed=seed)) for seed in range(5)
    ]
    shares = [len(np.unique(sample)) / 10_000 for sample in samples]
    np.testing.assert_allclose(shares, 1 - np.exp(-1), atol=0.02)


def test_without_a_sample_the_images_are_not_even_copied(tiny_data: TrialData) -> None:
    assert training_set(tiny_data.train, None) is tiny_data.train


def test_a_subsample_of_everything_is_the_training_set(tiny_data: TrialData) -> None:
    sample = TrainingSample(method="subsample", fraction=1.0, seed=5)
    drawn = training_set(tiny_data.train, sample)
    np.testing.assert_array_equal(drawn.images, tiny_data.train.images)
    np.testing.assert_array_equal(drawn.labels, tiny_data.train.labels)


@pytest.mark.parametrize("resampling", [BOOTSTRAP, SUBSAMPLE])
def test_a_trial_learns_from_its_sample_and_is_tested_on_all(
    resampling: Resampling,
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
) -> None:
    plan = plan_varying(plan_of(host_of("centroid"), "centroid"), "data", resampling)
    spec = plan.trial_specs()[0]
    built: list[Rememberer] = []

    def build(options: object, context: BuildContext) -> Rememberer:
        built.append(Rememberer(options, context))
        return built[-1]

    spec = spec.model_copy(update={"options": {}})
    result = run_trial(spec, ModelSpec("centroid", "s", build), tiny_data, lambda _progress: None)
    assert result.error is None
    assert spec.training is not None
    drawn = drawn_indices(len(tiny_data.train), spec.training)
    np.testing.assert_array_equal(built[-1].train.images, tiny_data.train.images[drawn])
    np.testing.assert_array_equal(built[-1].train.labels, tiny_data.train.labels[drawn])
    assert built[-1].validation is tiny_data.validation
    assert result.predictions is not None
    assert len(result.predictions) == len(tiny_data.test)


def test_models_share_samples_and_trials_do_not(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    plan = plan_varying(plan_of(host_of("centroid"), MODELS, trials=4), "data", BOOTSTRAP)
    samples: dict[int, set[TrainingSample | None]] = {}
    for spec in plan.trial_specs():
        samples.setdefault(spec.trial, set()).add(spec.training)
    assert [len(each) for each in samples.values()] == [1, 1, 1, 1]
    assert len(set.union(*samples.values())) == 4


@pytest.mark.parametrize(("vary", "seeds"), [("seed", 3), ("data", 1), ("both", 3)])
def test_seeds_are_as_without_samples_or_that_of_trial_1(
    vary: Vary, seeds: int, host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    plan = plan_of(host_of("centroid"), MODELS, trials=3)
    first = plan.trial_specs()[0]
    specs = plan_varying(plan, vary, None if vary == "seed" else BOOTSTRAP).trial_specs()
    assert len({spec.seed for spec in specs}) == seeds
    assert specs[0].seed == first.seed
    if vary == "seed":
        assert specs == plan.trial_specs()


def test_a_deterministic_model_has_a_spread(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    plan = plan_varying(plan_of(host, MODELS, trials=4), "data", SUBSAMPLE)
    results = list(read_results(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path)))
    assert [r.status for r in results] == ["ok"] * 8
    assert len({r.probabilities.tobytes() for r in results if r.probabilities is not None}) == 8


@pytest.mark.parametrize("engine", [InlineEngine(), None], ids=["inline", "process"])
def test_repeating_repeats_bit_by_bit_whatever_the_engine(
    engine: Engine | None,
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    plugin_file: Callable[[str], Path],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    plan = plan_varying(plan_of(host, MODELS, trials=3), "both", BOOTSTRAP)
    other = engine or ProcessEngine(2, plugin_files=[plugin_file("centroid")])
    first = read_run(run_plan(plan, host, tiny_data, InlineEngine(), tmp_path / "a"))
    second = read_run(run_plan(plan, host, tiny_data, other, tmp_path / "b"))
    assert outcome_of(first) == outcome_of(second)


def test_a_run_is_completed_only_with_samples_of_the_same_kind(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, MODELS, trials=2)
    stored_plan = plan_varying(plan, "data", SUBSAMPLE)
    path = run_plan(stored_plan, host, tiny_data, InlineEngine(), tmp_path)
    stored, environment = read_run(path), environment_of(plan)
    said = {
        differences(stored, plan, environment),
        differences(stored, plan_varying(plan, "data", BOOTSTRAP), environment),
        differences(stored, plan_varying(plan, "both", SUBSAMPLE), environment),
        differences(
            stored,
            plan_varying(plan, "data", Resampling(method="subsample", fraction=0.4)),
            environment,
        ),
    }
    then = "what varies was data (subsample of 0.5) and is now"
    assert said == {
        (f"{then} seed",),
        (f"{then} data (bootstrap)",),
        (f"{then} both (subsample of 0.5)",),
        (f"{then} data (subsample of 0.4)",),
    }
    wider = stored_plan.model_copy(update={"trials": 4})
    assert differences(stored, wider, environment) == ()
    found = resumption(path, stored, wider)
    assert len(found.missing) == 4
    resume_run(found, host, tiny_data, InlineEngine())
    whole = read_run(run_plan(wider, host, tiny_data, InlineEngine(), tmp_path / "whole"))
    assert outcome_of(read_run(path)) == outcome_of(whole)


@pytest.mark.parametrize(
    ("vary", "resampling", "reused"),
    [
        ("data", SUBSAMPLE, 4),
        ("both", SUBSAMPLE, 2),  # trial 1 has the same seed either way
        ("data", BOOTSTRAP, 0),
        ("seed", None, 0),
    ],
)
def test_trials_are_reused_only_with_the_same_sample_and_seed(
    vary: Vary,
    resampling: Resampling | None,
    reused: int,
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
) -> None:
    host = host_of("centroid")
    plan = plan_of(host, MODELS, trials=2)
    stored = plan_varying(plan, "data", SUBSAMPLE)
    run_plan(stored, host, tiny_data, InlineEngine(), tmp_path)
    wanted = plan_varying(plan, vary, resampling)
    found = list(reusable_results(tmp_path, wanted, environment_of(plan)))
    assert len(found) == reused
    specs = {(spec.model, spec.trial): spec for spec in wanted.trial_specs()}
    assert all(r.spec == specs[r.spec.model, r.spec.trial] for r in found)


def test_the_sample_is_not_counted_as_the_models_memory(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> None:
    images = np.zeros((30_000, 28, 28), np.uint8)
    labels = (np.arange(30_000) % 10).astype(np.uint8)
    data = TrialData(Split(images, labels), None, Split(images[:10], labels[:10]))
    plan = plan_varying(plan_of(host_of("centroid"), "centroid"), "data", BOOTSTRAP)
    spec = plan.trial_specs()[0].model_copy(update={"options": {}})
    result = run_trial(spec, ModelSpec("centroid", "s", Rememberer), data, lambda _progress: None)
    assert result.error is None
    if result.peak_memory_bytes is None:
        pytest.skip("the system does not tell")
    assert result.peak_memory_bytes < images.nbytes / 4


DRAWN = {"bootstrap": [0, 4, 5, 7, 9], "subsample": [0, 2, 3, 6, 8]}
