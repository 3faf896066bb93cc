from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from digitbench.datasets.bundled import DigitsLoader
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.loaders import IdxLoader, PublishedLoader
from digitbench.datasets.locate import own_directory
from digitbench.datasets.plugin import digitbench_datasets
from digitbench.datasets.published import PublishedDataset
from digitbench.datasets.status import Verification, dataset_status, verify
from digitbench.types import DataContext, Dataset, DatasetSpec, Split

WriteFiles = Callable[..., Path]


@pytest.fixture
def tiny_spec(tiny: PublishedDataset, splits: tuple[Split, Split]) -> DatasetSpec:
    return DatasetSpec("tiny", "A few", PublishedLoader(tiny), fingerprint(*splits))


@pytest.fixture
def borrower_spec(tiny: PublishedDataset) -> DatasetSpec:
    borrower = replace(tiny, name="borrower", torchvision_name="Borrower", owns_file_names=False)
    return DatasetSpec("borrower", "Same names", PublishedLoader(borrower))


IDX = DatasetSpec("idx", "One's own", IdxLoader("idx"))


def damage(file: Path) -> None:
    body = bytearray(file.read_bytes())
    body[-1] ^= 1
    file.write_bytes(body)


def test_status_without_any_copy(
    context: DataContext, tiny_spec: DatasetSpec, tmp_path: Path
) -> None:
    status = dataset_status(tiny_spec, replace(context, offline=False))
    assert (status.name, status.summary, status.present) == ("tiny", "A few", False)
    assert status.where == "would be downloaded from http://127.0.0.1:9/"
    assert dataset_status(tiny_spec, context).where == "not on this machine"
    elsewhere = dataset_status(tiny_spec, replace(context, data_dir=tmp_path))
    assert elsewhere.where == f"not in the data directory {tmp_path}"
    assert not elsewhere.present


def test_status_of_the_copy_that_would_be_used(
    context: DataContext, tiny: PublishedDataset, tiny_spec: DatasetSpec, write_files: WriteFiles
) -> None:
    write_files(Path("data/Tiny/raw"))
    assert dataset_status(tiny_spec, context).where == "torchvision's copy data/Tiny/raw"
    own = write_files(own_directory(tiny, context.cache_dir))
    status = dataset_status(tiny_spec, context)
    assert (status.present, status.where) == (True, f"digitbench's cache {own}")
    assert not (context.cache_dir / "arrays").exists()


def test_status_of_a_named_directory(
    context: DataContext,
    tiny_spec: DatasetSpec,
    borrower_spec: DatasetSpec,
    tmp_path: Path,
    write_files: WriteFiles,
) -> None:
    named = replace(context, data_dir=tmp_path)
    assert dataset_status(IDX, context).where == "needs --data-dir"
    assert dataset_status(IDX, named).where == f"not in the data directory {tmp_path}"
    write_files(tmp_path)
    for spec in (tiny_spec, borrower_spec, IDX):
        status = dataset_status(spec, named)
        assert (status.present, status.where) == (True, f"data directory {tmp_path}")
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"another size")
    assert dataset_status(tiny_spec, named).present
    assert not dataset_status(borrower_spec, named).present
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    assert "lacks t10k-labels-idx1-ubyte" in dataset_status(tiny_spec, named).where
    absent = dataset_status(tiny_spec, replace(context, data_dir=tmp_path / "absent"))
    assert "is no directory" in absent.where


def test_status_of_all_that_digitbench_offers(context: DataContext) -> None:
    present = {spec.name: dataset_status(spec, context).present for spec in digitbench_datasets()}
    assert present == {
        "mnist": False,
        "fashion-mnist": False,
        "kmnist": False,
        "qmnist": False,
        "digits": True,
        "idx": False,
        "pictures": False,
    }


def test_other_plugins_do_not_tell(context: DataContext, splits: tuple[Split, Split]) -> None:
    spec = DatasetSpec("x", "A stranger's", lambda _: Dataset("x", *splits, source="there"))
    status = dataset_status(spec, context)
    assert (status.present, status.where) == (None, "from plugin")
    assert verify([spec], context) == []


def test_verifying_good_copies(
    context: DataContext,
    tiny: PublishedDataset,
    tiny_spec: DatasetSpec,
    write_files: WriteFiles,
) -> None:
    own = write_files(own_directory(tiny, context.cache_dir))
    write_files(Path("data/Tiny/raw"), gzipped=False)
    tiny_spec.load(context)
    sizes = "30 training and 20 test images"
    assert verify([tiny_spec], context) == [
        Verification("tiny", f"digitbench's cache {own}", True, f"{sizes}, canonical, cached"),
        Verification("tiny", "torchvision's copy data/Tiny/raw", True, f"{sizes}, canonical"),
    ]
    unknown = replace(tiny_spec, canonical_fingerprint=None)
    assert verify([unknown], context)[1].detail == sizes


def test_verifying_damaged_files(
    context: DataContext, tiny: PublishedDataset, tiny_spec: DatasetSpec, write_files: WriteFiles
) -> None:
    own = write_files(own_directory(tiny, context.cache_dir))
    raw = write_files(Path("data/Tiny/raw"), gzipped=False)
    damage(own / "train-images-idx3-ubyte.gz")
    damage(raw / "train-images-idx3-ubyte")
    first, second = verify([tiny_spec], context)
    assert not first.ok
    assert "do not have the published checksums" in first.detail
    assert not second.ok
    assert "not those of the published tiny" in second.detail


def test_verifying_finds_what_changed_behind_the_cache(
    context: DataContext, tiny: PublishedDataset, tiny_spec: DatasetSpec, write_files: WriteFiles
) -> None:
    write_files(own_directory(tiny, context.cache_dir))
    tiny_spec.load(context)
    (array,) = (context.cache_dir / "arrays").glob("*/test_images.npy")
    damage(array)
    (row,) = verify([tiny_spec], context)
    assert not row.ok
    assert "array cache is damaged" in row.detail
    tiny_spec.load(context)
    assert verify([tiny_spec], context)[0].ok


def test_verifying_a_named_directory(
    context: DataContext,
    tiny_spec: DatasetSpec,
    tmp_path: Path,
    write_files: WriteFiles,
) -> None:
    named = replace(context, data_dir=tmp_path)
    assert verify([tiny_spec, IDX], named) == []
    write_files(tmp_path)
    assert [(row.name, row.ok) for row in verify([tiny_spec, IDX], named)] == [
        ("tiny", True),
        ("idx", True),
    ]
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    (row,) = verify([tiny_spec], named)
    assert (row.where, row.ok) == (str(tmp_path), False)
    assert "lacks t10k-labels-idx1-ubyte" in row.detail


def test_verifying_the_bundled_digits(context: DataContext) -> None:
    (spec,) = (spec for spec in digitbench_datasets() if spec.name == "digits")
    assert isinstance(spec.load, DigitsLoader)
    (row,) = verify([spec], context)
    assert row.ok
    assert row.detail == "1,442 training and 355 test images, canonical"


@pytest.mark.mnist
def test_verifying_the_real_mnist_is_quiet_about_its_twins(
    context: DataContext, mnist_dir: Path
) -> None:
    specs = list(digitbench_datasets())
    rows = verify(specs, replace(context, data_dir=mnist_dir))
    assert [(row.name, row.ok) for row in rows] == [
        ("mnist", True),
        ("digits", True),
        ("idx", True),
    ]
