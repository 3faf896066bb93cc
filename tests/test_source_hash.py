"""Source hashes: they change with the source and with nothing else."""

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitbench.source_hash import source_hash


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """Make a package of two modules; return a function that imports its `build` anew."""
    root = tmp_path / "hashed_package"
    (root / "inner").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "inner" / "__init__.py").write_text("def build(): ...\n")
    (root / "helper.py").write_text("ONE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def build() -> object:
        return importlib.import_module("hashed_package.inner").build

    yield build
    for name in [name for name in sys.modules if name.startswith("hashed_package")]:
        del sys.modules[name]


def test_every_file_of_the_outermost_package_counts(
    package: Callable[[], object], tmp_path: Path
) -> None:
    before = source_hash(package())
    assert before is not None
    assert len(before) == 64
    assert source_hash(functools.partial(package)) != before
    helper = tmp_path / "hashed_package" / "helper.py"
    helper.write_text("ONE = 2\n")
    assert source_hash(package()) != before
    helper.write_text("ONE = 1\n")
    (tmp_path / "hashed_package" / "notes.txt").write_text("no source")
    assert source_hash(package()) == before
    helper.rename(helper.with_name("renamed.py"))
    assert source_hash(package()) != before


def test_what_stands_around_the_function_is_looked_through(package: Callable[[], object]) -> None:
    build = package()
    assert callable(build)
    assert source_hash(functools.partial(functools.partial(build))) == source_hash(build)


@pytest.mark.parametrize("function", [None, len, 3, functools.partial(len)])
def test_what_has_no_source_has_no_hash(function: object) -> None:
    assert source_hash(function) is None
