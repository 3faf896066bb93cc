"""`digitbench data`: list, fetch and verify."""

import gzip
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]


@pytest.fixture
def own_files(workdir: Path) -> Path:
    """Write four small IDX files in MNIST's format."""
    directory = workdir / "own"
    directory.mkdir()
    for part, size in (("train", 30), ("t10k", 20)):
        images = np.zeros((size, 28, 28), np.uint8)
        labels = (np.arange(size) % 10).astype(np.uint8)
        content = struct.pack(">4i", 2051, size, 28, 28) + images.tobytes()
        (directory / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
        content = struct.pack(">2i", 2049, size) + labels.tobytes()
        (directory / f"{part}-labels-idx1-ubyte").write_bytes(content)
    return directory


def test_the_list_says_what_is_here(command: Command, own_files: Path) -> None:
    outcome = command("data", "list", "--data-dir", own_files)
    assert outcome.code == 0
    rows = (line.split() for line in outcome.out.splitlines())
    here = {row[0]: row[1] for row in rows if len(row) > 1}
    assert here["digits"] == "yes"
    assert here["idx"] == "yes"
    assert here["kmnist"] == "no"


def test_fetch_prepares_a_dataset_and_says_what_it_is(command: Command, own_files: Path) -> None:
    outcome = command("data", "fetch", "digits")
    assert outcome.code == 0
    assert outcome.out.startswith("digits: 1,442 training and 355 test images, canonical\n")
    outcome = command("data", "fetch", "idx", "--data-dir", own_files)
    assert "idx: 30 training and 20 test images, not known to be canonical" in outcome.out


def test_fetch_of_what_cannot_be_had_gets_one_line(command: Command) -> None:
    outcome = command("data", "fetch", "kmnist", "--offline")
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert outcome.out == ""


def test_verify_finds_damage(command: Command, own_files: Path) -> None:
    assert command("data", "verify").code == 0
    file = own_files / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-9])
    outcome = command("data", "verify", "--data-dir", own_files)
    assert outcome.code == 2
    assert "BAD" in outcome.out
    assert re.search(r"cut\s+short", outcome.out)
