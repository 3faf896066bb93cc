"""Copies a stored run to a place outside digitbench, through a plugin's exporter."""

from digitbench.errors import ExportError
from digitbench.foreign import foreign_code
from digitbench.types import ExporterSpec, RunRecord


def export_run(exporter: ExporterSpec, record: RunRecord, destination: str | None) -> str:
    """Copy a run and return one line that says where it went.

    Raises:
        DigitbenchError: what the exporter raises of that kind.
        ExportError: anything else went wrong in it.
    """
    with foreign_code(lambda reason: ExportError(f"exporter '{exporter.name}' failed: {reason}")):
        return " ".join(str(exporter.export(record, destination)).split())
