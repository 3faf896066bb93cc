"""Shows a page in the user's browser."""

import webbrowser
from pathlib import Path


def open_page(path: Path) -> bool:
    """Open a page in a browser and tell whether there is one.

    Args:
        path: the file of the page.
    """
    try:
        return webbrowser.open(path.absolute().as_uri())
    except (webbrowser.Error, OSError):  # none that can be started
        return False
