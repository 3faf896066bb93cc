"""Trained classifiers on disk: a record of what each is, and the files that it wrote itself.

    runs/<run>/models/<row>-<label>-trial-<number>/
        model.json      what it is, with the SHA-256 of each file
        files/          what the classifier wrote

A kept model is whole or not there: it is written beside its place and moved there. The store does
not know of it. What says that a kept model is that of a trial is the hash of its predictions.
"""

from digitbench.kept.files import saved_files
from digitbench.kept.finding import FoundModel, kept_model, kept_models
from digitbench.kept.keeping import Keeper, write_model
from digitbench.kept.record import FORMAT_VERSION, MOST_BYTES, KeptFile, KeptModel
from digitbench.kept.storage import is_kept_model, read_files, read_record

__all__ = [
    "FORMAT_VERSION",
    "MOST_BYTES",
    "FoundModel",
    "Keeper",
    "KeptFile",
    "KeptModel",
    "is_kept_model",
    "kept_model",
    "kept_models",
    "read_files",
    "read_record",
    "saved_files",
    "write_model",
]
