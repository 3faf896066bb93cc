"""Kept models: found by what they are called, loaded with every check, and made to predict."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from digitbench.errors import DigitbenchError, KeptModelError, UsageError
from digitbench.foreign import foreign_code
from digitbench.kept import (
    FoundModel,
    KeptModel,
    is_kept_model,
    kept_models,
    read_files,
    read_record,
)
from digitbench.kept.storage import FILES
from digitbench.plugins import PluginHost, load_plugins
from digitbench.provenance import Fact, differing, plugin_facts
from digitbench.runner.classifier_output import check_predictions, check_probabilities
from digitbench.runner.model_requests import ModelRequest
from digitbench.runner.recall import plugin_files_of
from digitbench.runner.resolve import find_model, resolve_models
from digitbench.store import LATEST, find_run, read_manifest, read_run, run_paths
from digitbench.types import (
    IMAGE_SHAPE,
    BuildContext,
    Classifier,
    Images,
    Labels,
    ModelSpec,
    RunRecord,
    available_cpus,
)
from digitbench.workflows.messages import Messages
from digitbench.workflows.stored import run_and_model

__all__ = [
    "FoundModel",
    "KeptModel",
    "LoadedModel",
    "find_kept_model",
    "kept_models",
    "load_kept_model",
]


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A kept model that predicts what it did in its run.

    Attributes:
        directory: where it is kept.
        kept: what it is.
        classifier: the classifier itself, whose answers nobody has checked.
        spec: the model that its plugin offers.
    """

    directory: Path
    kept: KeptModel
    classifier: Classifier = field(repr=False)
    spec: ModelSpec = field(repr=False)
    _threads: int = field(repr=False)
    _libraries: ThreadpoolController = field(repr=False, default_factory=ThreadpoolController)

    @property
    def label(self) -> str:
        """What its run calls it."""
        return self.kept.model.label

    def predict(self, images: Images) -> Labels:
        """Return the digits of images, uint8 `(n,)`.

        Args:
            images: uint8 `(n, 28, 28)`, ink bright on black.

        Raises:
            UsageError: they are not of that shape and type.
            KeptModelError: the classifier failed, or its answer is wrong.
        """
        given = _checked(images)
        with foreign_code(self._failure), self._libraries.limit(limits=self._threads):
            return check_predictions(self.classifier.predict(given), len(given))

    def predict_proba(self, images: Images) -> NDArray[np.float32] | None:
        """Return the probabilities of the digits, float32 `(n, 10)`; None if it gives none.

        Args:
            images: as for `predict`.

        Raises:
            UsageError: they are not of that shape and type.
            KeptModelError: the classifier failed, or its answer is wrong.
        """
        given = _checked(images)
        predict_proba = getattr(self.classifier, "predict_proba", None)
        if predict_proba is None:
            return None
        with foreign_code(self._failure), self._libraries.limit(limits=self._threads):
            return check_probabilities(predict_proba(given), len(given))

    def _failure(self, reason: str) -> KeptModelError:
        return KeptModelError(f"the kept model {self.label} failed: {reason}")


def load_kept_model(
    text: str,
    *,
    runs_dir: Path,
    messages: Messages,
    trial: int | None = None,
    plugin_files: Sequence[Path] = (),
    host: PluginHost | None = None,
) -> LoadedModel:
    """Load a kept model.

    Args:
        text: as for `find_kept_model`.
        runs_dir: where runs are kept.
        messages: where it is said if its plugin has changed since.
        trial: of which trial; by default the first that was kept.
        plugin_files: single-file plugins, besides those of its run.
        host: the plugins, if they are loaded already.

    Raises:
        UsageError: there is no such kept model, or no plugin that loads it.
        KeptModelError: it is damaged, or its plugin cannot load it.
        StoreError: the run that is named is damaged.
    """
    found = find_kept_model(text, runs_dir=runs_dir, messages=messages, trial=trial)
    return load_found(found, messages=messages, plugin_files=plugin_files, host=host)


def load_found(
    found: FoundModel,
    *,
    messages: Messages,
    plugin_files: Sequence[Path] = (),
    host: PluginHost | None = None,
) -> LoadedModel:
    """Load a kept model whose directory is known; the arguments are those of `load_kept_model`.

    Raises:
        UsageError: no plugin here has its model.
        KeptModelError: it is damaged, or its plugin cannot load it.
    """
    kept = found.kept
    read_files(found.directory, kept)  # for their checks
    if host is None:
        host = load_plugins(files=_plugin_files(found.directory, plugin_files))
    spec = find_model(kept.model.name, host).spec
    if spec.load is None:
        raise KeptModelError(
            f"{found.directory} cannot be loaded: the model '{spec.name}' has no load here"
        )
    if changed := _changes(kept, host):
        said = "; ".join(fact.changed() for fact in changed)
        messages.warn(f"{kept.model.label} may predict other than when it was kept: {said}")
    threads = min(kept.threads, available_cpus())
    with foreign_code(
        lambda reason: KeptModelError(f"{found.directory} cannot be loaded: {reason}")
    ):
        options = spec.options.model_validate(kept.model.options)
        classifier = spec.load(
            (found.directory / FILES).absolute(), options, BuildContext(kept.seed, threads)
        )
    return LoadedModel(found.directory, kept, classifier, spec, threads)


def find_kept_model(
    text: str, *, runs_dir: Path, messages: Messages, trial: int | None = None
) -> FoundModel:
    """Find a kept model by what it is called.

    Args:
        text: `RUN:MODEL`, where the run is named as for `digitbench show`; a run that kept one
            model alone; a model, of the newest run that kept it, smoke runs left out; or the
            directory of a kept model.
        runs_dir: where runs are kept.
        messages: where damaged runs are named that are passed over.
        trial: of which trial; by default the first that was kept.

    Raises:
        UsageError: there is no such kept model, or there are several.
        KeptModelError: what it says of itself is damaged.
        StoreError: the run that is named is damaged.
    """
    if is_kept_model(Path(text)):
        return FoundModel(Path(text), read_record(Path(text)))
    run, model = run_and_model(text, runs_dir)
    if run is not None:
        record = read_run(run, set_predictions=False)
        if found := _chosen(record, model, trial):
            return found
        raise UsageError(_none_in(record, model, trial))
    for record in runs_that_kept(runs_dir, messages):
        if found := _chosen(record, text, trial):
            return found
    raise UsageError(_none_called(text, runs_dir))


def _chosen(record: RunRecord, model: str | None, trial: int | None) -> FoundModel | None:
    """Return the kept model of a run that is meant; None if there is none.

    Raises:
        UsageError: several may be meant.
    """
    there = [
        found
        for found in kept_models(record)
        if (model is None or found.kept.model.is_called(model))
        and (trial is None or found.kept.trial == trial)
    ]
    by_label = {found.kept.model.label: found for found in reversed(there)}  # the first trial's
    if model in by_label:
        return by_label[model]
    if len(by_label) > 1:
        raise UsageError(
            f"{record.id} kept several models: name one as RUN:MODEL, of "
            f"{', '.join(reversed(by_label))}"
        )
    return next(iter(by_label.values()), None)


def _none_called(text: str, runs_dir: Path) -> str:
    """Say what to do where a text names no kept model.

    Raises:
        UsageError: the newest run is meant, and there is none.
    """
    run, colon, _ = text.partition(":")
    if run == LATEST:
        find_run(runs_dir, run)
    if "/" in text and "[" not in text:
        return f"{text} is no kept model: name a directory that has a model.json, or RUN:MODEL"
    none = f"no run in {runs_dir} kept a model '{text}'"
    if colon:  # some models have one in their names
        return f"{none}, and none is called '{run}'; `digitbench list` shows the runs"
    return (
        f"{none}: `digitbench run {shlex.quote(text)}` makes one, "
        f"`digitbench keep {shlex.quote(f'RUN:{text}')}` trains one of a stored run again"
    )


def _none_in(record: RunRecord, model: str | None, trial: int | None) -> str:
    """Say what to do where a run did not keep what is meant."""
    rows = [row.label for row in record.plan.models]
    if model is not None and not any(row.is_called(model) for row in record.plan.models):
        return f"{record.id} has no model '{model}'; it has: {', '.join(rows)}"
    what = rows[0] if model is None else model
    number = "" if trial is None else f" --trial {trial}"
    of_trial = "" if trial is None else f", trial {trial}"
    name = shlex.quote(f"{record.id}:{what}")
    return (
        f"{record.id} did not keep {what}{of_trial}: `digitbench keep {name}{number}` "
        "trains it again from its seed and keeps it"
    )


def runs_that_kept(runs_dir: Path, messages: Messages) -> Iterator[RunRecord]:
    """Yield the runs that may have kept a model, the newest first."""
    for path in run_paths(runs_dir):
        if not (path / "models").is_dir():
            continue
        try:
            record = read_run(path, set_predictions=False)
        except DigitbenchError as error:
            messages.warn(f"{error}; the run is passed over")
            continue
        if not record.plan.dataset.quick:
            yield record


def _plugin_files(directory: Path, given: Sequence[Path]) -> tuple[Path, ...]:
    """Return the plugin files for a kept model: those given, and those of the run it lies in."""
    try:
        plan = read_manifest(directory.absolute().parents[1]).plan
    except (DigitbenchError, IndexError):  # it lies alone
        return tuple(given)
    return plugin_files_of(plan, given).present


def _changes(kept: KeptModel, host: PluginHost) -> tuple[Fact, ...]:
    """Return what of the code of a kept model is not what it was."""
    row = kept.model
    (now,) = resolve_models([ModelRequest(row.name, row.options, row.label, row)], host)
    return differing(plugin_facts(row, now))


def _checked(images: Images) -> Images:
    """Return images as a classifier is given them: read-only.

    Raises:
        UsageError: they are not uint8 `(n, 28, 28)`.
    """
    found = np.asarray(images)
    if (
        found.dtype != np.uint8
        or found.shape[1:] != IMAGE_SHAPE
        or found.ndim != 1 + len(IMAGE_SHAPE)
    ):
        raise UsageError(
            f"images must be uint8 (n, 28, 28), ink bright on black: these are {found.dtype} "
            f"{found.shape}"
        )
    view = found.view()
    view.flags.writeable = False
    return view
