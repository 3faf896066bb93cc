"""`pictures:DIR`: all pictures, or those for testing; there need be none to train on."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.pictures import find_digits, read_picture
from digitbench.test_sets.pictures import load_pictures
from digitbench.types import Dataset, TestCondition, TestSetContext
from drawn_digits import as_file, ink_of, on_paper


def draw(path: Path, digit: int, shift: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = on_paper(ink_of((70, 60), [(digit, 8 + shift, 12, 40)]))
    path.write_bytes(as_file(picture))
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "digits"


def load(context: TestSetContext, dataset: Dataset, directory: Path) -> TestCondition:
    test_set = load_pictures(replace(context, argument=str(directory)), dataset)
    (condition,) = test_set.conditions
    assert test_set.source == f"{len(condition)} pictures in {directory}"
    return condition


def test_all_pictures_of_the_folders_are_tested(
    directory: Path, context: TestSetContext, dataset: Dataset
) -> None:
    paths = [draw(directory / f"{digit}/{name}.png", digit) for digit, name in ((1, 0), (7, 0))]
    for _ in range(2):  # read from the files, then from the cache
        found = load(context, dataset, directory)
        assert found.labels.tolist() == [1, 7]
        assert found.images is not None
        for image, path in zip(found.images, paths, strict=True):
            (digit,) = find_digits(read_picture(path)).digits
            assert (image == digit.image).all()


def test_pictures_to_train_on_are_left_out(
    directory: Path, context: TestSetContext, dataset: Dataset
) -> None:
    draw(directory / "train/1/a.png", 1)
    with pytest.raises(DatasetError, match=r"all pictures of .* are for training"):
        load(context, dataset, directory)
    draw(directory / "test/7/a.png", 7)
    assert load(context, dataset, directory).labels.tolist() == [7]


def test_writers_are_groups_if_there_are_several(
    directory: Path, context: TestSetContext, dataset: Dataset
) -> None:
    for number, digit in enumerate((1, 7, 7)):
        draw(directory / f"{number}.png", digit)
    rows = "file,label,writer\n0.png,1,{}\n1.png,7,me\n2.png,7,me\n"
    (directory / "labels.csv").write_text(rows.format("you"))
    groups = load(context, dataset, directory).groups
    assert groups is not None
    assert (groups.name, groups.count) == ("writer", 2)
    assert groups.numbers[1] == groups.numbers[2] != groups.numbers[0]
    (directory / "labels.csv").write_text(rows.format("me"))
    assert load(context, dataset, directory).groups is None


def test_what_shows_no_digit_is_left_out_and_named(
    directory: Path,
    context: TestSetContext,
    dataset: Dataset,
    caplog: pytest.LogCaptureFixture,
) -> None:
    draw(directory / "1/a.png", 1)
    (directory / "1/b.png").write_bytes(b"a text")
    with caplog.at_level(logging.WARNING):
        test_set = load_pictures(replace(context, argument=str(directory)), dataset)
    assert [len(condition) for condition in test_set.conditions] == [1]
    assert "1 of 2 pictures are left out: 1/b.png" in caplog.text
    (directory / "1/a.png").unlink()
    with pytest.raises(DatasetError, match="has no picture to test on that shows one digit"):
        load(context, dataset, directory)


def test_a_directory_without_pictures_is_refused(
    directory: Path, context: TestSetContext, dataset: Dataset
) -> None:
    with pytest.raises(DatasetUnavailableError, match="there is no"):
        load(context, dataset, directory)
    directory.mkdir()
    with pytest.raises(DatasetError, match="has no pictures in folders 0 to 9"):
        load(context, dataset, directory)
    (directory / "labels.csv").write_text("file,label\n../a.png,1\n")
    with pytest.raises(DatasetError, match="line 2: name a file below the directory"):
        load(context, dataset, directory)


def test_how_far_reading_is_is_told_of_many_pictures(
    directory: Path, context: TestSetContext, dataset: Dataset
) -> None:
    told: list[tuple[str, int, int]] = []

    def working(what: str, done: int, total: int) -> None:
        told.append((what, done, total))

    data = replace(context.data, working=working)
    telling = replace(context, data=data, argument=str(directory))
    draw(directory / "7/one.png", 7)
    for number in range(101):
        (directory / f"7/{number}.png").write_bytes(b"no picture")
    for _ in range(2):  # read from the files, then from the cache
        load_pictures(telling, dataset)
    what = f"reading 102 pictures in {directory}, once"
    assert told == [(what, done, 102) for done in range(1, 103)]
