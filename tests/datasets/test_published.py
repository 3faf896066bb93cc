from __future__ import annotations

import hashlib
import string
from pathlib import Path

import pytest

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.idx import read_images, read_labels
from digitbench.datasets.published import MNIST, PUBLISHED, PublishedDataset
from digitbench.types import Split


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.name)
def test_records_are_well_formed(published: PublishedDataset) -> None:
    assert published.mirrors
    assert all(mirror.endswith("/") for mirror in published.mirrors)
    for file in published.files:
        assert len(file.sha256) == 64
        assert set(file.sha256) <= set(string.hexdigits.lower())
        assert file.size_bytes > 4000


def test_no_two_files_are_the_same() -> None:
    checksums = [file.sha256 for published in PUBLISHED for file in published.files]
    assert len(set(checksums)) == len(checksums)


def test_file_names_tell_mnist_and_qmnist_alone() -> None:
    owners = [published for published in PUBLISHED if published.owns_file_names]
    assert [published.name for published in owners] == ["mnist", "qmnist"]


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.name)
def test_files_are_looked_for_under_their_published_names(published: PublishedDataset) -> None:
    names = [file.name for file in published.files]
    assert [f"{stems[0]}.gz" for stems in published.stems] == names
    assert published.test_files == published.files[2:]
    assert published.test_stems == published.stems[2:]


@pytest.mark.mnist
def test_the_real_mnist_is_as_recorded(mnist_dir: Path) -> None:
    paths = [mnist_dir / file.name for file in MNIST.files]
    for path, file in zip(paths, MNIST.files, strict=True):
        body = path.read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file.size_bytes, file.sha256)
    train = Split(read_images(paths[0]), read_labels(paths[1]))
    test = Split(read_images(paths[2]), read_labels(paths[3]))
    assert (len(train), len(test)) == (MNIST.train_size, MNIST.test_size)
    assert fingerprint(train, test) == MNIST.fingerprint
