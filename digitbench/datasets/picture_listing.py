"""Which labelled pictures a directory has, and which of them are for testing; none is opened.

The directory has one of these:

- `labels.csv`, with a line for each picture: `file,label`, and if known `writer` and `part` (train
  or test); files are named relative to the directory;
- `train/` and `test/`, each with folders `0` to `9`;
- folders `0` to `9`.

Where nothing says which pictures are for testing, a fifth is, chosen by a hash of the file names,
so that a picture more changes little: whole writers where they are known, otherwise of each digit.
"""

import csv
import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from digitbench.errors import DatasetError
from digitbench.given import read_text
from digitbench.types import NUM_CLASSES

LABELS_FILE = "labels.csv"
MOST_PICTURES = 100_000
_MOST_CSV_BYTES = 32 * 1024 * 1024
_TEST_SHARE = 0.2
_PARTS = ("train", "test")
_DIGITS = tuple(map(str, range(NUM_CLASSES)))
_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"}
)


@dataclass(frozen=True)
class LabelledPicture:
    """A picture of one digit.

    Attributes:
        file: its path below the directory, with slashes.
        label: the digit, 0 to 9.
        writer: who wrote it; None if that is not known.
        test: whether it is for testing; None if nothing says so.
    """

    file: str
    label: int
    writer: str | None = None
    test: bool | None = None


def has_pictures(directory: Path) -> bool:
    """Tell whether a directory is laid out as this module reads it."""
    try:
        if (directory / LABELS_FILE).is_file():
            return True
        roots = (directory, *(directory / part for part in _PARTS))
        return any((root / digit).is_dir() for root in roots for digit in _DIGITS)
    except OSError:
        return False


def list_pictures(directory: Path) -> list[LabelledPicture]:
    """Return the pictures of a directory, each for training or for testing, ordered by name.

    Raises:
        DatasetError: the directory cannot be read, has no pictures or too many, or `labels.csv` is
            wrong; the message names the line.
    """
    found = _ordered(directory)
    return found if found[0].test is not None else _divided(found)


def list_test_pictures(directory: Path) -> list[LabelledPicture]:
    """Return the pictures that are for testing, or all where nothing says which are.

    Raises:
        DatasetError: as for `list_pictures`, or none is for testing.
    """
    found = _ordered(directory)
    chosen = [picture for picture in found if picture.test is not False]
    if not chosen:
        raise DatasetError(f"all pictures of {directory} are for training; mark some as test")
    return chosen


def _ordered(directory: Path) -> list[LabelledPicture]:
    try:
        found = sorted(_listed(directory), key=lambda picture: picture.file)
    except OSError as error:
        raise DatasetError(
            f"{directory} cannot be read ({error.strerror or error}); check the files"
        ) from error
    if not found:
        raise DatasetError(
            f"{directory} has no pictures in folders 0 to 9; put them there, or list them in "
            f"{LABELS_FILE}"
        )
    return found


def _listed(directory: Path) -> Iterator[LabelledPicture]:
    if (directory / LABELS_FILE).is_file():
        yield from _in_csv(directory / LABELS_FILE)
    elif any((directory / part).is_dir() for part in _PARTS):
        for part in _PARTS:
            yield from _in_folders(directory, part, test=part == "test")
    else:
        yield from _in_folders(directory, "", test=None)


def _in_folders(directory: Path, part: str, test: bool | None) -> Iterator[LabelledPicture]:
    count = 0
    for digit in _DIGITS:
        folder = directory / part / digit
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            if path.suffix.lower() in _ENDINGS and not path.name.startswith("."):
                count += 1
                _refuse_too_many(count, directory)
                file = path.relative_to(directory).as_posix()
                yield LabelledPicture(file, int(digit), test=test)


def _refuse_too_many(count: int, where: Path) -> None:
    if count > MOST_PICTURES:
        raise DatasetError(f"{where} has more than {MOST_PICTURES:,} pictures; use fewer")


def _in_csv(file: Path) -> list[LabelledPicture]:
    if file.stat().st_size > _MOST_CSV_BYTES:
        raise DatasetError(f"{file} is larger than {_MOST_CSV_BYTES >> 20} MB; use fewer pictures")
    try:
        reader = csv.DictReader(read_text(file).splitlines())
        columns = reader.fieldnames or ()
        if not {"file", "label"} <= set(columns):
            raise DatasetError(
                f"{file} must begin with the line file,label (and writer,part if known)"
            )
        found: list[LabelledPicture] = []
        for row in reader:
            _refuse_too_many(len(found) + 1, file)
            found.append(_of_row(row, f"{file}, line {reader.line_num}"))
    except (ValueError, csv.Error) as error:
        raise DatasetError(f"{file} cannot be read ({error}); save it as CSV") from error
    if len({picture.file for picture in found}) < len(found):
        raise DatasetError(f"{file} lists a picture twice; leave one of its lines out")
    for column, given in (
        ("part", [picture.test is not None for picture in found]),
        ("writer", [picture.writer is not None for picture in found]),
    ):
        if any(given) and not all(given):
            raise DatasetError(f"{file} has a {column} for some pictures only; give it for all")
    return found


def _of_row(row: dict[str, str], where: str) -> LabelledPicture:
    file, label, part = ((row.get(name) or "").strip() for name in ("file", "label", "part"))
    path = PurePosixPath(file.replace("\\", "/"))
    if not file or path.is_absolute() or ".." in path.parts:
        raise DatasetError(f"{where}: name a file below the directory, not '{file}'")
    if label not in _DIGITS:
        raise DatasetError(f"{where}: the label must be a digit, 0 to 9, not '{label}'")
    if part not in ("", *_PARTS):
        raise DatasetError(f"{where}: the part must be train or test, not '{part}'")
    writer = (row.get("writer") or "").strip() or None
    return LabelledPicture(path.as_posix(), int(label), writer, part == "test" if part else None)


def _divided(pictures: Sequence[LabelledPicture]) -> list[LabelledPicture]:
    """Choose a fifth of the pictures for testing."""
    if pictures[0].writer is not None and len({picture.writer for picture in pictures}) > 1:
        chosen = _test_writers(pictures)
        return [replace(picture, test=picture.writer in chosen) for picture in pictures]
    chosen = set()
    for digit in range(NUM_CLASSES):
        files = _shuffled(picture.file for picture in pictures if picture.label == digit)
        chosen.update(files[: math.floor(_TEST_SHARE * len(files) + 0.5)])
    return [replace(picture, test=picture.file in chosen) for picture in pictures]


def _test_writers(pictures: Sequence[LabelledPicture]) -> set[str | None]:
    """Choose writers until a fifth of the pictures is theirs; at least one is left to train on."""
    sizes: dict[str, int] = {}
    for picture in pictures:
        sizes[picture.writer or ""] = sizes.get(picture.writer or "", 0) + 1
    chosen: set[str | None] = set()
    count = 0
    for writer in _shuffled(sizes)[:-1]:
        if count >= _TEST_SHARE * len(pictures):
            break
        chosen.add(writer)
        count += sizes[writer]
    return chosen


def _shuffled(names: Iterable[str]) -> list[str]:
    return sorted(
        names, key=lambda name: hashlib.sha256(name.encode(errors="surrogateescape")).digest()
    )
