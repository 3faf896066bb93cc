"""`digitbench.run`, and completing a stored run: the shell's `digitbench run`, from Python."""

import os
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from digitbench.api.messages import messages_shown
from digitbench.api.run import Run
from digitbench.api.shown import Shown
from digitbench.errors import UsageError
from digitbench.runner.plan import RunRequest, quick_request
from digitbench.workflows.chosen import ChosenModels
from digitbench.workflows.execute import PendingRun, new_run, resumed_run
from digitbench.workflows.looks import execute, with_looks
from digitbench.workflows.stored import load_run as load_record

DEFAULT_RUNS_DIR = "runs"
_MOST_TRIALS = 50


def run(
    models: str | Mapping[str, object] = "all",
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
        models: a text as for `--models`; or a dict of models by the names they are to have. A value
            is such a text; a class or function that makes a classifier when it is called without
            arguments; an estimator with scikit-learn's interface; or a `ModelSpec`.
        reuse: take identical trials from earlier runs instead of running them.
        pdb: debug a failing trial where it fails: in this process, one at a time, no time-out.
        **settings: the options of `digitbench run`, with underscores and their defaults: `trials`,
            `dataset`, `data_dir`, `validation`, `seed`, `vary`, `resample`, `fraction`,
            `until_decided`, `budget`, `max_trials`, `engine`, `jobs`, `threads`, `timeout`,
            `scheduler`, `plugin_files`, `runs_dir`, `offline` and `quick`.

    Raises:
        UsageError: something that was asked for is not there, or wrong.
        DigitbenchError: the data cannot be had, or the run cannot be written.
    """
    with messages_shown(progress_shown=not pdb) as messages:
        pending, objects = _pending(models, settings, messages, reuse=reuse, pdb=pdb)
        return _executed(pending, objects, messages)


def plan(models: str | Mapping[str, object] = "all", **settings: Any) -> Shown:
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
    models: str | Mapping[str, object] | None,
    *,
    retry_failed: bool,
    **settings: Any,
) -> Run:
    """Complete a stored run; see `Run.resume`."""
    for name in ("until_decided", "max_trials", "quick"):
        if name in settings:
            raise UsageError(f"{name} is laid out when a run begins: leave it out of resume()")
    request, given = request_of({**settings, "runs_dir": stored.path.parent})
    objects = stored._objects  # noqa: SLF001
    chosen = ChosenModels.stored(
        stored.record.plan, objects, models if isinstance(models, Mapping) else None
    )
    given = given - {"runs_dir"}
    if isinstance(models, str):
        chosen = replace(ChosenModels.of(models), objects=chosen.objects)
    if models is not None and stored.record.plan.sequential is not None:
        known = {row.label for row in stored.record.plan.models}
        if {request.label for request in chosen.requests} != known:
            given |= {"models"}
    with messages_shown() as messages:
        pending = resumed_run(
            str(stored.path), request, given, messages, chosen=chosen, retry_failed=retry_failed
        )
        return _executed(pending, chosen.objects, messages)


def request_of(settings: Mapping[str, Any]) -> tuple[RunRequest, set[str]]:
    """Return the request that keyword arguments make, and which attributes of it they give.

    Raises:
        UsageError: one is not known, or they do not go together.
    """
    values = dict(settings)
    until, budget = values.pop("until_decided", None), values.pop("budget", None)
    most = values.pop("max_trials", None)
    values = {_ATTRIBUTES.get(name, name): value for name, value in values.items()}
    known = {field.name for field in fields(RunRequest)} - _NOT_SETTINGS
    if unknown := values.keys() - known:
        first = min(unknown)
        names = sorted({*known, "until_decided", "budget", "max_trials"})
        near = get_close_matches(first, names) or names
        raise UsageError(f"{first} is no setting of a run; there are: {', '.join(near)}")
    _check_together(values, until, budget, most)
    for name in ("data_dir", "runs_dir"):
        if values.get(name) is not None:
            values[name] = Path(os.fspath(values[name]))
    if "plugin_files" in values:
        files = values["plugin_files"]
        several = [files] if isinstance(files, str | os.PathLike) else files
        values["plugin_files"] = tuple(Path(os.fspath(file)) for file in several)
    request = RunRequest(**values)
    if request.quick:
        request = quick_request(request)
    text = None if budget is None else f"{budget:g}s" if _is_number(budget) else str(budget)
    request = with_looks(request, until, text, most or _MOST_TRIALS)
    return request, {*values, *({"budget_seconds"} if budget is not None else ())}


_ATTRIBUTES = {"timeout": "timeout_seconds", "plugin_file": "plugin_files"}
_NOT_SETTINGS = {"models", "until_decided", "looks", "budget_seconds"}


def _check_together(values: Collection[str], until: object, budget: object, most: object) -> None:
    if until is not None and "trials" in values:
        raise UsageError("until_decided finds the number of trials: leave out trials")
    if until is None and most is not None:
        raise UsageError("max_trials is for until_decided: add that")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _pending(
    models: str | Mapping[str, object],
    settings: Mapping[str, Any],
    messages: Any,
    *,
    reuse: bool,
    pdb: bool = False,
) -> tuple[PendingRun, Mapping[str, object]]:
    chosen = ChosenModels.of(models)
    request, _ = request_of(settings)
    if pdb:
        request = replace(request, engine="inline", jobs=1, timeout_seconds=None)
    examine = _debug if pdb else None
    return new_run(request, messages, examine, chosen=chosen, reuse=reuse), chosen.objects


def _executed(pending: PendingRun, objects: Mapping[str, object], messages: Any) -> Run:
    path = execute(pending, messages)
    record = load_record(path)
    if record.status == "interrupted":
        messages.info(f"interrupted; what had finished is kept in {path}: run.resume() goes on")
    return Run(record, path, objects)


def _debug(error: BaseException) -> None:
    """Open the debugger where a trial failed."""
    import pdb

    pdb.post_mortem(cast("Any", error.__traceback__))
