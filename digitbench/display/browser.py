"""Shows pages in the user's browser."""

import webbrowser
from pathlib import Path


def open_page(path: Path) -> bool:
    """Open a page in a browser and tell whether there is one.

    Args:
        path: the file of the page.
    """
    return open_url(path.absolute().as_uri())


def open_url(url: str) -> bool:
    """Open an address in a browser and tell whether there is one."""
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):  # none that can be started
        return False
