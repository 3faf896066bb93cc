"""The pages of the application, and the files that belong to them, all read when it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digitbench.printable import printable
from digitbench.report.page.rendering import templates as report_templates
from digitbench.report.page.sprite import COLUMNS

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class _File:
    content: bytes
    media_type: str


class Pages:
    """Fills in templates, and gives out files by name."""

    def __init__(self) -> None:
        """Read the files."""
        self._environment = Environment(
            loader=PackageLoader("digitbench.serve"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._files = _files()

    def page(self, name: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """Return a page as an answer."""
        html = self._environment.get_template(f"{name}.html").render(values)
        return HTMLResponse(html, status)

    def file(self, request: Request) -> Response:
        """Return the file that a request names; the name is looked up among those there are."""
        found = self._files.get(request.path_params["name"])
        if found is None:
            return Response("there is no such file\n", 404, media_type="text/plain")
        return Response(found.content, media_type=found.media_type)


def _files() -> dict[str, _File]:
    """Return the files by name; the report's style sheet is one, so that both look alike."""
    style = report_templates().get_template("style.css").render(sprite_columns=COLUMNS)
    found = {"report.css": _File(style.encode(), "text/css")}
    for file in (files("digitbench.serve") / "static").iterdir():
        media_type = _TYPES.get(f".{file.name.rpartition('.')[2]}")
        if media_type is not None:  # and not what an editor or a system has left there
            found[file.name] = _File(file.read_bytes(), media_type)
    return found


def _shown(value: object) -> object:
    """Escape what no reader sees, such as marks that turn the direction of writing."""
    is_markup = hasattr(value, "__html__")
    return printable(value) if isinstance(value, str) and not is_markup else value
