"""Paths, variables and texts as people, shells and editors give them."""

from pathlib import Path

import pytest

from digitbench.errors import UsageError
from digitbench.given import read_text, variable, written_path


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert written_path("~/runs") == tmp_path / "runs"
    assert written_path(Path("~")) == tmp_path
    assert written_path("a/~/b") == Path("a/~/b")


def test_a_home_that_nobody_has_is_an_error() -> None:
    with pytest.raises(UsageError, match="no home directory for the ~ in ~nobody-at-all/x"):
        written_path("~nobody-at-all/x")


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("/data", "/data"),
        (" /data ", "/data"),
        ('"/my data" ', "/my data"),
        ("'x'", "x"),
        ("", None),
        ("  ", None),
        ('""', None),
        ('"', '"'),
        ('it\'s "so"', 'it\'s "so"'),
    ],
)
def test_blanks_and_quotes_around_a_variable_are_not_meant(
    value: str, meant: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_PLACE", value)
    assert variable("SOME_PLACE") == meant


def test_a_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_PLACE", raising=False)
    assert variable("SOME_PLACE") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_read_in_the_encoding_of_its_mark(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes("größer = 1\r\n".encode(encoding))
    assert read_text(file) == "größer = 1\r\n"


@pytest.mark.parametrize("data", [b"gr\xf6\xdfer", b"\xff\xfea", b"\xef\xbb\xbf\xff"])
def test_what_is_no_text_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes(data)
    with pytest.raises(ValueError, match="save it as UTF-8"):
        read_text(file)
