"""Seeds as hashes of named axes, so that no model's numbers depend on another model."""

import hashlib

SEED_BITS = 31
"""Seeds lie in [0, 2**31), so that libraries which take a signed 32-bit seed accept them too."""


def trial_seed(base_seed: int, trial: int) -> int:
    """Return the seed of one trial, the same for every model.

    Args:
        base_seed: the run's seed (`--seed`).
        trial: the trial's number, counted from 1.

    Returns:
        An integer in [0, 2**31), the same on every platform and Python version.
    """
    return _hashed(f"digitbench/trial-seed/{base_seed}/{trial}")


def training_seed(base_seed: int, trial: int) -> int:
    """Return the seed of one trial's training sample, the same for every model.

    It has nothing to do with the seed of the trial itself, so that either can vary alone.

    Args:
        base_seed: the run's seed (`--seed`).
        trial: the trial's number, counted from 1.

    Returns:
        An integer in [0, 2**31), the same on every platform and Python version.
    """
    return _hashed(f"digitbench/training-sample/{base_seed}/{trial}")


def _hashed(axes: str) -> int:
    digest = hashlib.sha256(axes.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - SEED_BITS)
