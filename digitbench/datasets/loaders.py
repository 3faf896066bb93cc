"""The loaders of data sets that come as four IDX files: the published ones, and anybody's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from digitbench.datasets.cache import load_cached
from digitbench.datasets.checksums import are_published, have_sizes
from digitbench.datasets.download import download
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.idx_pair import read_split
from digitbench.datasets.keras_archive import read_keras_archive
from digitbench.datasets.locate import (
    IdxFiles,
    find_idx_files,
    has_any_idx_file,
    is_file,
    named_directory,
    other_places,
    own_directory,
    require_idx_files,
)
from digitbench.datasets.published import PUBLISHED, PublishedDataset
from digitbench.datasets.source import Source, file_source
from digitbench.errors import DatasetError, DatasetUnavailableError, UsageError
from digitbench.types import DataContext, Dataset, Split


@dataclass(frozen=True)
class PublishedLoader:
    """Loads a published data set from wherever it can be had, as `digitbench.datasets.locate` says.

    A bad copy that another tool left is passed over and told of only if nothing else is found;
    a bad file in a directory the user named is an error.

    Attributes:
        published: the data set.
    """

    published: PublishedDataset

    def __call__(self, context: DataContext) -> Dataset:
        """Load the data set.

        Raises:
            DatasetUnavailableError: it is nowhere, and cannot (or must not) be downloaded.
            DatasetError: the named files are damaged, or those of another data set.
        """
        name = self.published.name
        if context.data_dir is not None:
            return load_cached(context.cache_dir, name, self._named_source(context.data_dir))
        passed_over = []
        for source in self._found_sources(context.cache_dir):
            try:
                return load_cached(context.cache_dir, name, source)
            except DatasetError as error:
                passed_over.append(str(error))
        try:
            source = self._downloaded_source(context)
        except DatasetUnavailableError as error:
            raise DatasetUnavailableError(
                "; passed over: ".join((str(error), *passed_over))
            ) from error
        return load_cached(context.cache_dir, name, source)

    def sources(self, context: DataContext) -> list[Source]:
        """Find every copy that may be used now, best first; nothing is read or downloaded.

        Raises:
            DatasetUnavailableError: a directory was named that has only a part of the files.
        """
        if context.data_dir is None:
            return list(self._found_sources(context.cache_dir))
        directory = self._named_directory(context.data_dir)
        if not has_any_idx_file(directory, self.published.stems):
            return []
        files = require_idx_files(directory, self.published.stems)
        if self._must_match(directory, context.data_dir) and not have_sizes(
            files.paths, self.published.files
        ):
            return []
        return [self._named_source(context.data_dir)]

    def where_otherwise(self, context: DataContext) -> str:
        """Say where the data set would come from if there is no copy of it."""
        if context.data_dir is not None:
            return f"not in the data directory {context.data_dir}"
        if context.offline:
            return "not on this machine"
        return f"would be downloaded from {self.published.mirrors[0]}"

    def _named_directory(self, data_dir: Path) -> Path:
        places = (self.published.name, f"{self.published.torchvision_name}/raw")
        return named_directory(data_dir, places, self.published.stems)

    def _must_match(self, directory: Path, data_dir: Path) -> bool:
        """Tell whether neither file names nor directory say which data set this is."""
        return directory == data_dir and not self.published.owns_file_names

    def _named_source(self, data_dir: Path) -> Source:
        directory = self._named_directory(data_dir)
        return self._idx_source(
            "data directory",
            require_idx_files(directory, self.published.stems),
            must_match=self._must_match(directory, data_dir),
            named=True,
        )

    def _found_sources(self, cache_dir: Path) -> Iterator[Source]:
        stems = self.published.stems
        own = find_idx_files(own_directory(self.published, cache_dir), stems)
        if own:
            yield self._idx_source("digitbench's cache", own, must_match=True)
        for place in other_places(self.published):
            if is_file(place.path):
                read = partial(self._read_archive, place.path)
                yield file_source(f"{place.label} {place.path}", [place.path], read)
            elif files := find_idx_files(place.path, stems):
                yield self._idx_source(place.label, files, must_match=False)

    def _downloaded_source(self, context: DataContext) -> Source:
        directory = own_directory(self.published, context.cache_dir)
        if context.offline:
            raise DatasetUnavailableError(
                f"{self.published.name} is not on this machine, and downloads are off; name a "
                f"directory that has its four files with --data-dir, or copy them to {directory}"
            )
        download(self.published, directory, context.progress)
        files = require_idx_files(directory, self.published.stems)
        return self._idx_source("digitbench's cache", files, must_match=True)

    def _idx_source(
        self, label: str, files: IdxFiles, *, must_match: bool, named: bool = False
    ) -> Source:
        return file_source(
            f"{label} {files.directory}",
            files.paths,
            partial(self._read_files, files, must_match=must_match, named=named),
        )

    def _read_files(self, files: IdxFiles, *, must_match: bool, named: bool) -> tuple[Split, Split]:
        self._check_published(files, must_match=must_match, named=named)
        train, test = _read_idx_files(files)
        self._check_arrays(files.directory, train, test, named=named)
        return train, test

    def _read_archive(self, path: Path) -> tuple[Split, Split]:
        train, test = read_keras_archive(path)
        self._check_arrays(path, train, test, named=False)
        return train, test

    def _check_published(self, files: IdxFiles, *, must_match: bool, named: bool) -> None:
        """Refuse files that are another published data set's, or not surely this one's."""
        for published in (self.published, *PUBLISHED):
            if are_published(files.paths, published.files):
                self._refuse_other(files.directory, published)
                return
        if must_match:
            remedy = (
                "get fresh copies, gzipped, or if you know better put them into a directory "
                f"{self.published.name} under the one you name"
                if named
                else "delete them"
            )
            raise DatasetError(
                f"the files in {files.directory} do not have the published checksums of "
                f"{self.published.name}; {remedy}"
            )

    def _check_arrays(self, place: Path, train: Split, test: Split, *, named: bool) -> None:
        """Refuse arrays that cannot be this data set's, or that nobody vouches for."""
        found = fingerprint(train, test)
        for published in PUBLISHED:
            if published.fingerprint == found:
                self._refuse_other(place, published)
        wanted = (self.published.train_size, self.published.test_size)
        if (len(train), len(test)) != wanted:
            raise DatasetError(
                f"{place} has {len(train):,} training and {len(test):,} test images where "
                f"{self.published.name} has {wanted[0]:,} and {wanted[1]:,}; use --dataset idx "
                "for data of your own"
            )
        if not named and self.published.fingerprint not in (None, found):
            raise DatasetError(
                f"{place} is not the published {self.published.name}; name it with --data-dir if "
                "it is to be used"
            )

    def _refuse_other(self, place: Path, found: PublishedDataset) -> None:
        if found.name != self.published.name:
            raise DatasetError(
                f"the files in {place} are {found.name}, not {self.published.name}; name the "
                f"directory of {self.published.name}, or use --dataset {found.name}"
            )


@dataclass(frozen=True)
class IdxLoader:
    """Loads any four IDX files from a directory the user names.

    Attributes:
        name: the data set's name.
    """

    name: str

    def __call__(self, context: DataContext) -> Dataset:
        """Load the data set.

        Raises:
            UsageError: no directory was named.
            DatasetUnavailableError: files are missing in it.
            DatasetError: a file is damaged, or images and labels do not go together.
        """
        if context.data_dir is None:
            raise UsageError(
                f"--dataset {self.name} reads four IDX files; name their directory with "
                "--data-dir or DIGITBENCH_DATA_DIR"
            )
        directory = named_directory(context.data_dir)
        return load_cached(context.cache_dir, self.name, self._source(directory))

    def sources(self, context: DataContext) -> list[Source]:
        """Find the files in the named directory; nothing is read.

        Raises:
            DatasetUnavailableError: a directory was named that has only a part of the files.
        """
        if context.data_dir is None:
            return []
        directory = named_directory(context.data_dir)
        return [self._source(directory)] if has_any_idx_file(directory) else []

    def where_otherwise(self, context: DataContext) -> str:
        """Say where the data set would come from if there is no copy of it."""
        if context.data_dir is not None:
            return f"not in the data directory {context.data_dir}"
        return "needs --data-dir"

    def _source(self, directory: Path) -> Source:
        files = require_idx_files(directory)
        read = partial(_read_idx_files, files)
        return file_source(f"data directory {directory}", files.paths, read)


def _read_idx_files(files: IdxFiles) -> tuple[Split, Split]:
    train_images, train_labels, test_images, test_labels = files.paths
    train, test = read_split(train_images, train_labels), read_split(test_images, test_labels)
    if train.groups is None or test.groups is None:  # of one alone nothing can be said
        return replace(train, groups=None), replace(test, groups=None)
    return train, test
