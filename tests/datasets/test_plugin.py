from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pluggy

from digitbench import hookspecs
from digitbench.datasets import plugin
from digitbench.datasets.published import MNIST


def test_seven_data_sets_are_offered() -> None:
    manager = pluggy.PluginManager("digitbench")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    (specs,) = manager.hook.digitbench_datasets()
    assert [spec.name for spec in specs] == [
        "mnist",
        "fashion-mnist",
        "kmnist",
        "qmnist",
        "digits",
        "idx",
        "pictures",
    ]
    by_name = {spec.name: spec for spec in specs}
    assert by_name["mnist"].canonical_fingerprint == MNIST.fingerprint
    assert by_name["digits"].canonical_fingerprint
    assert all("\n" not in spec.summary for spec in specs)


def test_it_is_found_through_its_entry_point() -> None:
    (found,) = entry_points(group="digitbench", name="datasets")
    assert found.load() is plugin


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, digitbench.datasets.plugin as plugin\n"
        "list(plugin.digitbench_datasets())\n"
        "heavy = {'sklearn', 'scipy', 'tensorflow', 'keras', 'pooch', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert printed.strip() == "[]"
