"""Adds further test sets to a stored run, whose kept models predict them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digitbench.datasets.load import default_cache_dir
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.provenance import short
from digitbench.runner.interrupts import termination_as_interrupt
from digitbench.runner.lock import sole_writer
from digitbench.runner.recall import data_dir_of, plugin_files_of
from digitbench.runner.resolve import find_dataset
from digitbench.runner.set_requests import parse_test_sets
from digitbench.runner.wanted_sets import (
    LoadedSets,
    WantedSet,
    check_classes,
    load_sets,
    resolve_test_sets,
)
from digitbench.store import find_run, read_run
from digitbench.types import DataContext, Images, RunPlan, RunRecord
from digitbench.workflows.kept_trials import KeptTrials
from digitbench.workflows.messages import Messages
from digitbench.workflows.stored_data import load_stored_dataset


@dataclass(frozen=True)
class ExtendedRun:
    """A stored run that was tried on further test sets.

    Attributes:
        record: the run with them.
        labels: the sets that were asked for and could be loaded.
        failed: whether one could not be loaded, or a model failed on one.
    """

    record: RunRecord
    labels: tuple[str, ...]
    failed: bool

    @property
    def with_these_sets(self) -> RunRecord:
        """The run as if it had no other further test sets than those."""
        plan = self.record.plan
        sets = tuple(one for one in plan.test_sets if one.label in self.labels)
        return self.record.model_copy(update={"plan": plan.model_copy(update={"test_sets": sets})})


def add_test_sets(
    name: str | Path,
    test_sets: str,
    messages: Messages,
    *,
    runs_dir: Path,
    data_dir: Path | None = None,
    offline: bool = False,
    plugin_files: Sequence[Path] = (),
) -> ExtendedRun:
    """Try the trained models of a stored run on further test sets, and store what they give.

    Trials whose model was not kept are left out, which is said; those that have a set already
    stay as they are.

    Args:
        name: the run's, as `digitbench.store.find_run` takes it.
        test_sets: the sets, as `--test-sets` takes them.
        messages: where it is said which sets and trials are left out.
        runs_dir: where runs are kept.
        data_dir: the directory of the run's data; by default the one that it was made with.
        offline: never download.
        plugin_files: plugins in files, besides those that the run was made with.

    Raises:
        UsageError: there is no such run or set, none of its trials can be tried on the sets, or a
            set is not the one that the run has stored.
        DigitbenchError: the run is damaged or cannot be written, or its data cannot be had.
    """
    path = find_run(runs_dir, str(name))
    plan = read_run(path).plan
    host = load_plugins(files=plugin_files_of(plan, plugin_files).present)
    for failure in host.failures:
        messages.warn(str(failure))
    where = DataContext(default_cache_dir(), data_dir_of(plan, data_dir), offline)
    with messages.loading(where) as context:
        sets, images = _loaded(test_sets, plan, host, context, messages)
        with sole_writer(path), termination_as_interrupt():
            record = read_run(path)
            _check_same(sets, record.plan)
            KeptTrials(path, record, sets, images, host, messages, context.working).try_on_sets()
            record = read_run(path)
    found = [
        one
        for result in record.results
        for one in result.set_results
        if one.test_set in sets.test_sets
    ]
    if sets.test_sets and not found:
        raise UsageError(f"no trial of {record.id} could be tried on the test sets")
    failed = len(sets.test_sets) < len(sets.planned) or any(one.error for one in found)
    return ExtendedRun(record, tuple(sets.test_sets), failed)


def _loaded(
    text: str, plan: RunPlan, host: PluginHost, context: DataContext, messages: Messages
) -> tuple[LoadedSets, Images]:
    """Load the test sets for the data of a run, and its test images.

    Raises:
        UsageError: none is named, or there is no such set.
        DigitbenchError: the run's data cannot be had.
    """
    wanted = [_as_stored(one, plan) for one in resolve_test_sets(parse_test_sets(text), host)]
    if not wanted:
        raise UsageError("--test-sets names no test set; `digitbench test-sets` lists them")
    check_classes(wanted, find_dataset(plan.dataset.name, host))
    dataset = load_stored_dataset(plan.dataset, context, host)
    sets = load_sets(wanted, dataset, context, messages.warn, quick=plan.dataset.quick)
    return sets, dataset.dataset.test.images


def _as_stored(wanted: WantedSet, plan: RunPlan) -> WantedSet:
    """Return a set by the label that a run has it under already, however it is written now."""
    asked = (wanted.request.name, wanted.request.argument, wanted.options)
    for row in plan.test_sets:
        if (row.name, row.argument, row.options) == asked:
            return replace(wanted, request=replace(wanted.request, label=row.label))
    return wanted


def _check_same(sets: LoadedSets, plan: RunPlan) -> None:
    """Refuse test sets that a run has with other content.

    Raises:
        UsageError: there is one.
    """
    stored = {one.label: one.fingerprint for one in plan.test_sets if one.error is None}
    for now in sets.planned:
        then = stored.get(now.label)
        if now.error is None and then not in {None, now.fingerprint}:
            raise UsageError(
                f"test set {now.label} is not the one that the run has: its fingerprint was "
                f"{short(then)} and is now {short(now.fingerprint)}"
            )
