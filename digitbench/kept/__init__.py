"""A trained classifier on disk: a record of what it is, and the files that it wrote itself."""

from digitbench.kept.record import FORMAT_VERSION, KeptFile, KeptModel

__all__ = ["FORMAT_VERSION", "KeptFile", "KeptModel"]
