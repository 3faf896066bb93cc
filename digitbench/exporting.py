"""Copies a stored run to a place outside digitbench, through a plugin's exporter."""

from digitbench.errors import PLUGIN_FAULTS, DigitbenchError, ExportError, one_line
from digitbench.types import ExporterSpec, RunRecord
from digitbench.types.plain import MOST_TEXT, plain_text, short


def export_run(exporter: ExporterSpec, record: RunRecord, destination: str | None) -> str:
    """Copy a run and return one line that says where it went.

    Raises:
        DigitbenchError: what the exporter raises of that kind.
        ExportError: anything else went wrong in it.
    """
    try:
        said: object = exporter.export(record, destination)
    except DigitbenchError:
        raise
    except PLUGIN_FAULTS as error:
        raise ExportError(f"exporter '{exporter.name}' failed: {one_line(error)}") from error
    if not isinstance(said, str):
        raise ExportError(
            f"exporter '{exporter.name}' returned {short(said)}, not a line that says where the "
            "run went; tell the plugin's author"
        )
    return plain_text(" ".join(said.split()), MOST_TEXT)
