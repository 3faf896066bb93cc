"""Data sets, for people and as JSON: where they are, whether they are right, what was fetched."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from digitbench.datasets.load import LoadedDataset
from digitbench.datasets.status import DatasetStatus, Verification
from digitbench.printable import printable
from digitbench.report.plain_tables import ListTable
from digitbench.types import Dataset
from digitbench.types.plugins import PluginFailure

DOCUMENT_VERSION = 1


def status_document(rows: Sequence[DatasetStatus]) -> dict[str, Any]:
    """Return what `digitbench data list` shows as plain values that `json.dumps` takes."""
    return {"document_version": DOCUMENT_VERSION, "datasets": [asdict(row) for row in rows]}


def verification_document(rows: Sequence[Verification]) -> dict[str, Any]:
    """Return what `digitbench data verify` shows as plain values that `json.dumps` takes."""
    return {"document_version": DOCUMENT_VERSION, "copies": [asdict(row) for row in rows]}


def fetched_document(loaded: LoadedDataset) -> dict[str, Any]:
    """Return what `digitbench data fetch` shows as plain values that `json.dumps` takes."""
    dataset = loaded.dataset
    return {
        "document_version": DOCUMENT_VERSION,
        "name": dataset.name,
        "source": dataset.source,
        "fingerprint": loaded.fingerprint,
        "canonical": loaded.canonical,
        "train_size": len(dataset.train),
        "test_size": len(dataset.test),
        "groups": None if dataset.test.groups is None else dataset.test.groups.name,
    }


def status_table(
    rows: Sequence[DatasetStatus], failures: Iterable[PluginFailure]
) -> RenderableType:
    """Return the data sets with where each would come from, and the plugins that failed."""
    table = ListTable("Data set", "Here", "Groups", "Summary", "Where from")
    here = {True: "yes", False: "no", None: "?"}
    for row in rows:
        groups = f"{row.groups}s" if row.groups else "not known"
        table.add_texts(row.name, here[row.present], groups, row.summary, row.where)
    failed = (Text(printable(f"failed: {failure}"), style="red") for failure in failures)
    return Group(table, *failed)


def verification_table(rows: Sequence[Verification]) -> RenderableType:
    """Return each copy of a data set with what was found of it."""
    table = ListTable("Data set", "Verdict", "What", "Where")
    for row in rows:
        verdict = "ok" if row.ok else "BAD"
        table.add_texts(row.name, verdict, row.detail, row.where, style=None if row.ok else "red")
    return table


def fetched_text(loaded: LoadedDataset) -> str:
    """Say what a data set holds and where it is from."""
    dataset = loaded.dataset
    known = {True: "canonical", False: "NOT the canonical data", None: "not known to be canonical"}
    return (
        f"{dataset.name}: {len(dataset.train):,} training and {len(dataset.test):,} test images, "
        f"{known[loaded.canonical]}\nfrom {printable(dataset.source)}\n"
        f"fingerprint {loaded.fingerprint}\n"
        f"groups: {_groups(dataset)}"
    )


def _groups(dataset: Dataset) -> str:
    """Say which images belong together."""
    parts = [
        f"{split.groups.count:,} {split.groups.plural} of the {part} images"
        for part, split in (("training", dataset.train), ("test", dataset.test))
        if split.groups is not None
    ]
    return ", ".join(parts) or "not known"
