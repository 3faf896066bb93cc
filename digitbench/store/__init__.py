"""A run on disk: append-only, versioned, and safe against a torn write.

    runs/<time>-<models>/
        manifest.json         the plan, the environment, the status; replaced as a whole
        test_labels.npy       uint8 (n_test,), so that every figure can be recomputed
        test_groups.npz       the groups of the test images, where they are known
        trials.jsonl          a line for each finished trial, appended at once
        predictions.bin       uint8 (n_test,) of each trial, one after the other
        probabilities.bin     float32 (n_test, 10) of each trial that has them, compressed
        test_sets.npz         labels, groups and positions of further test sets, where there are any
        test_sets.jsonl       a line for each trial and further test set
        test_sets.bin         uint8 predictions of these, one after the other

A trial's arrays are on disk before its line, which says where they lie and vouches for them by a
checksum; so are its lines of further test sets, which may come later, too. What a crash leaves
behind, a last line without its end, or arrays or sets without the trial's line, is ignored. A run
that is taken up again keeps its directory and its arrays: `reopen_run` leaves the lines of the
trials that are kept, and the rest follow.
"""

from digitbench.store.directories import LATEST, find_run, run_paths, runs_named
from digitbench.store.layout import SCHEMA_VERSION, read_manifest, schemas
from digitbench.store.opening import create_run, extend_run, reopen_run
from digitbench.store.reading import has_probabilities, read_results, read_run
from digitbench.store.writing import RunWriter

__all__ = [
    "LATEST",
    "SCHEMA_VERSION",
    "RunWriter",
    "create_run",
    "extend_run",
    "find_run",
    "has_probabilities",
    "read_manifest",
    "read_results",
    "read_run",
    "reopen_run",
    "run_paths",
    "runs_named",
    "schemas",
]
