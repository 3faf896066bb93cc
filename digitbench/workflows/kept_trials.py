"""Trials of a stored run, tried on further test sets by their kept models."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from digitbench.datasets.test_sets import IMAGES_AT_A_TIME
from digitbench.errors import DigitbenchError, KeptModelError, UsageError, one_line
from digitbench.kept import FoundModel, kept_model
from digitbench.plugins import PluginHost
from digitbench.runner.interrupts import interrupt_deferred
from digitbench.runner.resolve import find_model
from digitbench.runner.set_predictions import predict_sets
from digitbench.runner.wanted_sets import LoadedSets
from digitbench.store import RunWriter, extend_run
from digitbench.types import (
    Images,
    Labels,
    RunPlan,
    RunRecord,
    SetResult,
    TestSet,
    TrialResult,
    TrialSpec,
    WorkProgress,
)
from digitbench.types.models import is_python
from digitbench.workflows.kept import LoadedModel, load_found
from digitbench.workflows.messages import Messages


@dataclass
class KeptTrials:
    """The trials of a run that lack test sets.

    Attributes:
        path: the run's directory, which no other process writes.
        record: the run.
        sets: the test sets.
        images: the run's test images.
        host: the plugins.
        messages: where it is said which trials are left out.
        working: called with the images that a model has predicted; None if nobody wants to know.
    """

    path: Path
    record: RunRecord
    sets: LoadedSets
    images: Images
    host: PluginHost
    messages: Messages
    working: WorkProgress | None = None
    _writer: RunWriter | None = None
    _not_kept: list[TrialResult] = field(default_factory=list)

    def try_on_sets(self) -> None:
        """Store what each trial gives on the sets it lacks, one by one."""
        rows = [model.label for model in self.record.plan.models]
        for trial in sorted(
            (result for result in self.record.results if result.status == "ok"),
            key=lambda one: (rows.index(one.spec.model), one.spec.trial),
        ):
            known = {(one.test_set, one.error) for one in trial.set_results}
            lacking = {
                label: one
                for label, one in self.sets.test_sets.items()
                if (label, None) not in known
            }
            for one in self._results(trial, lacking):
                if one.error is not None:
                    self._warn(trial, f"has no predictions of test set {one.test_set}: {one.error}")
                if (one.test_set, one.error) not in known:
                    with interrupt_deferred():
                        self._open().add_set_results(trial.spec, [one])
        if self._writer is None and self._has_some:
            self.messages.info("nothing is added: what can be predicted is there already")
        self._tell_of_those_not_kept()

    @property
    def _has_some(self) -> bool:
        """Whether a trial has predictions of one of the sets from before."""
        parts = (one for result in self.record.results for one in result.set_results)
        return any(one.test_set in self.sets.test_sets and one.error is None for one in parts)

    def _open(self) -> RunWriter:
        """Return what writes the run, which has the sets from now on."""
        if self._writer is None:
            loaded, stored = self.sets.test_sets, self.record.test_sets
            self._writer = extend_run(
                self.path,
                self.record.model_copy(update={"plan": _with_sets(self.record.plan, self.sets)}),
                {label: one for label, one in loaded.items() if label not in stored},
            )
        return self._writer

    def _results(self, trial: TrialResult, lacking: dict[str, TestSet]) -> Iterator[SetResult]:
        """Yield what a trial gives on test sets: without its model, only where none is needed."""
        to_predict = {}
        for label, test_set in lacking.items():
            if any(condition.images is not None for condition in test_set.conditions):
                to_predict[label] = test_set
            else:
                yield SetResult(test_set=label, predictions=np.empty(0, np.uint8))
        if to_predict:
            yield from self._predicted(trial, to_predict)

    def _predicted(self, trial: TrialResult, test_sets: dict[str, TestSet]) -> Iterator[SetResult]:
        """Yield what the kept model of a trial gives on test sets; nothing without one."""
        try:
            found = kept_model(self.path, self.record, trial)
            if found is None:
                self._not_kept.append(trial)
                return
            what = f"{_named(trial)}: predicting {', '.join(test_sets)}"
            model = _Counting(
                load_found(found, messages=self.messages, host=self.host),
                partial(self.working or _untold, what),
                len(self.images) + sum(map(_size, test_sets.values())),
            )
            self._check(model, found, trial)
        except DigitbenchError as error:
            self._warn(trial, f"is left out: {one_line(error)}")
            return
        yield from predict_sets(model, test_sets)

    def _check(self, model: "_Counting", found: FoundModel, trial: TrialResult) -> None:
        """Have the kept model of a trial prove that it is the one.

        Raises:
            KeptModelError: it predicts other than in the run.
        """
        images, then = self.images, trial.predictions
        now = np.concatenate(
            [
                model.predict(images[start : start + IMAGES_AT_A_TIME])
                for start in range(0, len(images), IMAGES_AT_A_TIME)
            ]
        )
        if wrong := int(np.count_nonzero(now != then)):
            raise KeptModelError(
                f"{found.directory} predicts {wrong:,} of {len(images):,} test images other than "
                "in the run"
            )

    def _warn(self, trial: TrialResult, text: str) -> None:
        self.messages.warn(f"{_named(trial)} {text}")

    def _tell_of_those_not_kept(self) -> None:
        """Say which trials were left out for want of a model, and how to keep it."""
        for label, trials in groupby(self._not_kept, lambda one: one.spec.model):
            specs = [one.spec for one in trials]
            numbers = ", ".join(str(spec.trial) for spec in specs)
            plural = "s" if len(specs) > 1 else ""
            self.messages.warn(
                f"{label}, trial{plural} {numbers}: left out, for no model was kept: "
                f"{self._how_to_keep(specs[0])}"
            )

    def _how_to_keep(self, spec: TrialSpec) -> str:
        if is_python(spec.name):
            return "no run keeps models that are Python objects"
        try:
            if find_model(spec.name, self.host).spec.load is None:
                return "its plugin cannot load kept models"
        except UsageError as error:
            return one_line(error)
        name = shlex.quote(f"{self.record.id}:{spec.model}")
        return f"`digitbench keep {name} --trial {spec.trial}` trains it again and keeps it"


@dataclass
class _Counting:
    """A model that tells how many images it has predicted.

    Attributes:
        model: the model.
        tell: called with that number and the next.
        images: how many there are in all.
    """

    model: LoadedModel
    tell: Callable[[int, int], None]
    images: int
    _done: int = 0

    def predict(self, images: Images) -> Labels:
        """Return the digits of images, uint8 `(n,)`."""
        self.tell(self._done, self.images)
        found = self.model.predict(images)
        self._done += len(images)
        self.tell(self._done, self.images)
        return found


def _untold(what: str, done: int, total: int) -> None:
    """Pass over how far the work is."""


def _size(test_set: TestSet) -> int:
    """Return how many images of a set have to be predicted."""
    return sum(len(one) for one in test_set.conditions if one.images is not None)


def _with_sets(plan: RunPlan, sets: LoadedSets) -> RunPlan:
    """Return a plan with further test sets that could be loaded, after those it has."""
    now = {one.label: one for one in sets.planned if one.error is None}
    there = [now.pop(one.label, one) for one in plan.test_sets]
    return plan.model_copy(update={"test_sets": (*there, *now.values())})


def _named(trial: TrialResult) -> str:
    return f"{trial.spec.model}, trial {trial.spec.trial}"
