"""Data sets as JSON documents: where they are, whether they are right, what was fetched."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from digitbench.datasets.load import LoadedDataset
from digitbench.datasets.status import DatasetStatus, Verification

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
