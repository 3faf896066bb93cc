"""A module that carries the mark for all of its tests, documented ones among them.

>>> 1 + 1
2
"""

import pytest

pytestmark = pytest.mark.digitbench(
    models="centroid",
    dataset="digits",
    min_accuracy=0.99,
    plugin_files=["centroid.py"],
    engine="inline",
    offline=True,
)


def test_in_module():
    pass
