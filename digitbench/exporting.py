"""Copies a stored run to a place outside digitbench, through a plugin's exporter."""

from digitbench.errors import ExportError
from digitbench.foreign import foreign_code
from digitbench.types import ExporterSpec, RunRecord
from digitbench.types.plain import MOST_TEXT, plain_text, short


def export_run(exporter: ExporterSpec, record: RunRecord, destination: str | None) -> str:
    """Copy a run and return one line that says where it went.

    Raises:
        DigitbenchError: what the exporter raises of that kind.
        ExportError: anything else went wrong in it.
    """
    with foreign_code(lambda reason: ExportError(f"exporter '{exporter.name}' failed: {reason}")):
        said: object = exporter.export(record, destination)
    if not isinstance(said, str):
        raise ExportError(
            f"exporter '{exporter.name}' returned {short(said)}, not a line that says where the "
            "run went; tell the plugin's author"
        )
    return plain_text(" ".join(said.split()), MOST_TEXT)
