"""Downloading the files of a published data set, checked and moved into place at once.

pooch does the work: it leaves a good file alone, downloads to a temporary file beside the place,
compares the SHA-256 and moves the file there in one step, so processes that download the same
files at the same time do not disturb each other. Added here are several mirrors, a limit on what
a mirror may send, and reasons short enough for one line.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from digitbench.datasets.published import PublishedDataset, PublishedFile, PublishedFiles
from digitbench.errors import DatasetUnavailableError
from digitbench.types import DownloadProgress

TIMEOUT_SECONDS = (5.0, 30.0)
"""How long to wait for a connection, and for the next bytes over it."""

_TRIES_PER_MIRROR = 2
_CHUNK_BYTES = 64 * 1024


def download(
    published: PublishedDataset | PublishedFiles,
    directory: Path,
    progress: DownloadProgress | None = None,
    timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS,
    files: Sequence[PublishedFile] = (),
) -> None:
    """Download the files of a data set that are not there yet, or not in order.

    Args:
        published: the data set, or other files.
        directory: where to put its files; made if need be.
        progress: called as the bytes come.
        timeout_seconds: for the connection, and for each read.
        files: which of its files; none stands for all.

    Raises:
        DatasetUnavailableError: no mirror gave a file, or the directory cannot be written.
    """
    for file in files or published.files:
        failures = []
        for mirror in published.mirrors:
            failure = _download_from(mirror, file, directory, progress, timeout_seconds)
            if failure is None:
                break
            failures.append(f"{urlsplit(mirror).netloc}: {failure}")
        else:
            raise DatasetUnavailableError(
                f"{published.name} cannot be downloaded ({file.name} from {'; '.join(failures)}); "
                "name a directory that has its files with --data-dir, or copy them to "
                f"{directory}"
            )


def _download_from(
    mirror: str,
    file: PublishedFile,
    directory: Path,
    progress: DownloadProgress | None,
    timeout_seconds: tuple[float, float],
) -> str | None:
    """Get one file from one mirror; return why that failed, or None if it did not."""
    import pooch
    from requests.exceptions import RequestException

    http = pooch.HTTPDownloader(
        chunk_size=_CHUNK_BYTES,
        timeout=timeout_seconds,
        # The file is gzipped; a server that also says so would have it unpacked on the way.
        headers={"Accept-Encoding": "identity"},
    )

    def save(url: str, output_file: str, pooch_object: object) -> None:
        if progress:  # before a connection that may take long to fail
            progress(file.name, 0, file.size_bytes)
        with Path(output_file).open("wb") as target:
            http(url, _CountedFile(target, file, progress), pooch_object)

    failure = None
    for _ in range(_TRIES_PER_MIRROR):
        try:
            with _pooch_quiet():
                pooch.retrieve(
                    url=mirror + file.name,
                    known_hash=f"sha256:{file.sha256}",
                    fname=file.name,
                    path=directory,
                    downloader=save,
                )
        except (RequestException, ValueError) as error:  # ValueError: not the published bytes
            failure = _reason(error)
            if not _worth_another_try(error):
                return failure
        except OSError as error:
            raise DatasetUnavailableError(
                f"{file.name} cannot be saved in {directory} ({error.strerror or error}); set "
                "DIGITBENCH_CACHE_DIR to a directory that can be written, or name one that has "
                "the files with --data-dir"
            ) from error
        else:
            return None
    return failure


class _CountedFile:
    """A file that reports how much has come, and takes no more than the published length."""

    def __init__(
        self, target: BinaryIO, file: PublishedFile, progress: DownloadProgress | None
    ) -> None:
        self._target = target
        self._file = file
        self._progress = progress
        self._received_bytes = 0

    def write(self, chunk: bytes) -> int:
        self._received_bytes += len(chunk)
        if self._received_bytes > self._file.size_bytes:
            raise ValueError("sends more than the published file")
        if self._progress:
            self._progress(self._file.name, self._received_bytes, self._file.size_bytes)
        return self._target.write(chunk)

    def flush(self) -> None:
        self._target.flush()


@contextmanager
def _pooch_quiet() -> Iterator[None]:
    """Keep pooch from writing to the terminal, where a progress bar may be."""
    import pooch

    # A filter of this call's own, because downloads in other threads come and go in any order.
    def only_warnings(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING

    logger = pooch.get_logger()
    logger.addFilter(only_warnings)
    try:
        yield
    finally:
        logger.removeFilter(only_warnings)


def _worth_another_try(error: Exception) -> bool:
    """Tell a passing fault from a lasting one, such as a host or a file that is not there."""
    from requests.exceptions import ChunkedEncodingError, HTTPError

    if isinstance(error, HTTPError) and error.response is not None:
        return error.response.status_code >= 500  # noqa: PLR2004 - HTTP's server errors
    return isinstance(error, ChunkedEncodingError)


def _reason(error: Exception) -> str:
    """Say in a few words why a mirror failed."""
    from requests import exceptions

    text = str(error)
    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, exceptions.RequestException) and "timed out" in text:
        return "timed out"
    for kind, words in (
        (exceptions.SSLError, "no secure connection"),
        (exceptions.ChunkedEncodingError, "broke off"),
        (exceptions.ConnectionError, "no connection"),
        (exceptions.RequestException, type(error).__name__),
    ):
        if isinstance(error, kind):
            return words
    return "wrong checksum" if "hash" in text else text
