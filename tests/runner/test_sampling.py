"""Training samples: what is drawn, that all models get the same, and that repeating repeats."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.resume import differences, resumption
from digitbench.runner.reuse import reusable_results
from digitbench.runner.run import environment_of, resume_run, run_plan
from digitbench.runner.sampling import drawn_indices, drawn_with_groups, training_set
from digitbench.runner.trial import run_trial
from digitbench.store import read_results, read_run
from digitbench.types import (
    BuildContext,
    Engine,
    EngineContext,
    Groups,
    Images,
    ModelSpec,
    PluginSources,
    Resampling,
    ResamplingMethod,
    RunPlan,
    RunRecord,
    Split,
    TrainingSample,
    TrialData,
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
    other = engine or ProcessEngine(
        EngineContext(2, plugins=PluginSources((plugin_file("centroid"),)))
    )
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


# --- whole groups --------------------------------------------------------------------------------


def groups_of(sizes: Sequence[int], counts: Sequence[int]) -> Groups:
    """So many groups in each stratum, of these sizes in turn."""
    numbers = np.arange(sum(counts))
    strata = np.repeat(np.arange(len(counts)), counts)
    each = np.resize(sizes, len(numbers))
    names = tuple(f"series {position}" for position in range(len(counts)))
    return Groups(
        "writer",
        np.repeat(numbers, each).astype(np.int32),
        np.repeat(strata, each).astype(np.int32),
        names,
    )


def of_writers(
    counts: tuple[int, ...], method: ResamplingMethod, fraction: float = 1.0, seed: int = 1
) -> TrainingSample:
    return TrainingSample(
        method=method, fraction=fraction, seed=seed, groups="writers", group_counts=counts
    )


@given(
    counts=st.lists(st.integers(2, 9), min_size=1, max_size=3).map(tuple),
    fraction=st.sampled_from([0.5, 0.7]),
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 2**31 - 1),
)
def test_a_sample_of_groups_has_them_whole_and_each_stratum_its_number(
    counts: tuple[int, ...], fraction: float, method: ResamplingMethod, seed: int
) -> None:
    groups = groups_of([3, 1, 4], counts)
    shuffled = groups.part(np.random.default_rng(seed).permutation(len(groups)))
    sample = of_writers(counts, method, fraction if method == "subsample" else 1.0, seed)
    drawn = drawn_with_groups(shuffled, sample)
    np.testing.assert_array_equal(drawn, drawn_with_groups(shuffled, sample))
    assert (np.diff(drawn) >= (1 if method == "subsample" else 0)).all()
    copies = np.bincount(drawn, minlength=len(groups))
    taken = np.zeros(len(counts), int)
    for number in np.unique(groups.numbers):
        of_group = copies[shuffled.numbers == number]
        assert len(set(of_group.tolist())) == 1  # all its images, equally often
        taken[shuffled.strata[shuffled.numbers == number][0]] += of_group[0]
    assert taken.tolist() == [sample.size(count) for count in counts]


def test_which_groups_are_drawn_never_changes() -> None:
    """Runs of different versions are comparable only as long as these numbers stay."""
    groups = groups_of([1], (6, 4))
    drawn = {
        method: drawn_with_groups(groups, of_writers((6, 4), method, fraction)).tolist()
        for method, fraction in zip(METHODS, (1.0, 0.5), strict=True)
    }
    assert drawn == DRAWN_GROUPS


DRAWN_GROUPS = {"bootstrap": [0, 0, 2, 3, 4, 5, 6, 7, 9, 9], "subsample": [1, 2, 4, 6, 8]}


def test_groups_cannot_be_drawn_from_images_that_have_none(tiny_data: TrialData) -> None:
    with pytest.raises(ValueError, match="writers are to be drawn from images that have none"):
        training_set(tiny_data.train, of_writers((2,), "bootstrap"))


@pytest.mark.parametrize(
    ("counts", "method", "fraction"),
    [
        ((40, 30), "bootstrap", 1.0),
        ((3, 3), "bootstrap", 1.0),
        ((20,), "subsample", 0.5),
        ((3, 3), "subsample", 0.5),
        ((9,), "subsample", 0.8),
    ],
)
def test_the_overlap_of_group_samples_gives_the_variance_of_a_mean(
    counts: tuple[int, ...], method: ResamplingMethod, fraction: float
) -> None:
    """Over fresh groups, the mean of T trials varies by s^2 (1/T + overlap/(1 - overlap))."""
    trials, sets, samples = 4, 10_000, 300
    groups, rng = groups_of([2], counts), np.random.default_rng(5)
    weights = np.stack([
        np.bincount(groups.numbers[drawn_with_groups(groups, sample)], minlength=sum(counts))
        for sample in (of_writers(counts, method, fraction, seed) for seed in range(samples))
    ])  # fmt: skip
    weights = weights / weights.sum(axis=1, keepdims=True)
    effects = rng.normal(size=(sets, 1, sum(counts)))
    accuracies = (effects * weights[rng.integers(0, samples, (sets, trials))]).sum(axis=2)
    overlap = Resampling(
        method=method, fraction=fraction, groups="writers", group_counts=counts
    ).overlap
    spread = accuracies.var(axis=1, ddof=1).mean()
    expected = spread * (1 / trials + overlap / (1 - overlap))
    assert accuracies.mean(axis=1).var() == pytest.approx(expected, rel=0.05)


def test_drawing_images_says_nothing_of_new_writers() -> None:
    """Where writers differ, samples of single images scatter far less than fresh writers do."""
    groups, sets, rng = groups_of([50], (20,)), 4_000, np.random.default_rng(5)
    samples = [TrainingSample(method="bootstrap", seed=seed) for seed in range(100)]
    weights = np.stack([
        np.bincount(groups.numbers[drawn_indices(len(groups), sample)], minlength=20)
        for sample in samples
    ]) / len(groups)  # fmt: skip
    effects = rng.normal(size=(sets, 1, 20))
    accuracies = (effects * weights[rng.integers(0, 100, (sets, 4))]).sum(axis=2)
    expected = accuracies.var(axis=1, ddof=1).mean() * (1 / 4 + 1)
    assert accuracies.mean(axis=1).var() > 10 * expected


def test_few_groups_overlap_more_than_the_fraction_says() -> None:
    def overlap(method: ResamplingMethod, fraction: float, *counts: int) -> float:
        return Resampling(
            method=method, fraction=fraction, groups="writers", group_counts=counts
        ).overlap

    assert overlap("bootstrap", 1, 289, 250) == pytest.approx(250 / 499)
    assert overlap("bootstrap", 1, 2) == pytest.approx(2 / 3)
    assert overlap("subsample", 0.5, 3, 100) == pytest.approx(2 / 3)
    assert overlap("subsample", 0.8, 10) == pytest.approx(0.8)


@pytest.mark.parametrize("counts", [(), (1,), (5, 1)])
def test_groups_that_are_drawn_are_counted_and_at_least_two(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        Resampling(method="bootstrap", groups="writers", group_counts=counts)
    with pytest.raises(ValidationError):
        Resampling(method="bootstrap", group_counts=(5,))
