"""Kept models: loaded with every check, and made to predict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from digitbench.errors import DigitbenchError, KeptModelError, UsageError
from digitbench.foreign import foreign_code
from digitbench.kept import FoundModel, KeptModel, kept_models, read_files
from digitbench.kept.storage import FILES
from digitbench.plugins import PluginHost, load_plugins
from digitbench.provenance import Fact, differing, plugin_facts
from digitbench.runner.classifier_output import check_predictions, check_probabilities
from digitbench.runner.model_requests import ModelRequest
from digitbench.runner.recall import plugin_files_of
from digitbench.runner.resolve import find_model, resolve_models
from digitbench.store import read_manifest
from digitbench.types import (
    IMAGE_SHAPE,
    BuildContext,
    Classifier,
    Images,
    Labels,
    ModelSpec,
    available_cpus,
)
from digitbench.workflows.find_kept import find_kept_model
from digitbench.workflows.messages import Messages

__all__ = [
    "FoundModel",
    "KeptModel",
    "LoadedModel",
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
