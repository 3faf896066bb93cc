"""Makes the directory of a run, and takes up one that is there, so that results can be written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np

from digitbench.errors import StoreError
from digitbench.store.directories import make_directory, slug
from digitbench.store.groups import write_groups
from digitbench.store.layout import (
    SET_RESULTS,
    TEST_LABELS,
    TRIALS,
    read_manifest,
    replace_file,
    write_manifest,
)
from digitbench.store.set_labels import write_set_labels
from digitbench.store.set_results import SetResults
from digitbench.store.trial_lines import trial_lines
from digitbench.store.writing import RunWriter
from digitbench.types import (
    Environment,
    Groups,
    Labels,
    RunPlan,
    RunRecord,
    SetLabels,
    TestSet,
    TrialSpec,
)


def create_run(
    root: Path,
    plan: RunPlan,
    environment: Environment,
    test_labels: Labels,
    name: str | None = None,
    *,
    test_groups: Groups | None = None,
    test_sets: Mapping[str, TestSet] = MappingProxyType({}),
) -> RunWriter:
    """Make a run directory below `root`, named after the time and the models.

    Args:
        root: where runs are kept.
        plan: what is to be done.
        environment: where.
        test_labels: uint8 `(n_test,)`.
        name: what the directory is called after the time instead, so that `runs_named` finds it.
        test_groups: the groups of the test images; None if not known.
        test_sets: the further test sets of the plan that could be loaded, by label.

    Raises:
        StoreError: the directory cannot be made.
    """
    started_at = datetime.now(UTC)
    name = name or slug("-".join(model.label for model in plan.models))
    try:
        root.mkdir(parents=True, exist_ok=True)
        path = make_directory(root, f"{started_at:%Y%m%dT%H%M%SZ}-{name}")
        replace_file(
            path / TEST_LABELS, lambda file: np.save(file, test_labels, allow_pickle=False)
        )
        if test_groups is not None:
            write_groups(path, test_groups)
        write_set_labels(path, plan, test_sets, {})
    except OSError as error:
        raise StoreError(f"cannot make a run directory in {root}: {error.strerror}") from error
    record = RunRecord(
        id=path.name,
        plan=plan,
        environment=environment,
        started_at=started_at,
        test_labels=test_labels,
        test_groups=test_groups,
        test_sets=_labels_of(test_sets),
        directory=path.absolute(),
    )
    write_manifest(path, record)
    return RunWriter(path, record)


def reopen_run(
    path: Path,
    record: RunRecord,
    *,
    test_sets: Mapping[str, TestSet] = MappingProxyType({}),
) -> RunWriter:
    """Take up a stored run again, so that further trials can be written to it.

    The results of `record` are kept, in place of those stored: trials and results on test sets that
    are left out are to be done again, and torn last lines go. Its plan, which may have more trials
    and, after those there were, more models and test sets, replaces the stored one. Each file is
    replaced as a whole, so that no crash loses a result that is kept.

    Args:
        path: the run directory.
        record: as `read_run` gives it, with what is to be kept and the plan to go on with.
        test_sets: the test sets of that plan of which the run has stored no labels, by label.

    Raises:
        StoreError: the directory cannot be read or written.
    """
    unfinished = record.model_copy(update={"status": "running", "finished_at": None})
    return extend_run(path, unfinished, test_sets)


def extend_run(path: Path, record: RunRecord, test_sets: Mapping[str, TestSet]) -> RunWriter:
    """Give a stored run further test sets, so that results on them can be written to it.

    Args:
        path: the run directory.
        record: as for `reopen_run`; its status stays.
        test_sets: as for `reopen_run`.

    Raises:
        StoreError: the directory cannot be read or written.
    """
    _keep_results(path, record)
    try:
        if test_sets:
            write_set_labels(path, record.plan, test_sets, record.test_sets)
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error.strerror}") from error
    known = record.test_sets | _labels_of(test_sets)
    record = record.model_copy(update={"test_sets": known})
    write_manifest(path, record)
    return RunWriter(path, record)


def _keep_results(path: Path, record: RunRecord) -> None:
    """Leave, of the lines of a run, those whose results a record has.

    Raises:
        StoreError: the directory cannot be read or written.
    """
    plan = read_manifest(path).plan
    kept = {_axes(result.spec): result for result in record.results}
    trials = b"".join(
        line.trial.line()
        for line in trial_lines(path, plan)
        if _axes(line.trial.result.spec) in kept
    )
    sets = b"".join(
        line.stored.line()
        for axes, lines in SetResults(path, plan).lines.items()
        for label, line in lines.items()
        if axes in kept and label in {one.test_set for one in kept[axes].set_results}
    )
    try:
        replace_file(path / TRIALS, lambda file: file.write(trials))
        if sets or (path / SET_RESULTS).exists():
            replace_file(path / SET_RESULTS, lambda file: file.write(sets))
    except OSError as error:
        raise StoreError(f"cannot write to {path}: {error.strerror}") from error


def _labels_of(test_sets: Mapping[str, TestSet]) -> dict[str, tuple[SetLabels, ...]]:
    return {
        label: tuple(SetLabels(one.labels, one.groups, one.positions) for one in found.conditions)
        for label, found in test_sets.items()
    }


def _axes(spec: TrialSpec) -> tuple[str, int]:
    """Return what tells the trials of one plan apart."""
    return spec.model, spec.trial
