"""Writes a complete plugin package to begin with."""

from digitbench.scaffold.estimators import estimator_starter
from digitbench.scaffold.names import PackageNames
from digitbench.scaffold.packages import write_package
from digitbench.scaffold.starters import STARTERS, Starter, find_starter

__all__ = [
    "STARTERS",
    "PackageNames",
    "Starter",
    "estimator_starter",
    "find_starter",
    "write_package",
]
