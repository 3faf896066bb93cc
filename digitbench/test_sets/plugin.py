"""digitbench's own test sets, offered the way any plugin offers its own."""

from collections.abc import Iterable

from digitbench import hookimpl
from digitbench.types import TestSetSpec


@hookimpl
def digitbench_test_sets() -> Iterable[TestSetSpec]:
    """Return the test sets that come with digitbench."""
    return []
