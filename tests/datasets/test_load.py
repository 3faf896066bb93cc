from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.load import default_cache_dir, load_dataset, load_default
from digitbench.datasets.quick import quick_part
from digitbench.datasets.source import CheckedDataset
from digitbench.errors import (
    ContractError,
    DatasetError,
    DatasetUnavailableError,
    StoreError,
)
from digitbench.types import DataContext, Dataset, DatasetSpec, Groups, Split

MakeSplit = Callable[[int, int], Split]


@pytest.fixture
def dataset(splits: tuple[Split, Split]) -> Dataset:
    return Dataset("made-up", *splits, source="a test")


def grouped(split: Split, count: int, name: str = "writer") -> Split:
    """The images in so many groups, in turn."""
    numbers = (np.arange(len(split)) % count).astype(np.int32)
    return replace(split, groups=Groups(name, numbers, np.zeros_like(numbers)))


def spec_of(result: object, name: str = "made-up", canonical: str | None = None) -> DatasetSpec:
    """A data set whose loader returns `result`, or raises it."""

    def load(_: DataContext) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return DatasetSpec(name=name, summary="", load=load, canonical_fingerprint=canonical)


def test_a_loaded_data_set_has_its_fingerprint(dataset: Dataset, context: DataContext) -> None:
    expected = fingerprint(dataset.train, dataset.test)
    loaded = load_dataset(spec_of(dataset), context)
    assert (loaded.dataset, loaded.fingerprint, loaded.canonical) == (dataset, expected, None)
    assert load_dataset(spec_of(dataset, canonical=expected), context).canonical is True
    assert load_dataset(spec_of(dataset, canonical="0" * 64), context).canonical is False


def test_a_checked_data_set_is_not_hashed_again(
    splits: tuple[Split, Split], context: DataContext
) -> None:
    checked = CheckedDataset("made-up", *splits, source="a test", fingerprint="as given")
    assert load_dataset(spec_of(checked), context).fingerprint == "as given"


def test_groups_of_a_loader_are_kept_and_change_no_fingerprint(
    dataset: Dataset, context: DataContext
) -> None:
    train, test = (
        grouped(split, count) for split, count in ((dataset.train, 5), (dataset.test, 4))
    )
    with_groups = replace(dataset, train=train, test=test)
    loaded = load_dataset(spec_of(with_groups), context)
    assert loaded.dataset is with_groups
    assert loaded.fingerprint == load_dataset(spec_of(dataset), context).fingerprint
    half = quick_part(loaded).dataset
    assert half.train.groups is not None
    assert half.test.groups is not None
    assert half.train.groups.numbers.tolist() == train.groups.numbers[::2].tolist()  # type: ignore[union-attr]
    assert len(half.test.groups) == len(half.test)


@pytest.mark.parametrize("count", [1, 20])
def test_one_group_of_test_images_says_nothing_and_one_for_each_image_is_fine(
    count: int, dataset: Dataset, context: DataContext, caplog: pytest.LogCaptureFixture
) -> None:
    one = replace(dataset, test=grouped(dataset.test, count))
    loaded = load_dataset(spec_of(one), context)
    if count == 1:
        assert loaded.dataset.test.groups is None
        assert "all test images of made-up are of one writer" in caplog.text
    else:
        assert loaded.dataset is one
        assert not caplog.text


def test_training_and_test_images_are_grouped_by_the_same(
    dataset: Dataset, context: DataContext
) -> None:
    train, test = grouped(dataset.train, 3), grouped(dataset.test, 2, "page")
    with pytest.raises(DatasetError, match="training images by writer and its test images by page"):
        load_dataset(spec_of(replace(dataset, train=train, test=test)), context)


def test_only_mnists_own_images_get_its_writers(dataset: Dataset, context: DataContext) -> None:
    assert load_dataset(spec_of(dataset, "made-up"), context).dataset.test.groups is None
    renamed = replace(dataset, name="mnist")
    assert load_dataset(spec_of(renamed, "mnist"), context).dataset.test.groups is None


def test_loaders_get_the_context(dataset: Dataset, context: DataContext) -> None:
    seen: list[DataContext] = []

    def load(given: DataContext) -> Dataset:
        seen.append(given)
        return dataset

    load_dataset(DatasetSpec(name="made-up", summary="", load=load), context)
    assert seen == [context]


@pytest.mark.parametrize("error", [DatasetError("labels must be 0 to 9, found 25")])
def test_errors_that_name_no_data_set_are_given_its_name(
    error: Exception, context: DataContext
) -> None:
    with pytest.raises(type(error)) as caught:
        load_dataset(spec_of(error), context)
    assert str(caught.value) == f"data set made-up: {error}"


@pytest.mark.parametrize(
    "error",
    [DatasetError("made-up is bad"), DatasetUnavailableError("no made-up"), StoreError("full")],
)
def test_errors_meant_for_users_come_through(error: Exception, context: DataContext) -> None:
    with pytest.raises(type(error)) as caught:
        load_dataset(spec_of(error), context)
    assert caught.value is error


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("two\nlines"), AssertionError()])
def test_other_errors_of_loaders_are_named(error: Exception, context: DataContext) -> None:
    with pytest.raises(DatasetError) as caught:
        load_dataset(spec_of(error), context)
    message = str(caught.value)
    assert f"the loader of data set made-up failed ({type(error).__name__}" in message
    assert "\n" not in message
    assert caught.value.__cause__ is error


def test_interrupts_are_left_alone(context: DataContext) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_dataset(spec_of(KeyboardInterrupt()), context)


def test_broken_promises_are_named(
    dataset: Dataset, splits: tuple[Split, Split], context: DataContext
) -> None:
    train, _ = splits
    arrays: Any = (train.images, train.labels)
    for result, words in (
        (None, "returned NoneType, not a digitbench.Dataset"),
        (replace(dataset, name="another"), "returned one named 'another'"),
        (replace(dataset, train=arrays), "returned tuple for train"),
        (replace(dataset, test=arrays), "returned tuple for test"),
    ):
        with pytest.raises(ContractError, match=f"the loader of data set made-up {words}"):
            load_dataset(spec_of(result), context)


@pytest.mark.parametrize("part", ["train", "test"])
def test_empty_data_sets_are_refused(
    dataset: Dataset, make_split: MakeSplit, context: DataContext, part: str
) -> None:
    empty: Any = {part: make_split(0, 0)}
    with pytest.raises(DatasetError, match=f"made-up has no {part} images"):
        load_dataset(spec_of(replace(dataset, **empty)), context)


def test_absent_classes_are_warned_of(
    dataset: Dataset,
    make_split: MakeSplit,
    context: DataContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="digitbench"):
        load_dataset(spec_of(dataset), context)
        assert caplog.messages == []
        load_dataset(spec_of(replace(dataset, train=make_split(8, 0))), context)
    (message,) = caplog.messages
    assert "made-up is labelled 8, 9" in message


# --- without --dataset ---------------------------------------------------------------------------


@pytest.fixture
def digits(splits: tuple[Split, Split]) -> DatasetSpec:
    return spec_of(Dataset("digits", *splits, source="bundled"), "digits")


@pytest.fixture
def mnist(splits: tuple[Split, Split]) -> DatasetSpec:
    return spec_of(Dataset("mnist", *splits, source="somewhere"), "mnist")


def test_mnist_is_the_default(
    mnist: DatasetSpec, digits: DatasetSpec, context: DataContext
) -> None:
    default = load_default({"digits": digits, "mnist": mnist}, context)
    assert (default.loaded.dataset.name, default.fallback_reason) == ("mnist", None)


def test_digits_stand_in_if_mnist_cannot_be_had(digits: DatasetSpec, context: DataContext) -> None:
    missing = spec_of(DatasetUnavailableError("mnist is nowhere"), "mnist")
    default = load_default({"digits": digits, "mnist": missing}, context)
    assert (default.loaded.dataset.name, default.fallback_reason) == ("digits", "mnist is nowhere")
    default = load_default({"digits": digits}, context)
    assert default.loaded.dataset.name == "digits"
    assert default.fallback_reason is not None
    assert "no plugin offers mnist" in default.fallback_reason


def test_bad_files_and_named_directories_are_never_passed_over(
    digits: DatasetSpec, context: DataContext
) -> None:
    bad = {"digits": digits, "mnist": spec_of(DatasetError("cut short"), "mnist")}
    with pytest.raises(DatasetError, match="cut short"):
        load_default(bad, context)
    missing = {"digits": digits, "mnist": spec_of(DatasetUnavailableError("lacks"), "mnist")}
    with pytest.raises(DatasetUnavailableError, match="lacks"):
        load_default(missing, replace(context, data_dir=Path("named")))


def test_without_digits_there_is_nothing_to_fall_back_on(context: DataContext) -> None:
    with pytest.raises(DatasetUnavailableError, match="no plugin offers mnist"):
        load_default({}, context)


# --- the cache directory -------------------------------------------------------------------------


def test_the_cache_directory_can_be_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGITBENCH_CACHE_DIR", raising=False)
    usual = default_cache_dir()
    assert usual.is_relative_to(home)
    assert "digitbench" in usual.parts
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(tmp_path))
    assert default_cache_dir() == tmp_path
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", "")
    assert default_cache_dir() == usual
