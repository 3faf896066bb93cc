"""Seeds: hashes of the base seed and the trial, and of nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from digitbench.seeds import training_seed, trial_seed


def test_seeds_never_change() -> None:
    assert [trial_seed(0, trial) for trial in (1, 2, 3)] == SEEDS_OF_BASE_0
    assert [training_seed(0, trial) for trial in (1, 2, 3)] == TRAINING_SEEDS_OF_BASE_0


@given(base=st.integers(), trial=st.integers(min_value=1))
def test_seeds_suit_every_library(base: int, trial: int) -> None:
    seed = trial_seed(base, trial)
    assert 0 <= seed < 2**31
    assert seed == trial_seed(base, trial)


def test_seeds_differ_between_trials_and_bases_and_what_they_are_of() -> None:
    axes = [(base, trial) for base in range(30) for trial in range(1, 31)]
    seeds = {seed_of(*axis) for seed_of in (trial_seed, training_seed) for axis in axes}
    assert len(seeds) == 1800


SEEDS_OF_BASE_0 = [34868694, 327061154, 48173381]
TRAINING_SEEDS_OF_BASE_0 = [204503838, 1279132610, 809385944]
