"""Fills the templates in and puts the package where it belongs, whole or not at all."""

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from jinja2 import Environment, StrictUndefined

from digitbench.errors import UsageError
from digitbench.installed_from import VARIABLE, installed_from, source_elsewhere
from digitbench.scaffold.names import PackageNames
from digitbench.scaffold.starters import Starter

_SHARED = "package"
_SUFFIX = ".jinja"
_HIDDEN = "dot-"
_PACKAGE = "PACKAGE"


def write_package(names: PackageNames, starter: Starter, parent: Path) -> Path:
    """Write a package below `parent` and return its directory.

    The files are written to a directory beside it, which gets its name when all are there.

    Raises:
        UsageError: the directory is there already, or nothing can be written there.
    """
    target = parent / names.distribution
    if not parent.is_dir():
        raise UsageError(f"there is no directory {parent}: make it, or choose another")
    if target.exists():
        raise UsageError(f"{target} is there already: choose another name or --directory")
    try:
        with TemporaryDirectory(prefix=f".{names.distribution}-", dir=parent) as beside:
            unfinished = Path(beside) / names.distribution
            for path, text in package_files(names, starter).items():
                file = unfinished / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            unfinished.rename(target)
    except OSError as error:
        raise UsageError(f"cannot write to {parent}: {error.strerror}") from error
    return target


def package_files(names: PackageNames, starter: Starter) -> dict[PurePosixPath, str]:
    """Return the text of each file of a package, by its path in it."""
    # Other marks than Jinja's own, which GitHub's workflows and TOML use themselves.
    environment = Environment(  # noqa: S701 - no HTML is written
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    variables = {
        "name": names.model,
        "distribution": names.distribution,
        "package": names.package,
        **_source(),
        **starter.variables(),
    }
    return {
        _path(template, names): environment.from_string(source).render(variables)
        for part in (_SHARED, starter.template)
        for template, source in _templates(files(__package__) / "templates" / part, PurePosixPath())
    }


def _source() -> dict[str, object]:
    """Return what the templates say of the place that digitbench is installed from."""
    source = installed_from()
    return {
        "source_variable": VARIABLE,
        "source": shlex.quote(source) if source else None,
        "source_for_ci": source_elsewhere(source) if source else None,
    }


def _templates(root: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the templates below a directory with their paths in it."""
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, path / entry.name)
        elif entry.name.endswith(_SUFFIX):
            yield path / entry.name, entry.read_text(encoding="utf-8")


def _path(template: PurePosixPath, names: PackageNames) -> PurePosixPath:
    """Return where the file of a template belongs."""
    parts = [
        names.package if part == _PACKAGE else part.replace(_HIDDEN, ".", 1)
        for part in template.parts
    ]
    return PurePosixPath(*parts[:-1], parts[-1].removesuffix(_SUFFIX))
