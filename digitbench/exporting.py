"""Copies a stored run to a place outside digitbench, through a plugin's exporter."""

from digitbench.errors import PLUGIN_FAULTS, DigitbenchError, ExportError, one_line
from digitbench.types import ExporterSpec, RunRecord


def export_run(exporter: ExporterSpec, record: RunRecord, destination: str | None) -> str:
    """Copy a run and return one line that says where it went.

    Raises:
        DigitbenchError: what the exporter raises of that kind.
        ExportError: anything else went wrong in it.
    """
    try:
        said = exporter.export(record, destination)
    except DigitbenchError:
        raise
    except PLUGIN_FAULTS as error:
        raise ExportError(f"exporter '{exporter.name}' failed: {one_line(error)}") from error
    return " ".join(str(said).split())
