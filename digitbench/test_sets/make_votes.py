"""Makes the file of votes on MNIST's test labels from a table of them; for developers.

    python -m digitbench.test_sets.make_votes TABLE [TARGET]

TABLE is CSV with the columns `test_index`, `given_label`, `suggested_label`, `votes_given`,
`votes_suggested` and `votes_neither`, made of `mturk/mnist_mturk.json` at
https://github.com/cleanlab/label-errors. Where both labels are the same, votes stand under both.
"""

import csv
import hashlib
import sys
from pathlib import Path

from digitbench.errors import DatasetError, DigitbenchError, UsageError
from digitbench.given import read_text
from digitbench.test_sets.votes import COLUMNS, VOTES_FILE, Votes, parse_votes

_TABLE_COLUMNS = (
    "test_index",
    "given_label",
    "suggested_label",
    "votes_given",
    "votes_suggested",
    "votes_neither",
)
PEOPLE = 5
"""Who were asked about each image."""


def make_votes(table: Path) -> str:
    """Return the text of the file, ordered by position, as `digitbench.test_sets.votes` reads it.

    Raises:
        DatasetError: the table cannot be read, or is not what it should be.
    """
    try:
        rows = list(csv.DictReader(read_text(table).splitlines()))
        found = sorted(tuple(int(row[column]) for column in _TABLE_COLUMNS) for row in rows)
    except OSError as error:
        raise DatasetError(f"cannot read {table}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DatasetError(f"{table} is not the table of votes ({error})") from error
    text = "\n".join((",".join(COLUMNS), *(",".join(map(str, row)) for row in found))) + "\n"
    _check(parse_votes(text), table)
    return text


def _check(votes: Votes, table: Path) -> None:
    same = votes.given == votes.suggested
    asked = votes.for_given + votes.for_neither + (~same) * votes.for_suggested
    if not (asked == PEOPLE).all() or (votes.for_given != votes.for_suggested)[same].any():
        raise DatasetError(f"{table} does not have {PEOPLE} votes for each image")


def main(arguments: list[str]) -> None:
    """Write the file.

    Raises:
        UsageError: too few or too many arguments.
        DatasetError: as `make_votes` does.
    """
    if len(arguments) not in (1, 2):
        raise UsageError("name the table of votes: TABLE [TARGET]")
    table, target = (*arguments, str(VOTES_FILE))[:2]
    text = make_votes(Path(table))
    Path(target).write_text(text, encoding="ascii", newline="\n")
    sys.stdout.write(f"{target}: SHA-256 {hashlib.sha256(text.encode()).hexdigest()}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DigitbenchError as error:
        sys.exit(f"error: {error}")
