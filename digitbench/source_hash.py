"""Tells one state of a plugin's source from another, where its version does not."""

import functools
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def source_hash(function: object) -> str | None:
    """Hash the source of the package, or single file, that a function comes from.

    Args:
        function: such as `ModelSpec.build`; or a module.

    Returns:
        SHA-256, in hexadecimal, of the paths and contents of all Python files of the outermost
        package around the function's module; None if it has no files to read.
    """
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__" if isinstance(function, ModuleType) else "__module__", None)
    module = sys.modules.get(name or "")
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return None
    outermost = sys.modules.get(module.__name__.partition(".")[0], module)
    directories = [Path(directory) for directory in getattr(outermost, "__path__", ())]
    digest = hashlib.sha256()
    try:
        for name, path in _files(directories, Path(file)):
            digest.update(f"{name}\0".encode(errors="surrogateescape"))
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return digest.hexdigest()


def _files(directories: list[Path], file: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a package, or the single file, with names that no move changes."""
    if not directories:
        yield file.name, file
    for directory in directories:
        for path in sorted(directory.rglob("*.py")):
            yield path.relative_to(directory).as_posix(), path
