"""Which pictures a directory has, and how they are divided."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from digitbench.datasets.picture_listing import LabelledPicture, list_pictures
from digitbench.errors import DatasetError


def touched(directory: Path, *files: str) -> None:
    for file in files:
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).touch()


def in_folders(directory: Path, per_digit: int) -> None:
    touched(directory, *(f"{digit}/{n}.png" for digit in range(10) for n in range(per_digit)))


def test_folders_give_labels_and_a_fifth_of_each_is_for_testing(tmp_path: Path) -> None:
    in_folders(tmp_path, 10)
    touched(tmp_path, "3/.hidden.png", "3/notes.txt", "10/a.png", "3/UPPER.JPG")
    found = list_pictures(tmp_path)
    assert Counter(picture.label for picture in found) == {**dict.fromkeys(range(10), 10), 3: 11}
    assert Counter(p.label for p in found if p.test) == dict.fromkeys(range(10), 2)
    assert {picture.writer for picture in found} == {None}


def test_a_picture_more_moves_no_other_but_one(tmp_path: Path) -> None:
    in_folders(tmp_path, 12)
    before = {picture for picture in list_pictures(tmp_path) if picture.test}
    touched(tmp_path, "0/more.png")
    after = {picture for picture in list_pictures(tmp_path) if picture.test}
    assert len(before ^ after) <= 2
    assert list_pictures(tmp_path) == list_pictures(tmp_path)


def test_folders_of_parts_are_taken_as_they_are(tmp_path: Path) -> None:
    touched(tmp_path, "train/1/a.png", "train/2/b.png", "test/1/a.png")
    assert list_pictures(tmp_path) == [
        LabelledPicture("test/1/a.png", 1, None, test=True),
        LabelledPicture("train/1/a.png", 1, None, test=False),
        LabelledPicture("train/2/b.png", 2, None, test=False),
    ]


def test_writers_are_not_divided(tmp_path: Path) -> None:
    lines = [f"{w}-{n}.png,{n % 10},{w}" for w in "abcdefghij" for n in range(7)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label,writer", *lines]))
    parts = {(picture.writer, picture.test) for picture in list_pictures(tmp_path)}
    assert Counter(test for _, test in parts) == {False: 8, True: 2}


@pytest.mark.parametrize("sizes", [{"ann": 1, "bob": 9}, {"ann": 9, "bob": 1}])
def test_of_two_writers_one_is_for_each_part(tmp_path: Path, sizes: dict[str, int]) -> None:
    lines = [f"{writer}-{n}.png,1,{writer}" for writer in sizes for n in range(sizes[writer])]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label,writer", *lines]))
    parts = {(picture.writer, picture.test) for picture in list_pictures(tmp_path)}
    assert sorted(test is True for _, test in parts) == [False, True]


def test_the_parts_of_a_list_are_taken_as_they_are(tmp_path: Path) -> None:
    text = "part,file,label\ntest,x/a.png,1\n train ,x\\b.png, 2 \n"
    (tmp_path / "labels.csv").write_text(text, encoding="utf-16")
    assert list_pictures(tmp_path) == [
        LabelledPicture("x/a.png", 1, None, test=True),
        LabelledPicture("x/b.png", 2, None, test=False),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must begin with the line file,label"),
        ("file;label\na.png;1\n", "must begin with the line file,label"),
        ("file,label\n", "has no pictures in folders 0 to 9"),
        ("file,label\na.png,1\nb.png,ten\n", "line 3: the label must be a digit, 0 to 9"),
        ("file,label\n../a.png,1\n", "line 2: name a file below the directory"),
        ("file,label\n/a.png,1\n", "line 2: name a file below the directory"),
        ("file,label\n,1\n", "line 2: name a file below the directory"),
        ("file,label,part\na.png,1,dev\n", "line 2: the part must be train or test"),
        ("file,label\na.png,1\na.png,1\n", "lists a picture twice"),
        ("file,label,writer\na.png,1,ann\nb.png,1,\n", "has a writer for some pictures only"),
        ("file,label,part\na.png,1,train\nb.png,1,\n", "has a part for some pictures only"),
    ],
)
def test_a_wrong_list_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DatasetError, match=words) as caught:
        list_pictures(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_list_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"file,label\n\xff\xfe\x00,1")
    with pytest.raises(DatasetError, match=r"cannot be read .*; save it as CSV"):
        list_pictures(tmp_path)


def test_a_directory_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has no pictures in folders 0 to 9"):
        list_pictures(tmp_path)
