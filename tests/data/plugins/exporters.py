"""Exporters: one that works, and some that do not."""

from pathlib import Path

from digitbench import ExporterSpec, RunRecord, UsageError, hookimpl


def to_file(record: RunRecord, destination: str | None) -> str:
    print("chatter of an exporter")
    path = Path(destination or "exported.json")
    path.write_text(record.model_dump_json(), encoding="utf-8")
    return f"{len(record.results)} trials\nwritten to {path}"


def name_metrics(record: RunRecord, destination: str | None) -> str:
    return ", ".join(sorted({key for result in record.results for key in result.metrics}))


def refuse(record: RunRecord, destination: str | None) -> str:
    raise UsageError("this exporter wants a --destination")


def break_down(record: RunRecord, destination: str | None) -> str:
    raise ConnectionError("the server is gone\nand more of it")


def leave(record: RunRecord, destination: str | None) -> str:
    raise SystemExit(0)


@hookimpl
def digitbench_exporters():
    return [
        ExporterSpec(name="file", summary="A file", export=to_file),
        ExporterSpec(name="metrics", summary="Names metrics", export=name_metrics),
        ExporterSpec(name="refusing", summary="Refuses", export=refuse),
        ExporterSpec(name="broken", summary="Breaks down", export=break_down),
        ExporterSpec(name="leaving", summary="Ends the process", export=leave),
    ]
