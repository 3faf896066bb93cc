"""Where the files of a published data set may lie on this machine.

Looked at in this order, unless a directory is named (`--data-dir`), which then is the only place:

1. digitbench's own cache, `<cache_dir>/files/<name>/`;
2. Keras: `mnist.npz` or `fashion-mnist/` in `~/.keras/datasets/` (or `$KERAS_HOME/datasets/`);
3. torchvision: `<root>/<Name>/raw/`, such as `data/MNIST/raw/`. torchvision has no default root;
   tried are those of its documentation and examples: `data`, `../data` and `~/data`.

In a named directory, `<name>/`, torchvision's `<Name>/raw/` and the directory itself are tried in
this order; the first that has any of the four files must have them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digitbench.datasets.published import MNIST_STEMS, FileStems, PublishedDataset
from digitbench.errors import DatasetUnavailableError
from digitbench.given import home, variable, written_path


@dataclass(frozen=True)
class IdxFiles:
    """The files of a data set, or some of them, found in one directory.

    Attributes:
        directory: where they lie.
        paths: training images, training labels, test images, test labels, as far as asked for.
    """

    directory: Path
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class FilePlace:
    """A directory that may hold the four files, or Keras' archive.

    Attributes:
        label: whose copy it is, in words for people.
        path: the directory, or the archive.
    """

    label: str
    path: Path


def find_idx_files(directory: Path, stems: FileStems = MNIST_STEMS) -> IdxFiles | None:
    """Look for IDX files in a directory.

    Gzipped files are preferred, because their checksums are published.

    Args:
        directory: where to look; need not exist.
        stems: what the files may be called; without them the four as MNIST's.

    Returns:
        The files, or None if any is missing.
    """
    paths = tuple(path for path in _find_each(directory, stems) if path is not None)
    return IdxFiles(directory, paths) if len(paths) == len(stems) else None


def missing_files(directory: Path, stems: FileStems = MNIST_STEMS) -> list[str]:
    """Return the published names, without `.gz`, of the files a directory lacks."""
    found = _find_each(directory, stems)
    return [names[0] for names, path in zip(stems, found, strict=True) if path is None]


def has_any_idx_file(directory: Path, stems: FileStems = MNIST_STEMS) -> bool:
    """Tell whether a directory has at least one of the IDX files."""
    return any(_find_each(directory, stems))


def named_directory(
    data_dir: Path, subdirectories: tuple[str, ...] = (), stems: FileStems = MNIST_STEMS
) -> Path:
    """Find which directory is meant when a user names one.

    Args:
        data_dir: the directory the user named.
        subdirectories: where to look in it first.
        stems: what the files may be called.

    Returns:
        The first directory that has any of the IDX files; `data_dir` if none has.

    Raises:
        DatasetUnavailableError: there is no such directory.
    """
    if not _is_directory(data_dir):
        raise DatasetUnavailableError(
            f"the data directory {data_dir} is no directory that can be read; name the one with "
            "the data set's files"
        )
    for directory in (data_dir / name for name in subdirectories):
        if has_any_idx_file(directory, stems):
            return directory
    return data_dir


def require_idx_files(directory: Path, stems: FileStems = MNIST_STEMS) -> IdxFiles:
    """Find the IDX files in a directory that must have them.

    Raises:
        DatasetUnavailableError: files are missing.
    """
    if files := find_idx_files(directory, stems):
        return files
    raise DatasetUnavailableError(
        f"{directory} lacks {', '.join(missing_files(directory, stems))} (with or without .gz); "
        "add what is missing, or name another data directory"
    )


def is_file(path: Path) -> bool:
    """Tell whether there is a file; a path that cannot be looked at counts as none."""
    try:
        return path.is_file()
    except OSError:  # Python before 3.14 raises where a directory on the way is closed
        return False


def own_directory(published: PublishedDataset, cache_dir: Path) -> Path:
    """Return the directory that digitbench keeps the data set's published files in."""
    return cache_dir / "files" / published.name


def other_places(published: PublishedDataset) -> Iterator[FilePlace]:
    """Yield the places where other tools leave their copies, whether or not they exist."""
    keras = _keras_directory(home())
    if keras and published.keras_name:
        yield FilePlace("Keras' copy", keras / "datasets" / published.keras_name)
    for root in torchvision_roots():
        yield FilePlace("torchvision's copy", root / published.torchvision_name / "raw")


def torchvision_roots() -> list[Path]:
    """Return the directories that torchvision is mostly told to keep data sets in."""
    at_home = home()
    return [Path("data"), Path("..") / "data"] + ([at_home / "data"] if at_home else [])


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _find_each(directory: Path, stems: FileStems) -> list[Path | None]:
    return [_first_file(directory, names) for names in stems]


def _first_file(directory: Path, names: tuple[str, ...]) -> Path | None:
    for stem in names:
        for suffix in (".gz", ""):
            if is_file(path := directory / (stem + suffix)):
                return path
    return None


def _keras_directory(at_home: Path | None) -> Path | None:
    if named := variable("KERAS_HOME"):
        return written_path(named)
    return at_home / ".keras" if at_home else None
