"""The file of votes on MNIST's test labels: what it holds, and how it is made."""

import hashlib
import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from digitbench.errors import DatasetError, UsageError
from digitbench.test_sets import make_votes
from digitbench.test_sets.votes import VOTES_FILE, mnist_votes, parse_votes

SHA256 = "092dc97a5322e617b7fd24d054f58cbae6278d426db180a38ec91f717fb720ba"
HEADER = "test_index,given_label,suggested_label,votes_given,votes_suggested,votes_neither\n"
COLUMNS = "position,given,suggested,votes_given,votes_suggested,votes_neither\n"
NAMED_TABLE = os.environ.get("MNIST_VOTES_TABLE")
"""Where the table of votes is."""


def test_the_file_is_the_one_that_was_made() -> None:
    assert hashlib.sha256(VOTES_FILE.read_bytes()).hexdigest() == SHA256


def test_most_people_agree_with_the_published_labels() -> None:
    votes = mnist_votes()
    assert len(votes.positions) == 100
    assert (np.diff(votes.positions.astype(int)) > 0).all()
    assert int(votes.positions[-1]) < 10_000
    assert int((votes.voted != votes.given).sum()) == 11
    assert int((votes.for_neither > votes.for_given).sum()) > 0


def test_equal_votes_leave_the_published_label() -> None:
    votes = parse_votes(COLUMNS + "3,1,7,2,2,1\n4,1,7,2,3,0\n9,5,6,0,0,5\n")
    assert votes.voted.tolist() == [1, 7, 5]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "position,given\n1,2\n",
        COLUMNS,
        COLUMNS + "1,2,3,4,5\n",
        COLUMNS + "1,10,3,4,1,0\n",
        COLUMNS + "1,x,3,4,1,0\n",
        COLUMNS + "1,2,3,4,-1,0\n",
        COLUMNS + "1,2,3,5,0,0\n1,2,3,5,0,0\n",
    ],
)
def test_other_texts_are_no_votes(text: str) -> None:
    with pytest.raises(DatasetError, match="no votes on labels"):
        parse_votes(text)


def test_a_table_becomes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, target = tmp_path / "table.csv", tmp_path / "votes.csv"
    table.write_text(HEADER + "20,5,5,5,5,0\n10,1,7,1,3,1\n")
    make_votes.main([str(table), str(target)])
    assert str(target) in capsys.readouterr().out
    assert target.read_text().splitlines()[1:] == ["10,1,7,1,3,1", "20,5,5,5,5,0"]
    votes = parse_votes(target.read_text())
    assert votes.voted.tolist() == [7, 5]


def test_the_file_can_be_made_again() -> None:
    if not NAMED_TABLE:
        pytest.skip("MNIST_VOTES_TABLE is not set")
    assert make_votes.make_votes(Path(NAMED_TABLE)) == VOTES_FILE.read_text(encoding="ascii")


@pytest.mark.parametrize("rows", ["1,2,3,4,0,0\n", "1,5,5,5,0,0\n", "1,2\n", "one,2,3,5,0,0\n"])
def test_other_tables_are_refused(tmp_path: Path, rows: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text(HEADER + rows)
    with pytest.raises(DatasetError, match="votes"):
        make_votes.main([str(table), str(tmp_path / "votes.csv")])
    assert not (tmp_path / "votes.csv").exists()


def test_how_it_is_called(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="TABLE"):
        make_votes.main([])
    with pytest.raises(DatasetError, match="cannot read"):
        make_votes.main([str(tmp_path / "absent")])


def test_the_licence_lies_beside_it() -> None:
    folder = files("digitbench.test_sets") / "mnist_votes"
    assert "Apache License" in folder.joinpath("LICENSE").read_text()
    assert "github.com/cleanlab/label-errors" in folder.joinpath("README.md").read_text()
