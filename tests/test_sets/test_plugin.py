from importlib.metadata import entry_points

from digitbench.test_sets import plugin


def test_it_is_found_through_its_entry_point() -> None:
    (found,) = entry_points(group="digitbench", name="test_sets")
    assert found.load() is plugin
