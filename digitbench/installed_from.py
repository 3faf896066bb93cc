"""Where this digitbench was installed from, so that others can be told to do the same.

digitbench is on no package index: `pip install digitbench` finds nothing. Whatever tells people
or machines to install it asks here.
"""

import json
from importlib.metadata import PackageNotFoundError, distribution
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
