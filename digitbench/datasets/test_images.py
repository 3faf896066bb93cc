"""The test images alone of a published data set, for a test set: two files instead of four."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digitbench.datasets.cache import load_cached_split
from digitbench.datasets.checksums import are_published
from digitbench.datasets.download import download
from digitbench.datasets.idx_pair import read_split
from digitbench.datasets.locate import (
    IdxFiles,
    find_idx_files,
    has_any_idx_file,
    named_directory,
    other_places,
    own_directory,
    require_idx_files,
)
from digitbench.datasets.published import PublishedDataset
from digitbench.datasets.source import SplitSource, file_split_source
from digitbench.errors import DatasetError, DatasetUnavailableError
from digitbench.types import DataContext, Split


@dataclass(frozen=True)
class PublishedTestImages:
    """Loads some of a published data set's test images.

    They are looked for where the data set is. The directory of the run's data is only the first
    place, because what lies there is another data set.

    Attributes:
        published: the data set.
        name: what the chosen images are called.
        choose: chooses them among all; raises `DatasetError`.
    """

    published: PublishedDataset
    name: str
    choose: Callable[[Split], Split]

    def __call__(self, context: DataContext) -> tuple[Split, str]:
        """Return the images, and where they came from in words.

        Raises:
            DatasetUnavailableError: they are nowhere, and cannot (or must not) be downloaded.
            DatasetError: those in the directory of the run's data are damaged.
        """
        if context.data_dir is not None and (found := self._named(context.data_dir)):
            return self._load(context, found)
        passed_over = []
        for source in self._found(context.cache_dir):
            try:
                return self._load(context, source)
            except DatasetError as error:
                passed_over.append(str(error))
        try:
            return self._load(context, self._downloaded(context))
        except DatasetUnavailableError as error:
            raise DatasetUnavailableError(
                "; passed over: ".join((str(error), *passed_over))
            ) from error

    def _load(self, context: DataContext, source: SplitSource) -> tuple[Split, str]:
        return load_cached_split(context.cache_dir, self.name, source), source.where

    def _named(self, data_dir: Path) -> SplitSource | None:
        stems = self.published.test_stems
        places = (self.published.name, f"{self.published.torchvision_name}/raw")
        directory = named_directory(data_dir, places, stems)
        if not has_any_idx_file(directory, stems):
            return None
        return self._source("data directory", require_idx_files(directory, stems))

    def _found(self, cache_dir: Path) -> Iterator[SplitSource]:
        stems = self.published.test_stems
        if own := find_idx_files(own_directory(self.published, cache_dir), stems):
            yield self._source("digitbench's cache", own, must_match=True)
        for place in other_places(self.published):
            if files := find_idx_files(place.path, stems):
                yield self._source(place.label, files)

    def _downloaded(self, context: DataContext) -> SplitSource:
        directory = own_directory(self.published, context.cache_dir)
        files = self.published.test_files
        if context.offline:
            names = " and ".join(file.name for file in files)
            raise DatasetUnavailableError(
                f"{self.published.name} is not on this machine, and downloads are off; copy "
                f"{names} to {directory}"
            )
        download(self.published, directory, context.progress, files=files)
        found = require_idx_files(directory, self.published.test_stems)
        return self._source("digitbench's cache", found, must_match=True)

    def _source(self, label: str, files: IdxFiles, *, must_match: bool = False) -> SplitSource:
        return file_split_source(
            f"{label} {files.directory}",
            files.paths,
            partial(self._read, files, must_match=must_match),
        )

    def _read(self, files: IdxFiles, *, must_match: bool) -> Split:
        published = self.published
        if must_match and not are_published(files.paths, published.test_files):
            raise DatasetError(
                f"the files in {files.directory} do not have the published checksums of "
                f"{published.name}; delete them"
            )
        images, labels = files.paths
        split = read_split(images, labels)
        if len(split) != published.test_size:
            raise DatasetError(
                f"{images} has {len(split):,} images where {published.name} has "
                f"{published.test_size:,}; get a fresh copy of it"
            )
        return self.choose(split)
