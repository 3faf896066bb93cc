"""The public names: all there, loaded when first used, and nothing else."""

import subprocess
import sys

import pytest

import digitbench


def test_every_public_name_is_there() -> None:
    for name in digitbench.__all__:
        assert getattr(digitbench, name) is not None
    assert digitbench.ModelSpec.__module__.startswith("digitbench.types")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        digitbench.nothing  # noqa: B018


def test_importing_the_package_imports_little() -> None:
    code = "import sys, digitbench; print([m for m in ('numpy', 'pydantic') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.split() == [b"[]"]
