"""digitbench's own test sets, offered the way any plugin offers its own."""

from collections.abc import Iterable

from digitbench import hookimpl
from digitbench.test_sets.corruptions.loader import CorruptionOptions, load_corruptions
from digitbench.types import TestSetSpec


@hookimpl
def digitbench_test_sets() -> Iterable[TestSetSpec]:
    """Return the test sets that come with digitbench."""
    return [
        TestSetSpec(
            name="corruptions",
            summary="The test images with fifteen corruptions, after MNIST-C",
            load=load_corruptions,
            options=CorruptionOptions,
            source_url="https://arxiv.org/abs/1906.02337",
        ),
    ]
