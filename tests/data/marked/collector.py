"""A conftest.py: tests of another kind than pytest's, and tests that are tried twice."""

import pytest
from _pytest.runner import runtestprotocol


class Line(pytest.Item):
    """A line of a text file that has a gate."""

    def runtest(self):
        pass

    def reportinfo(self):
        return self.path, 0, self.name


class Lines(pytest.File):
    """A text file whose lines are names of tests."""

    def collect(self):
        for name in self.path.read_text(encoding="utf-8").split():
            line = Line.from_parent(self, name=name)
            line.add_marker(
                pytest.mark.digitbench(
                    models="centroid",
                    dataset="digits",
                    min_accuracy=0.99,
                    plugin_files=["centroid.py"],
                    engine="inline",
                    offline=True,
                )
            )
            yield line


def pytest_addoption(parser):
    parser.addoption("--twice", action="store_true")


def pytest_collect_file(file_path, parent):
    if file_path.name == "lines.txt":
        return Lines.from_parent(parent, path=file_path)
    return None


def pytest_runtest_protocol(item, nextitem):
    """Try a test that fails a second time, and report that alone, as plugins for flaky tests do."""
    if not item.config.getoption("twice"):
        return None
    for _attempt in range(2):
        if hasattr(item, "_initrequest"):
            item._initrequest()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not any(report.failed for report in reports):
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    return True
