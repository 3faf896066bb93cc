"""Where digitbench was installed from, as the installer recorded it."""

import subprocess
from pathlib import Path

import pytest

from digitbench.installed_from import installed_from, reachable_elsewhere, source_elsewhere


@pytest.mark.parametrize(
    ("recorded", "source", "elsewhere"),
    [
        ('{"url": "file:///home/me/dig%20it", "dir_info": {}}', "/home/me/dig it", False),
        (
            '{"url": "file:///tmp/d-1.whl", "archive_info": {"hash": "sha256=0"}}',
            "/tmp/d-1.whl",  # noqa: S108
            False,
        ),
        (
            '{"url": "https://example.org/d-1.whl", "archive_info": {}}',
            "https://example.org/d-1.whl",
            True,
        ),
        (
            '{"url":"https://x.org/d","vcs_info":{"vcs":"git","commit_id":"a"},"subdirectory":"p"}',
            "git+https://x.org/d@a#subdirectory=p",
            True,
        ),
        (
            '{"url": "file:///srv/d.git", "vcs_info": {"vcs": "git", "commit_id": "ab12"}}',
            "git+file:///srv/d.git@ab12",
            False,
        ),
    ],
)
def test_what_the_installer_recorded_is_what_pip_takes(
    recorded: str, source: str, elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "somewhere-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: somewhere\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed_from("somewhere") is None  # from an index: nothing is recorded
    (metadata / "direct_url.json").write_text(recorded)
    found = installed_from("somewhere")
    assert found == source
    assert reachable_elsewhere(found) is elsewhere


def test_what_is_not_installed_came_from_nowhere() -> None:
    assert installed_from("no-such-distribution") is None


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with one commit and no remote."""
    folder = tmp_path / "check out"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")
    return folder


@pytest.mark.parametrize(
    ("remote", "public"),
    [
        ("https://example.org/d.git", "git+https://example.org/d.git"),
        ("https://me:secret@example.org/d.git", "git+https://example.org/d.git"),
        ("ssh://git@example.org/d.git", "git+ssh://git@example.org/d.git"),
        ("git@example.org:d.git", None),
        ("/srv/d.git", None),
    ],
)
def test_a_checkout_is_installed_elsewhere_from_where_it_was_cloned(
    remote: str, public: str | None, checkout: Path
) -> None:
    git(checkout, "remote", "add", "origin", remote)
    assert source_elsewhere(str(checkout)) == public
    git(checkout, "update-ref", "refs/remotes/origin/main", "HEAD")
    commit = git(checkout, "rev-parse", "HEAD")
    assert source_elsewhere(str(checkout)) == (public and f"{public}@{commit}")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "not pushed")
    assert source_elsewhere(str(checkout)) == public


def test_what_no_other_machine_can_reach_is_not_named(checkout: Path, tmp_path: Path) -> None:
    assert source_elsewhere(str(checkout)) is None
    git(checkout, "remote", "add", "origin", "https://example.org/somebody-elses.git")
    inside = checkout / "vendored"
    inside.mkdir()
    assert source_elsewhere(str(inside)) is None
    assert source_elsewhere(str(tmp_path / "d-1.whl")) is None
    assert source_elsewhere("https://example.org/d-1.whl") == "https://example.org/d-1.whl"


def test_without_git_a_checkout_is_a_path_alone(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(checkout, "remote", "add", "origin", "https://example.org/d.git")
    monkeypatch.setenv("PATH", "")
    assert source_elsewhere(str(checkout)) is None
