from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from digitbench.datasets.download import download
from digitbench.datasets.published import PublishedDataset
from digitbench.errors import DatasetUnavailableError
from mirrors import Mirror, Reply, serve_all


@pytest.fixture
def hosted(tiny: PublishedDataset, mirrors: list[Mirror]) -> PublishedDataset:
    """The tiny data set, to be had from the two mirrors."""
    return replace(tiny, mirrors=tuple(mirror.url for mirror in mirrors))


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


FIRST = "train-images-idx3-ubyte.gz"


def test_the_first_mirror_gives_all(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
    capfd: pytest.CaptureFixture[str],
) -> None:
    serve_all(mirrors[0], published_bytes)
    download(hosted, tmp_path / "new" / "files")
    assert contents(tmp_path / "new" / "files") == published_bytes
    assert mirrors[0].requests == list(published_bytes)
    assert mirrors[1].requests == []
    assert capfd.readouterr() == ("", "")


def test_files_that_are_there_are_not_asked_for(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
) -> None:
    serve_all(mirrors[0], published_bytes)
    download(hosted, tmp_path)
    (tmp_path / FIRST).write_bytes(b"spoilt")
    download(hosted, tmp_path)
    assert contents(tmp_path) == published_bytes
    assert mirrors[0].requests == [*published_bytes, FIRST]


@pytest.mark.parametrize(
    ("bad", "asked"),
    [
        (Reply(status=404), 1),
        (Reply(status=403), 1),
        (Reply(status=503), 2),
        (Reply(b"not the file"), 1),
        (Reply(b""), 1),
        (Reply(b"cut", promised_bytes=500), 2),
        (Reply(b"x" * 10_000_000), 1),
        (Reply(b"x" * 100_000, chunked=True), 1),
    ],
    ids=["404", "403", "503", "corrupt", "empty", "truncated", "too long", "too long, chunked"],
)
def test_a_bad_mirror_is_passed_over(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
    bad: Reply,
    asked: int,
) -> None:
    serve_all(mirrors[0], published_bytes)
    serve_all(mirrors[1], published_bytes)
    mirrors[0].replies[FIRST] = [bad]
    download(hosted, tmp_path)
    assert contents(tmp_path) == published_bytes
    assert mirrors[0].requests.count(FIRST) == asked
    assert mirrors[1].requests == [FIRST]


@pytest.mark.parametrize("fault", [Reply(status=500), Reply(b"cut", promised_bytes=500)])
def test_a_passing_fault_is_tried_again(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
    fault: Reply,
) -> None:
    serve_all(mirrors[0], published_bytes)
    mirrors[0].replies[FIRST].insert(0, fault)
    download(hosted, tmp_path)
    assert contents(tmp_path) == published_bytes
    assert mirrors[1].requests == []


@pytest.mark.parametrize("body", [b"", b"the beginning"])
def test_a_stalled_mirror_is_left(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
    body: bytes,
) -> None:
    serve_all(mirrors[1], published_bytes)
    mirrors[0].replies[FIRST] = [Reply(body, promised_bytes=500, stalls=True)]
    download(hosted, tmp_path, timeout_seconds=(1.0, 0.2))
    assert contents(tmp_path) == published_bytes


def test_all_failures_are_told_in_one_line(
    tmp_path: Path, hosted: PublishedDataset, mirrors: list[Mirror]
) -> None:
    mirrors[0].replies[FIRST] = [Reply(b"x", promised_bytes=500, stalls=True)]
    mirrors[1].replies[FIRST] = [Reply(b"something else")]
    hosted = replace(hosted, mirrors=(*hosted.mirrors, "http://127.0.0.1:9/", "nonsense://x/"))
    with pytest.raises(DatasetUnavailableError) as caught:
        download(hosted, tmp_path, timeout_seconds=(1.0, 0.2))
    message = str(caught.value)
    first, second = (mirror.url.split("/")[2] for mirror in mirrors)
    assert message == (
        f"tiny cannot be downloaded ({FIRST} from {first}: timed out; {second}: wrong checksum; "
        "127.0.0.1:9: no connection; x: InvalidSchema); name a directory that has its files "
        f"with --data-dir, or copy them to {tmp_path}"
    )
    assert contents(tmp_path) == {}


def test_statuses_and_broken_transfers_are_told(
    tmp_path: Path, hosted: PublishedDataset, mirrors: list[Mirror]
) -> None:
    mirrors[0].replies[FIRST] = [Reply(b"cut", promised_bytes=500)]
    mirrors[1].replies[FIRST] = [Reply(b"x" * 100_000)]
    with pytest.raises(DatasetUnavailableError, match=r"broke off.*more than the published file"):
        download(hosted, tmp_path)
    mirrors[0].replies = {}
    with pytest.raises(DatasetUnavailableError, match="HTTP status 404"):
        download(hosted, tmp_path)
    assert contents(tmp_path) == {}


def test_without_a_network_it_fails_without_waiting(
    tmp_path: Path, tiny: PublishedDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = replace(tiny, mirrors=("https://mirror.invalid/", "https://other.invalid/"))
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"it waited {seconds} s"))
    with pytest.raises(DatasetUnavailableError, match=r"mirror\.invalid: no connection"):
        download(nowhere, tmp_path)


def test_progress_reaches_the_whole_file(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
) -> None:
    calls: list[tuple[str, int, int | None]] = []

    def note(file: str, received_bytes: int, total_bytes: int | None) -> None:
        calls.append((file, received_bytes, total_bytes))

    serve_all(mirrors[0], published_bytes)
    mirrors[0].replies[FIRST] = [Reply(published_bytes[FIRST], chunked=True)]
    download(hosted, tmp_path, note)
    of_first = [call for call in calls if call[0] == FIRST]
    size = len(published_bytes[FIRST])
    assert [call[1] for call in of_first] == sorted(call[1] for call in of_first)
    assert of_first[-1] == (FIRST, size, size)
    assert {call[0] for call in calls} == set(published_bytes)


def test_a_server_that_unpacks_on_the_way_does_no_harm(
    tmp_path: Path, hosted: PublishedDataset, mirrors: list[Mirror]
) -> None:
    # It claims that the transfer, not the file, is gzipped: the mirror is passed over.
    mirrors[0].replies[FIRST] = [Reply(b"not gzip at all", encoding="gzip")]
    with pytest.raises(DatasetUnavailableError, match="HTTP status 404"):
        download(hosted, tmp_path)


def test_many_may_download_at_once(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
) -> None:
    serve_all(mirrors[0], published_bytes)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: download(hosted, tmp_path), range(4)))
    assert contents(tmp_path) == published_bytes


def test_a_directory_that_cannot_be_written_is_named(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
) -> None:
    serve_all(mirrors[0], published_bytes)
    (tmp_path / "file").touch()
    with pytest.raises(DatasetUnavailableError, match=r"cannot be saved in .*DIGITBENCH_CACHE_DIR"):
        download(hosted, tmp_path / "file" / "directory")


def test_pooch_speaks_again_afterwards(
    tmp_path: Path,
    hosted: PublishedDataset,
    mirrors: list[Mirror],
    published_bytes: dict[str, bytes],
) -> None:
    import pooch

    serve_all(mirrors[0], published_bytes)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: download(hosted, tmp_path), range(4)))
    assert pooch.get_logger().filters == []


def test_checksums_are_those_of_the_tiny_files(
    tiny: PublishedDataset, published_bytes: dict[str, bytes]
) -> None:
    for file in tiny.files:
        assert file.sha256 == hashlib.sha256(published_bytes[file.name]).hexdigest()
