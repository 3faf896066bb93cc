from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbench.datasets import loaders
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.loaders import PublishedLoader
from digitbench.datasets.locate import own_directory
from digitbench.datasets.published import (
    FASHION_MNIST,
    KMNIST,
    MNIST,
    PublishedDataset,
)
from digitbench.datasets.source import CheckedDataset
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.types import DataContext, DownloadProgress, Split

WriteFiles = Callable[..., Path]
Encode = Callable[[NDArray[np.uint8]], bytes]


@pytest.fixture
def borrower(tiny: PublishedDataset) -> PublishedDataset:
    """A data set that uses the file names of another, as Fashion-MNIST does."""
    return replace(
        tiny,
        name="borrower",
        torchvision_name="Borrower",
        keras_name="borrower",
        owns_file_names=False,
    )


@pytest.fixture
def other(borrower: PublishedDataset) -> PublishedDataset:
    """One more, with other checksums."""
    files = tuple(replace(file, sha256="0" * 64) for file in borrower.files)
    return replace(borrower, name="other", torchvision_name="Other", files=files)  # type: ignore[arg-type]


def load(published: PublishedDataset, context: DataContext) -> CheckedDataset:
    dataset = PublishedLoader(published)(context)
    assert isinstance(dataset, CheckedDataset)
    return dataset


def one_line(error: pytest.ExceptionInfo[DatasetError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.fixture
def keras_copy(home: Path, splits: tuple[Split, Split]) -> Path:
    path = home / ".keras" / "datasets" / "mnist.npz"
    path.parent.mkdir(parents=True)
    train, test = splits
    np.savez(
        path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels
    )
    return path


# --- a named directory --------------------------------------------------------------------------


@pytest.mark.parametrize("subdirectory", ["", "tiny", "Tiny/raw"])
@pytest.mark.parametrize("gzipped", [True, False])
def test_a_named_directory_is_read(
    tmp_path: Path,
    tiny: PublishedDataset,
    context: DataContext,
    splits: tuple[Split, Split],
    write_files: WriteFiles,
    subdirectory: str,
    gzipped: bool,
) -> None:
    directory = write_files(tmp_path / "data" / subdirectory, gzipped=gzipped)
    dataset = load(tiny, replace(context, data_dir=tmp_path / "data"))
    assert dataset.fingerprint == fingerprint(*splits)
    assert (dataset.name, dataset.source) == ("tiny", f"data directory {directory}")


def test_a_named_directory_that_lacks_files_is_an_error(
    tmp_path: Path, tiny: PublishedDataset, context: DataContext, keras_copy: Path
) -> None:
    named = replace(context, data_dir=tmp_path)
    with pytest.raises(DatasetUnavailableError) as caught:
        load(tiny, named)
    assert "lacks train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-" in one_line(caught)
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "train-images-idx3-ubyte.gz").touch()
    with pytest.raises(DatasetUnavailableError) as caught:
        load(tiny, named)
    assert f"{tmp_path / 'tiny'} lacks train-labels-idx1-ubyte, t10k-" in one_line(caught)
    assert keras_copy.exists()


def test_a_bad_file_in_a_named_directory_is_an_error(
    tmp_path: Path,
    tiny: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    keras_copy: Path,
) -> None:
    file = write_files(tmp_path / "data") / "t10k-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DatasetError) as caught:
        load(tiny, replace(context, data_dir=tmp_path / "data"))
    assert f"{file} is cut short" in one_line(caught)
    assert not isinstance(caught.value, DatasetUnavailableError)
    assert keras_copy.exists()


def test_images_and_labels_must_go_together(
    tmp_path: Path,
    tiny: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    idx_bytes: Encode,
) -> None:
    directory = write_files(tmp_path / "data")
    (directory / "t10k-labels-idx1-ubyte.gz").write_bytes(idx_bytes(np.zeros(7, np.uint8)))
    with pytest.raises(DatasetError) as caught:
        load(tiny, replace(context, data_dir=directory))
    images = directory / "t10k-images-idx3-ubyte.gz"
    assert one_line(caught).endswith(
        f"{images} and t10k-labels-idx1-ubyte.gz cannot be used together: 20 images but 7 labels"
    )


def test_another_number_of_images_is_another_data_set(
    tmp_path: Path, tiny: PublishedDataset, context: DataContext, write_files: WriteFiles
) -> None:
    directory = write_files(tmp_path / "data")
    larger = replace(tiny, train_size=60_000)
    with pytest.raises(DatasetError) as caught:
        load(larger, replace(context, data_dir=directory))
    assert "has 30 training and 20 test images where tiny has 60,000 and 20" in one_line(caught)
    assert "--dataset idx" in one_line(caught)


def test_other_content_in_a_named_directory_is_allowed(
    tmp_path: Path, tiny: PublishedDataset, context: DataContext, write_files: WriteFiles
) -> None:
    directory = write_files(tmp_path / "data")
    published = replace(tiny, fingerprint="f" * 64)
    assert load(published, replace(context, data_dir=directory)).fingerprint != "f" * 64


# --- data sets that share their file names ---------------------------------------------------


def test_published_checksums_tell_a_data_set_from_its_name_twins(
    tmp_path: Path, borrower: PublishedDataset, context: DataContext, write_files: WriteFiles
) -> None:
    directory = write_files(tmp_path / "data")
    named = replace(context, data_dir=directory)
    assert load(borrower, named).source == f"data directory {directory}"


def test_without_matching_checksums_the_directory_must_have_the_name(
    tmp_path: Path,
    other: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    splits: tuple[Split, Split],
) -> None:
    named = replace(context, data_dir=tmp_path)
    write_files(tmp_path)
    with pytest.raises(DatasetError) as caught:
        load(other, named)
    assert "do not have the published checksums of other" in one_line(caught)
    for subdirectory in ("other", "Other/raw"):
        write_files(tmp_path / subdirectory)
        assert load(other, named).fingerprint == fingerprint(*splits)


def test_files_of_another_published_data_set_are_refused_by_name(
    tmp_path: Path,
    tiny: PublishedDataset,
    other: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loaders, "PUBLISHED", (tiny,))
    directory = write_files(tmp_path / "data" / "other")
    with pytest.raises(DatasetError) as caught:
        load(other, replace(context, data_dir=tmp_path / "data"))
    assert f"the files in {directory} are tiny, not other" in one_line(caught)


@pytest.mark.parametrize("gzipped", [True, False])
def test_the_content_of_another_published_data_set_is_refused_by_name(
    tmp_path: Path,
    tiny: PublishedDataset,
    other: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    splits: tuple[Split, Split],
    monkeypatch: pytest.MonkeyPatch,
    gzipped: bool,
) -> None:
    known = replace(tiny, files=other.files, fingerprint=fingerprint(*splits))
    monkeypatch.setattr(loaders, "PUBLISHED", (known,))
    directory = write_files(tmp_path / "other", gzipped=gzipped)
    with pytest.raises(DatasetError) as caught:
        load(replace(other, files=MNIST.files), replace(context, data_dir=tmp_path))
    assert f"the files in {directory} are tiny, not other" in one_line(caught)


# --- places nobody named -----------------------------------------------------------------------


def test_places_are_tried_in_order(
    tiny: PublishedDataset,
    context: DataContext,
    splits: tuple[Split, Split],
    write_files: WriteFiles,
    keras_copy: Path,
    home: Path,
) -> None:
    own = own_directory(tiny, context.cache_dir)
    write_files(home / "data" / "Tiny" / "raw", gzipped=False)
    write_files(Path("data/Tiny/raw"))
    write_files(own)
    sources = []
    for found in (own, keras_copy, Path("data/Tiny/raw"), home / "data" / "Tiny" / "raw"):
        dataset = load(tiny, context)
        assert dataset.fingerprint == fingerprint(*splits)
        sources.append(dataset.source)
        assert dataset.source.endswith(str(found))
        for file in found.iterdir() if found.is_dir() else [found]:
            file.unlink()
    assert [source.split()[0] for source in sources] == [
        "digitbench's",
        "Keras'",
        "torchvision's",
        "torchvision's",
    ]
    with pytest.raises(DatasetUnavailableError, match="tiny is not on this machine"):
        load(tiny, context)


def test_keras_keeps_borrowers_in_a_directory(
    home: Path, borrower: PublishedDataset, context: DataContext, write_files: WriteFiles
) -> None:
    directory = write_files(home / ".keras" / "datasets" / "borrower")
    assert load(borrower, context).source == f"Keras' copy {directory}"


def test_bad_copies_are_passed_over(
    tiny: PublishedDataset, context: DataContext, write_files: WriteFiles, keras_copy: Path
) -> None:
    own = own_directory(tiny, context.cache_dir)
    (write_files(own) / "t10k-labels-idx1-ubyte.gz").write_bytes(b"spoilt")
    keras_copy.write_bytes(b"spoilt")
    write_files(Path("data/Tiny/raw"))
    assert load(tiny, context).source == "torchvision's copy data/Tiny/raw"


def test_bad_copies_are_told_of_if_nothing_else_is_found(
    tiny: PublishedDataset, context: DataContext, write_files: WriteFiles, keras_copy: Path
) -> None:
    keras_copy.write_bytes(b"spoilt")
    file = write_files(Path("data/Tiny/raw")) / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(b"spoilt")
    with pytest.raises(DatasetUnavailableError) as caught:
        load(tiny, context)
    message = one_line(caught)
    assert message.startswith("tiny is not on this machine, and downloads are off")
    assert f"passed over: {keras_copy} is not a good copy of MNIST" in message
    assert f"passed over: {file} is not an IDX file" in message


def test_copies_nobody_vouches_for_are_passed_over(
    tiny: PublishedDataset, context: DataContext, write_files: WriteFiles, keras_copy: Path
) -> None:
    write_files(Path("data/Tiny/raw"))
    with pytest.raises(DatasetUnavailableError) as caught:
        load(replace(tiny, fingerprint="f" * 64), context)
    assert f"{keras_copy} is not the published tiny" in one_line(caught)
    assert "data/Tiny/raw is not the published tiny" in one_line(caught)


def test_what_is_missing_is_downloaded_unless_offline(
    tiny: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    published_bytes: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Path] = []

    def fake_download(
        published: PublishedDataset, directory: Path, progress: DownloadProgress | None
    ) -> None:
        assert published is tiny
        asked.append(directory)
        write_files(directory)
        if progress:
            progress("file", 1, 2)

    monkeypatch.setattr(loaders, "download", fake_download)
    with pytest.raises(DatasetUnavailableError, match="downloads are off; name a directory"):
        load(tiny, context)
    calls: list[int] = []
    online = replace(
        context, offline=False, progress=lambda _, received, __: calls.append(received)
    )
    own = own_directory(tiny, context.cache_dir)
    assert load(tiny, online).source == f"digitbench's cache {own}"
    assert (asked, calls) == ([own], [1])
    load(tiny, context)  # from now on it is there
    file = own / tiny.files[0].name
    file.write_bytes(b"spoilt")
    load(tiny, online)
    assert asked == [own, own]
    assert file.read_bytes() == published_bytes[file.name]


def test_without_a_network_the_error_says_what_to_do(
    tiny: PublishedDataset, context: DataContext
) -> None:
    with pytest.raises(DatasetUnavailableError) as caught:
        load(tiny, replace(context, offline=False))
    assert "127.0.0.1:9: no connection" in one_line(caught)
    assert "--data-dir" in one_line(caught)


def test_unchanged_files_are_not_read_again(
    tmp_path: Path,
    tiny: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
) -> None:
    directory = write_files(tmp_path / "data")
    named = replace(context, data_dir=directory)
    first = load(tiny, named)
    file = next(directory.iterdir())
    before = file.stat()
    file.write_bytes(bytes(before.st_size))  # whoever reads it will complain
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load(tiny, named).fingerprint == first.fingerprint
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    with pytest.raises(DatasetError):
        load(tiny, named)


def test_files_that_cannot_be_hashed_are_named(
    tmp_path: Path,
    tiny: PublishedDataset,
    context: DataContext,
    write_files: WriteFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = write_files(tmp_path / "data")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(hashlib, "file_digest", refuse)
    with pytest.raises(DatasetError, match=r"cannot be read \(Permission denied\)"):
        load(tiny, replace(context, data_dir=directory))


# --- the real thing ------------------------------------------------------------------------------


@pytest.mark.mnist
def test_real_mnist_is_read_once_and_is_not_taken_for_its_twins(
    mnist_dir: Path, context: DataContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = replace(context, data_dir=mnist_dir)
    assert load(MNIST, named).fingerprint == MNIST.fingerprint
    with monkeypatch.context() as patch:
        patch.setattr("digitbench.datasets.loaders._read_idx_files", pytest.fail)
        assert load(MNIST, named).fingerprint == MNIST.fingerprint
    for twin in (FASHION_MNIST, KMNIST):
        with pytest.raises(DatasetError, match=f"are mnist, not {twin.name}"):
            load(twin, named)
