"""Bad exporters among a good one."""

from dataclasses import replace

from digitbench import ExporterSpec, hookimpl

GOOD = ExporterSpec(name="good", summary="A sound record", export=lambda record, place: "done")


@hookimpl
def digitbench_exporters():
    return [
        "mlflow",
        replace(GOOD, name="Bad Name"),
        replace(GOOD, name="all"),
        replace(GOOD, name="no-summary", summary=""),
        replace(GOOD, name="no-export", export="nowhere"),
        GOOD,
        GOOD,
    ]
