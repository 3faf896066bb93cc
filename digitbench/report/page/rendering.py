"""Writes the page: the templates, filled in."""

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digitbench.analysis.calibration import Calibration
from digitbench.report import numbers
from digitbench.report.page.contents import contents
from digitbench.report.page.sprite import COLUMNS
from digitbench.report.printable import printable
from digitbench.types import Images, RunRecord


def report_page(
    record: RunRecord,
    *,
    images: Images | None,
    calibrations: Mapping[str, Calibration | None],
) -> str:
    """Return a run as an HTML page; the same run gives the same page.

    Args:
        record: the run, read with its predictions.
        images: its test images, uint8 `(n_test, 28, 28)`; None if they cannot be had, and the page
            then shows their numbers and labels.
        calibrations: as `digitbench.analysis.calibration.calibrations` returns them.
    """
    environment = Environment(
        loader=PackageLoader("digitbench.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = contents(record, images=images, calibrations=calibrations)
    return environment.get_template("page.html").render(
        page=page, numbers=numbers, sprite_columns=COLUMNS, zip=zip
    )


def _shown(value: object) -> object:
    """Escape what no reader sees, such as marks that turn the direction of writing."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value)
    return value
