"""The checks, in the order in which they are made."""

from digitbench.testing.checks import (
    contract,
    images,
    keeping,
    learning,
    options,
    processes,
    repetition,
)
from digitbench.testing.results import Check

_ROOMS = (contract, images, repetition, keeping, learning, options, processes)

CHECKS: dict[str, Check] = {
    found.name: found
    for room in _ROOMS
    for found in vars(room).values()
    if isinstance(found, Check)
}
"""Every check by its name."""
