"""`digitbench.run`, and completing a stored run: the shell's `digitbench run`, from Python."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from digitbench.api.messages import messages_shown
from digitbench.api.run import Run
from digitbench.api.settings import Place, environment, fields_of, place
from digitbench.api.shown import Shown
from digitbench.errors import UsageError
from digitbench.workflows.chosen import ChosenModels, Models
from digitbench.workflows.execute import PendingRun, new_run, resumed_run
from digitbench.workflows.further_sets import add_test_sets
from digitbench.workflows.looks import execute
from digitbench.workflows.request import RunRequest
from digitbench.workflows.stored import load_run as load_record


def run(
    models: Models = "all",
    *,
    reuse: bool = False,
    pdb: bool = False,
    **settings: Any,
) -> Run:
    """Run repeated trials of models and compare them, as `digitbench run` does.

    After Ctrl-C, or the kernel's interrupt, the run with what has finished is returned.

        >>> run = digitbench.run("softmax,cnn", trials=5)
        >>> run = digitbench.run({"mine": MyClassifier, "svm": "svm[C=5]"}, dataset="digits")

    Args:
        models: a text as for `--models`, or a list of such; or a dict of models by the names they
            are to have. A value is such a text; a class or function that makes a classifier when it
            is called without arguments; an estimator with scikit-learn's interface; or a
            `ModelSpec`.
        reuse: take identical trials from earlier runs instead of running them.
        pdb: debug a failing trial where it fails: in this process, one at a time, no time-out.
        **settings: the options of `digitbench run`, with underscores and their defaults: `trials`,
            `dataset`, `data_dir`, `validation`, `test_sets` (a text, or a list of texts), `seed`,
            `vary`, `resample`, `fraction`, `until_decided`, `budget`, `max_trials`, `engine`,
            `jobs`, `threads`, `timeout`, `scheduler`, `plugin_files`, `runs_dir`, `offline` and
            `quick`.

    Raises:
        UsageError: something that was asked for is not there, or wrong.
        DigitbenchError: the data cannot be had, or the run cannot be written.
    """
    with messages_shown(progress_shown=not pdb) as messages:
        pending, objects = _pending(models, settings, messages, reuse=reuse, pdb=pdb)
        return _executed(pending, objects, messages)


def plan(models: Models = "all", **settings: Any) -> Shown:
    """Show what `digitbench.run` would run with the same arguments, and how long it may take.

    >>> digitbench.plan("softmax,cnn", trials=5)

    Args:
        models: as for `digitbench.run`.
        **settings: likewise; `reuse` too.

    Raises:
        DigitbenchError: as `digitbench.run` does.
    """
    from digitbench.api.views import planned

    reuse = bool(settings.pop("reuse", False))
    with messages_shown() as messages:
        return planned(_pending(models, settings, messages, reuse=reuse)[0])


def resume(
    stored: Run,
    models: Models | None,
    *,
    retry_failed: bool,
    **settings: Any,
) -> Run:
    """Complete a stored run; see `Run.resume`."""
    for name in ("until_decided", "max_trials", "quick"):
        if name in settings:
            raise UsageError(f"{name} is laid out when a run begins: leave it out of resume()")
    if "test_sets" in settings:
        raise UsageError("test_sets is laid out when a run begins: run.test(test_sets) adds some")
    objects = stored._objects  # noqa: SLF001
    chosen = ChosenModels.stored(
        stored.record.plan, objects, models if isinstance(models, Mapping) else None
    )
    given = fields_of(settings)
    if models is not None and not isinstance(models, Mapping):
        chosen = replace(ChosenModels.of(models), objects=chosen.objects)
    if models is not None and stored.record.plan.sequential is not None:
        known = {row.label for row in stored.record.plan.models}
        if {request.label for request in chosen.requests} != known:
            given["models"] = models
    with messages_shown() as messages:
        pending = resumed_run(
            stored.path,
            given,
            environment() | {"runs_dir": stored.path.parent},
            messages,
            chosen=chosen,
            retry_failed=retry_failed,
        )
        return _executed(pending, chosen.objects, messages)


def add_sets(
    stored: Run,
    test_sets: str | Sequence[str],
    *,
    data_dir: Place | None,
    offline: bool,
    plugin_files: Sequence[Place],
) -> Run:
    """Try a run's kept models on further test sets; the arguments are those of `Run.test`.

    Raises:
        UsageError: there is no such set, or no trial can be tried on one.
    """
    text = test_sets if isinstance(test_sets, str) else ",".join(test_sets)
    with messages_shown() as messages:
        found = add_test_sets(
            *(stored.path, text, messages),
            runs_dir=stored.path.parent,
            data_dir=place("data_dir", data_dir),
            offline=offline,
            plugin_files=[Path(file) for file in plugin_files],
        )
    return Run(found.record, stored.path, stored._objects)  # noqa: SLF001


def _pending(
    models: Models,
    settings: Mapping[str, Any],
    messages: Any,
    *,
    reuse: bool,
    pdb: bool = False,
) -> tuple[PendingRun, Mapping[str, object]]:
    chosen = ChosenModels.of(models)
    given = fields_of(settings)
    if pdb:
        given |= {"engine": "inline", "jobs": 1, "timeout_seconds": None}
    request = RunRequest.of(given, environment())
    examine = _debug if pdb else None
    return new_run(request, messages, examine, chosen=chosen, reuse=reuse), chosen.objects


def _executed(pending: PendingRun, objects: Mapping[str, object], messages: Any) -> Run:
    path = execute(pending, messages)
    record = load_record(path)
    if record.status == "interrupted":
        messages.info(f"interrupted; what had finished is stored in {path}: run.resume() goes on")
    return Run(record, path, objects)


def _debug(error: BaseException) -> None:
    """Open the debugger where a trial failed."""
    import pdb

    pdb.post_mortem(cast("Any", error.__traceback__))
