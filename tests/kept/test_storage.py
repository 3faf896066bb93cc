"""Kept models on disk: whole or not there, and refused where anything is not as it was written."""

import json
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from builders import made_dataset, made_model
from digitbench.errors import KeptModelError
from digitbench.kept import KeptModel, is_kept_model, read_files, read_record, storage

FILES = {"weights.safetensors": bytes(range(256)) * 10, "notes.json": b'{"a": 1}'}


def described(files: dict[str, bytes]) -> KeptModel:
    return KeptModel(
        run="made",
        model=made_model("cnn"),
        trial=1,
        seed=7,
        threads=2,
        dataset=made_dataset(),
        accuracy=0.5,
        predictions_sha256="0" * 64,
        probabilities=True,
        trained_at=datetime(2026, 1, 1, tzinfo=UTC),
        files=storage.listed(files),
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the directory of a kept model."""
    directory = tmp_path / "run" / "models" / "1-cnn-trial-1"
    directory.parents[1].mkdir()
    storage.write(directory, described(FILES), FILES)
    return directory


def test_it_comes_back_as_it_was(place: Path) -> None:
    kept = read_record(place)
    assert kept == described(FILES)
    assert read_files(place, kept) == FILES
    assert [entry.name for entry in place.parent.iterdir()] == [place.name]


def test_it_is_replaced_as_a_whole(place: Path) -> None:
    other = {"other": b"1"}
    storage.write(place, described(other), other)
    assert read_files(place, read_record(place)) == other
    assert [entry.name for entry in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize("step", range(5))
def test_a_write_that_breaks_off_leaves_the_model_that_was_there(
    place: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """The power fails at any step before the move."""
    left = iter(range(step))

    def or_break_off(act: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: object) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt
            act(*arguments)

        return wrapped

    monkeypatch.setattr(storage, "_write_synced", or_break_off(storage._write_synced))
    monkeypatch.setattr(storage, "_sync", or_break_off(storage._sync))
    other = {"one": b"1", "two": b"2"}
    with suppress(KeyboardInterrupt):
        storage.write(place, described(other), other)
    assert read_files(place, read_record(place)) in (FILES, other)


def edited(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    """Return what changes the record of a kept model."""

    def edit(place: Path) -> None:
        content = json.loads((place / "model.json").read_text())
        change(content)
        (place / "model.json").write_text(json.dumps(content))

    return edit


def linked(place: Path) -> None:
    (place / "files" / "notes.json").rename(place / "elsewhere")
    (place / "files" / "notes.json").symlink_to(place / "elsewhere")


def linked_record(place: Path) -> None:
    (place / "model.json").rename(place / "elsewhere")
    (place / "model.json").symlink_to(place / "elsewhere")


def linked_files(place: Path) -> None:
    (place / "files").rename(place / "elsewhere")
    (place / "files").symlink_to(place / "elsewhere")


def piped(place: Path) -> None:
    (place / "files" / "notes.json").unlink()
    os.mkfifo(place / "files" / "notes.json")


def hidden_pickle(place: Path) -> None:
    """Put a pickle in a file's place, with a record to match."""
    files = FILES | {"notes.json": pickle.dumps(print)}
    storage.write(place, described(files), files)


def named_out(place: Path) -> None:
    edited(lambda content: content["files"][1].update(name="../model.json"))(place)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: (p / "model.json").unlink(), "cannot read .*: No such file"),
        (lambda p: (p / "model.json").write_bytes(b"PK\x03\x04"), "is not of a kept model"),
        (lambda p: (p / "model.json").write_text("[1]"), "is not of a kept model"),
        (lambda p: (p / "model.json").write_text("[" * 100_000), "is not of a kept model"),
        (lambda p: (p / "model.json").write_bytes(b" " * 1_000_001), "1,000,001 bytes"),
        (edited(lambda c: c.update(format_version=2)), "has version 2; this digitbench reads"),
        (edited(lambda c: c.update(format_version={"a": 1})), "has version {'a': 1}; this"),
        (edited(lambda c: c.pop("format_version")), "is not of a kept model"),
        (edited(lambda c: c.update(accuracy=2)), "is damaged: accuracy"),
        (edited(lambda c: c.update(seed=float("nan"))), "is not of a kept model"),
        (edited(lambda c: c.update(strange=1)), "is damaged: strange"),
        (edited(lambda c: c.update(files=c["files"] * 2)), "is damaged: it lists too much"),
        (edited(lambda c: c["files"][0].update(size=10**12)), "is damaged: files.0.size"),
        (named_out, "is damaged: files.1.name"),
        (linked_record, "it is a link"),
        (linked, "'notes.json' is no plain file"),
        (linked_files, "files is a link, not a directory"),
        (piped, "'notes.json' is no plain file"),
        (lambda p: (p / "files" / "notes.json").unlink(), "notes.json is missing"),
        (lambda p: (p / "files" / "extra").touch(), "extra is not listed"),
        (
            lambda p: (p / "files" / "notes.json").write_bytes(b'{"a": 2}'),
            "it is not what was kept",
        ),
        (lambda p: (p / "files" / "notes.json").write_bytes(b""), "it is not what was kept"),
        (hidden_pickle, "notes.json is a pickle, which could run any code"),
    ],
)
def test_damage_is_one_line(place: Path, damage: Callable[[Path], object], message: str) -> None:
    damage(place)
    with pytest.raises(KeptModelError, match=message) as caught:
        read_files(place, read_record(place))
    assert "\n" not in str(caught.value)


def test_a_link_to_a_kept_model_is_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place)
    with pytest.raises(KeptModelError, match="is a link, not a kept model"):
        read_record(tmp_path / "link")


def test_what_is_no_kept_model_is_told(place: Path, tmp_path: Path) -> None:
    assert is_kept_model(place)
    assert not is_kept_model(tmp_path)
    assert not is_kept_model(tmp_path / "nothing")


def test_a_run_that_was_deleted_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage.write(tmp_path / "run" / "models" / "1-cnn-trial-1", described(FILES), FILES)
    assert not list(tmp_path.iterdir())
