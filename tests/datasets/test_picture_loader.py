"""Pictures as a data set: read, divided, cached with their writers; what is left out is named."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.load import load_dataset
from digitbench.datasets.picture_loader import PicturesLoader
from digitbench.errors import DatasetError, DatasetUnavailableError, UsageError
from digitbench.pictures import find_digits, read_picture
from digitbench.types import DataContext, DatasetSpec
from drawn_digits import STROKES, as_file, ink_of, on_paper

SPEC = DatasetSpec("pictures", "Pictures", PicturesLoader("pictures"))


@pytest.fixture
def context(tmp_path: Path) -> DataContext:
    return DataContext(tmp_path / "cache", tmp_path / "data")


@pytest.fixture
def directory(context: DataContext) -> Path:
    """Return a directory with five small pictures of each of four digits."""
    assert context.data_dir is not None
    for digit in STROKES:
        (context.data_dir / str(digit)).mkdir(parents=True)
        for number in range(5):
            picture = on_paper(ink_of((70, 60), [(digit, 8 + number, 12, 40)]))
            (context.data_dir / str(digit) / f"{number}.png").write_bytes(as_file(picture))
    return context.data_dir


def test_each_picture_becomes_its_digit(directory: Path, context: DataContext) -> None:
    data = load_dataset(SPEC, context).dataset
    assert data.test.labels.tolist() == [1, 2, 4, 7]
    assert np.bincount(data.train.labels).tolist() == [0, 4, 4, 0, 4, 0, 0, 4]
    assert data.source == f"data directory {directory}: 16 pictures to train on, 4 to test on"
    assert data.train.groups is None
    (digit,) = find_digits(read_picture(directory / "1" / "0.png")).digits
    first = np.flatnonzero(data.train.labels == 1)[0]
    assert any(
        (image == digit.image).all() for image in (data.train.images[first], data.test.images[0])
    )


def test_what_has_not_one_digit_is_left_out_and_named(
    directory: Path, context: DataContext, caplog: pytest.LogCaptureFixture
) -> None:
    whole = (directory / "1" / "0.png").read_bytes()
    (directory / "1" / "broken.png").write_bytes(whole[:-60])
    (directory / "1" / "text.png").write_bytes(b"a text")
    (directory / "1" / "blank.png").write_bytes(as_file(np.full((30, 30), 200, np.uint8)))
    two = on_paper(ink_of((70, 120), [(1, 10, 12, 40), (1, 70, 12, 40)]))
    (directory / "1" / "two.png").write_bytes(as_file(two))
    with caplog.at_level(logging.WARNING, "digitbench.datasets.picture_loader"):
        data = load_dataset(SPEC, context).dataset
    assert len(data.train) + len(data.test) == 20
    (said,) = [r.getMessage() for r in caplog.records if "left out" in r.getMessage()]
    assert said.startswith("4 of 24 pictures are left out: ")
    for part in (
        "1/broken.png (it is damaged",
        "1/text.png (it is no picture known here)",
        "1/blank.png (the page is blank)",
        "1/two.png (it has 2 digits)",
    ):
        assert part in said


def test_only_a_few_are_named(
    directory: Path, context: DataContext, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(9):
        (directory / "7" / f"x{number}.png").touch()
    load_dataset(SPEC, context)
    (said,) = [r.getMessage() for r in caplog.records if "left out" in r.getMessage()]
    assert said.count(".png") == 5
    assert said.endswith(" and 4 more")


def test_a_list_of_writers_makes_groups_that_the_cache_keeps(
    directory: Path, context: DataContext
) -> None:
    files = sorted(path.relative_to(directory) for path in directory.rglob("*.png"))
    lines = [f"{path},{path.parent},writer {path.stem}" for path in files]
    (directory / "labels.csv").write_text("\n".join(["file,label,writer", *lines]))
    read, cached = (load_dataset(SPEC, context) for _ in range(2))
    assert isinstance(cached.dataset.train.images.base, np.ndarray)
    for loaded in (read, cached):
        train, test = loaded.dataset.train.groups, loaded.dataset.test.groups
        assert train is not None
        assert test is None  # all test images are of one writer
        assert train.name == "writer"
        assert np.bincount(train.numbers).tolist().count(4) == 4
    assert read.fingerprint == cached.fingerprint


def test_a_changed_picture_is_read_again(directory: Path, context: DataContext) -> None:
    before = load_dataset(SPEC, context).fingerprint
    assert load_dataset(SPEC, context).fingerprint == before
    picture = on_paper(ink_of((90, 90), [(1, 20, 10, 60)]))
    (directory / "1" / "0.png").write_bytes(as_file(picture))
    assert load_dataset(SPEC, context).fingerprint != before


def test_nothing_to_test_on_is_one_line(context: DataContext) -> None:
    assert context.data_dir is not None
    folder = context.data_dir / "train" / "1"
    folder.mkdir(parents=True)
    folder.joinpath("a.png").write_bytes(as_file(on_paper(ink_of((70, 60), [(1, 8, 12, 40)]))))
    with pytest.raises(DatasetError, match="has no picture to test on that shows one digit"):
        load_dataset(SPEC, context)


def test_where_pictures_would_come_from(context: DataContext, directory: Path) -> None:
    loader = PicturesLoader("pictures")
    (source,) = loader.sources(context)
    assert source.where.endswith("16 pictures to train on, 4 to test on")
    nowhere = replace(context, data_dir=None)
    assert loader.sources(nowhere) == []
    assert loader.where_otherwise(nowhere) == "needs --data-dir"
    with pytest.raises(UsageError, match="--dataset pictures reads pictures; name their directory"):
        loader(nowhere)
    elsewhere = replace(context, data_dir=directory / "none")
    assert loader.sources(elsewhere) == []
    with pytest.raises(
        DatasetUnavailableError, match="can be read; name the one with the data set's files"
    ):
        loader(elsewhere)
