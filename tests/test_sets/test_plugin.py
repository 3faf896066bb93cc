from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

from digitbench.plugin_validation import check_test_set
from digitbench.test_sets import plugin


def test_the_sets_that_are_read_from_files_are_offered() -> None:
    specs = {spec.name: check_test_set(spec) for spec in plugin.digitbench_test_sets()}
    arguments = {name: spec.argument for name, spec in specs.items()}
    assert {"disputed": None, "idx": "FILE", "pictures": "DIR"}.items() <= arguments.items()


def test_it_is_found_through_its_entry_point() -> None:
    (found,) = entry_points(group="digitbench", name="test_sets")
    assert found.load() is plugin


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, digitbench.test_sets.plugin as plugin\n"
        "list(plugin.digitbench_test_sets())\n"
        "heavy = {'sklearn', 'scipy', 'tensorflow', 'keras', 'pooch', 'requests', 'h5py', 'PIL'}\n"
        "ours = [name for name in sys.modules if name.startswith('digitbench.test_sets.')]\n"
        "print(sorted(heavy & set(sys.modules)), *sorted(ours))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    modules = [f"digitbench.test_sets.{name}" for name in ("chosen", "options", "plugin")]
    assert printed.split() == ["[]", *modules]
