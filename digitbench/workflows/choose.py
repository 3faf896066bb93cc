"""Chooses the best model of a run within limits."""

from collections.abc import Callable, Mapping

from digitbench.analysis.choice import Choice
from digitbench.analysis.choice import choose as choose_model
from digitbench.analysis.costs import Cost
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.types import RunRecord
from digitbench.workflows.quantities import parse_bytes, parse_seconds

LIMITS: Mapping[str, tuple[Cost, Callable[[str, str], float]]] = {
    "max_fit": (Cost.FIT, parse_seconds),
    "max_predict": (Cost.PREDICT, parse_seconds),
    "max_latency": (Cost.LATENCY, parse_seconds),
    "max_size": (Cost.SIZE, parse_bytes),
    "max_memory": (Cost.MEMORY, parse_bytes),
}
"""What may be limited, and how a limit is read."""


def read_limits(limits: Mapping[str, str]) -> dict[Cost, float]:
    """Read limits.

    Args:
        limits: amounts with units, by a name of `LIMITS`.

    Raises:
        UsageError: one is no amount.
    """
    read = {}
    for name, text in limits.items():
        cost, parse = LIMITS[name]
        read[cost] = parse(text, f"--{name.replace('_', '-')}")
    return read


def choose(record: RunRecord, limits: Mapping[str, str]) -> tuple[Choice, dict[Cost, str]]:
    """Choose the most accurate model within limits, and say why each other one is not it.

    Args:
        record: the run, read with its predictions.
        limits: as `read_limits` takes them.

    Returns:
        The choice, and each limit as it was written.

    Raises:
        UsageError: a limit is no amount; or no trial succeeded.
    """
    choice = choose_model(summarise(record), compare_run(record), read_limits(limits))
    return choice, {LIMITS[name][0]: text.strip() for name, text in limits.items()}
