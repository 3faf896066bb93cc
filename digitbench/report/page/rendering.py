"""Writes the page: the templates, filled in."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digitbench.analysis.calibration import Calibration
from digitbench.metrics import NOTHING_COMPUTED, Computed
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.page.contents import Contents, contents
from digitbench.report.page.sprite import COLUMNS, Sprite
from digitbench.types import Images, RunRecord


def report_page(
    record: RunRecord,
    *,
    images: Images | None,
    calibrations: Mapping[str, Calibration | None],
    computed: Computed = NOTHING_COMPUTED,
) -> str:
    """Return a run as an HTML page; the same run gives the same page.

    Args:
        record: the run, read with its predictions.
        images: its test images, uint8 `(n_test, 28, 28)`; None if they cannot be had, and the page
            then shows their numbers and labels.
        calibrations: as `digitbench.analysis.calibration.calibrations` returns them.
        computed: what the metrics of plugins are in it.
    """
    sprite = Sprite(images)
    page = contents(record, sprite, calibrations=calibrations, computed=computed)
    body = run_html(page, headings=("h1", "h2", "h3", "h4"))
    return page_html(page.run, page.sections, body, {"": sprite})


def run_html(page: Contents, *, headings: Sequence[str], letter: str = "") -> Markup:
    """Return all of a run as a part of a page.

    Args:
        page: what is said of the run.
        headings: the tags of the run's own title and of what is below it, four in all.
        letter: of the run, if the page has others; ids begin and names end with it.
    """
    html = (
        templates()
        .get_template("run.html")
        .render(
            page=page,
            formatting=formatting,
            zip=zip,
            ns=f"{letter}-" if letter else "",
            of_run=f", run {letter}" if letter else "",
            of_run_id=f" {letter}-title" if letter else "",
            **dict(zip(("h1", "h2", "h3", "h4"), headings, strict=True)),
        )
    )
    return Markup(html)  # noqa: S704 (the templates escape what is put into them)


def page_html(
    title: str, sections: Sequence[tuple[str, str]], body: Markup, sprites: Mapping[str, Sprite]
) -> str:
    """Return a whole page.

    Args:
        title: in a few words.
        sections: ids and names of what it has.
        body: all that stands on it.
        sprites: its digits, by a selector of the part of the page that shows them.
    """
    pngs = {place: png for place, sprite in sprites.items() if (png := sprite.data())}
    return (
        templates()
        .get_template("page.html")
        .render(title=title, sections=sections, body=body, sprites=pngs, sprite_columns=COLUMNS)
    )


@cache
def templates() -> Environment:
    """Return the templates; compiled once, since pages do not change them."""
    environment = Environment(
        loader=PackageLoader("digitbench.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["csp_hash"] = _csp_hash
    return environment


def _csp_hash(text: str) -> Markup:
    """Return how a content security policy names a script or a style by what is in it."""
    digest = b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
    return Markup(f"sha256-{digest}")  # noqa: S704 (base64 has no character that HTML escapes)


def _shown(value: object) -> object:
    """Escape what no reader sees, such as marks that turn the direction of writing."""
    is_markup = hasattr(value, "__html__")
    return printable(value) if isinstance(value, str) and not is_markup else value
