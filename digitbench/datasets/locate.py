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

from digitbench.datasets.published import PublishedDataset
from digitbench.errors import DatasetUnavailableError
from digitbench.given import home, variable, written_path

# The four files: what each may be called, without `.gz`; the published name comes first.
_STEMS = (
    ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    (
        "t10k-images-idx3-ubyte",
        "t10k-images.idx3-ubyte",
        "test-images-idx3-ubyte",
        "test-images.idx3-ubyte",
    ),
    (
        "t10k-labels-idx1-ubyte",
        "t10k-labels.idx1-ubyte",
        "test-labels-idx1-ubyte",
        "test-labels.idx1-ubyte",
    ),
)


@dataclass(frozen=True)
class IdxFiles:
    """The four files of a data set, found in one directory.

    Attributes:
        directory: where they lie.
        paths: training images, training labels, test images, test labels.
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


def find_idx_files(directory: Path) -> IdxFiles | None:
    """Look for the four IDX files in a directory.

    Gzipped files are preferred, because their checksums are published.

    Args:
        directory: where to look; need not exist.

    Returns:
        The files, or None if any is missing.
    """
    paths = tuple(path for path in _find_each(directory) if path is not None)
    return IdxFiles(directory, paths) if len(paths) == len(_STEMS) else None


def missing_files(directory: Path) -> list[str]:
    """Return the published names, without `.gz`, of the files a directory lacks."""
    found = _find_each(directory)
    return [stems[0] for stems, path in zip(_STEMS, found, strict=True) if path is None]


def has_any_idx_file(directory: Path) -> bool:
    """Tell whether a directory has at least one of the four IDX files."""
    return any(_find_each(directory))


def named_directory(data_dir: Path, subdirectories: tuple[str, ...] = ()) -> Path:
    """Find which directory is meant when a user names one.

    Args:
        data_dir: the directory the user named.
        subdirectories: where to look in it first.

    Returns:
        The first directory that has any of the four IDX files; `data_dir` if none has.

    Raises:
        DatasetUnavailableError: there is no such directory.
    """
    if not _is_directory(data_dir):
        raise DatasetUnavailableError(
            f"the data directory {data_dir} is no directory that can be read; name the one with "
            "the data set's files"
        )
    for directory in (data_dir / name for name in subdirectories):
        if has_any_idx_file(directory):
            return directory
    return data_dir


def require_idx_files(directory: Path) -> IdxFiles:
    """Find the four IDX files in a directory that must have them.

    Raises:
        DatasetUnavailableError: files are missing.
    """
    if files := find_idx_files(directory):
        return files
    raise DatasetUnavailableError(
        f"{directory} lacks {', '.join(missing_files(directory))} (with or without .gz); add what "
        "is missing, or name another data directory"
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
    if keras := _keras_directory(at_home := home()):
        if published.owns_file_names:
            yield FilePlace("Keras' copy", keras / "datasets" / "mnist.npz")
        else:
            yield FilePlace("Keras' copy", keras / "datasets" / published.name)
    roots = [Path("data"), Path("..") / "data"] + ([at_home / "data"] if at_home else [])
    for root in roots:
        yield FilePlace("torchvision's copy", root / published.torchvision_name / "raw")


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _find_each(directory: Path) -> list[Path | None]:
    return [_first_file(directory, stems) for stems in _STEMS]


def _first_file(directory: Path, stems: tuple[str, ...]) -> Path | None:
    for stem in stems:
        for suffix in (".gz", ""):
            if is_file(path := directory / (stem + suffix)):
                return path
    return None


def _keras_directory(at_home: Path | None) -> Path | None:
    if named := variable("KERAS_HOME"):
        return written_path(named)
    return at_home / ".keras" if at_home else None
