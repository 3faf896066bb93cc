"""Where digitbench was installed from, as the installer recorded it."""

from pathlib import Path

import pytest

from digitbench.installed_from import installed_from, reachable_elsewhere


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
