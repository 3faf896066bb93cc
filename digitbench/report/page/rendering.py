"""Writes the page: the templates, filled in."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digitbench.analysis.calibration import Calibration
from digitbench.metrics import NOTHING_COMPUTED, Computed
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.page.contents import contents
from digitbench.report.page.sprite import COLUMNS
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
    page = contents(record, images=images, calibrations=calibrations, computed=computed)
    return (
        templates()
        .get_template("page.html")
        .render(page=page, formatting=formatting, sprite_columns=COLUMNS, zip=zip)
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
