"""Where this digitbench was installed from, so that others can be told to do the same.

digitbench is on no package index: `pip install digitbench` finds nothing. Whatever tells people
or machines to install it asks here; once it is on one, this module is the place to say so.
"""

import json
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

VARIABLE = "DIGITBENCH_SOURCE"
"""Environment variable by which CI services are told what pip takes digitbench from."""


def installed_from(name: str = "digitbench") -> str | None:
    """Return what `pip install` takes to install the same again.

    Args:
        name: the distribution.

    Returns:
        The path of a checkout or an archive, `git+URL@COMMIT`, or the URL of an archive, as the
        installer recorded it (PEP 610); None if it recorded nothing.
    """
    try:
        recorded = distribution(name).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return None if recorded is None else _source(json.loads(recorded))


def reachable_elsewhere(source: str) -> bool:
    """Tell whether another machine can install from a source: it is a URL and no local path."""
    scheme = urlsplit(source.partition("+")[2] or source).scheme
    return scheme in {"http", "https", "ssh"}


def source_elsewhere(source: str) -> str | None:
    """Return what another machine installs the same from.

    Args:
        source: as `installed_from` returns it.

    Returns:
        The source itself if it is a URL. For a checkout, `git+` and the URL that it was cloned
        from, without a password; at its commit, if the remote has that. None for anything else.
    """
    if reachable_elsewhere(source):
        return source
    folder = Path(source)
    if not folder.is_dir() or _git(folder, "rev-parse", "--show-toplevel") != str(folder.resolve()):
        return None
    remote = f"git+{_git(folder, 'remote', 'get-url', 'origin')}"
    if not reachable_elsewhere(remote):
        return None
    parts = urlsplit(remote)
    user = "git@" if parts.scheme == "git+ssh" else ""
    public = parts._replace(netloc=user + parts.netloc.rpartition("@")[2]).geturl()
    pushed = _git(folder, "branch", "--remotes", "--contains", "HEAD")
    return f"{public}@{_git(folder, 'rev-parse', 'HEAD')}" if pushed else public


def _git(folder: Path, *arguments: str) -> str:
    """Return what a command of Git says of a folder; empty if it fails or Git is not there."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _source(recorded: dict[str, Any]) -> str:
    url: str = recorded["url"]
    if "vcs_info" in recorded:
        vcs = recorded["vcs_info"]
        source = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    else:
        parts = urlsplit(url)
        source = url2pathname(parts.path) if parts.scheme == "file" else url
    folder = recorded.get("subdirectory")
    return f"{source}#subdirectory={folder}" if folder else source
