"""`digitbench.check`: the gate of a CI job, from Python."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from digitbench.api.messages import messages_shown
from digitbench.api.run import Run
from digitbench.api.settings import environment, fields_of
from digitbench.api.shown import as_html, as_text
from digitbench.errors import UsageError
from digitbench.report.document import to_json
from digitbench.report.gate import check_document, check_markdown, check_report
from digitbench.report.junit import junit_xml
from digitbench.workflows.check import (
    CheckInterruptedError,
    GateSettings,
    Judgement,
    Task,
    gate_settings,
    judge_new,
    judge_stored,
    read_baseline,
)
from digitbench.workflows.chosen import ChosenModels
from digitbench.workflows.files import write_file
from digitbench.workflows.request import RunRequest
from digitbench.workflows.stored_request import request_from_baseline

_REPORTS: Mapping[str, Callable[[Judgement], str]] = {
    ".xml": junit_xml,
    ".md": check_markdown,
    ".json": lambda check: to_json(check_document(check)),
}


class GateResult:
    """What a check found; Jupyter draws it.

        >>> assert digitbench.check(run, min_accuracy=0.9).passed

    Attributes:
        run: the run that was judged.
    """

    def __init__(self, check: Judgement, run: Run) -> None:
        """Show a check of a run."""
        self._check = check
        self.run = run

    @property
    def passed(self) -> bool:
        """Whether it lets pass."""
        return self._check.passed

    @property
    def outcome(self) -> str:
        """What the worst gate says: `pass`, `fail` or `inconclusive`."""
        return self._check.outcome.value

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return as_text(lambda console: check_report(self._check))

    def _repr_html_(self) -> str:
        return as_html(lambda console: check_report(self._check))

    def report(self, file: str | os.PathLike[str]) -> Path:
        """Write it as JUnit XML, Markdown or JSON, by what the file's name ends in.

        >>> result.report("junit.xml")

        Raises:
            UsageError: the file cannot be written, or its name ends in something else.
        """
        target = Path(file)
        if target.suffix not in _REPORTS:
            raise UsageError(f"{target}: a check is written as {', '.join(_REPORTS)}")
        write_file(target, _REPORTS[target.suffix](self._check))
        return target


def check(
    run: Run | None = None,
    *,
    baseline: str | os.PathLike[str] | None = None,
    models: str | Mapping[str, object] | Collection[str] | None = None,
    **settings: Any,
) -> GateResult:
    """Judge a run by a baseline and by what is asked of it, as `digitbench check` does.

        >>> digitbench.check(baseline="baseline.json", tolerance="0.1 points").passed
        >>> digitbench.check(run, min_accuracy=0.9).passed

    Args:
        run: the run to judge; None to make a new one, by default of what the baseline has.
        baseline: file that `run.baseline` or `digitbench baseline` wrote.
        models: of a new run, as for `digitbench.run`; of a stored one, the labels to judge.
        **settings: the options of `digitbench check`, with underscores: what is asked, such as
            `min_accuracy` and `tolerance`; and of a new run, those of `digitbench.run`.

    Raises:
        UsageError: nothing is asked, or the run is of something else than the baseline.
        KeyboardInterrupt: the new run was interrupted; what had finished is kept.
    """
    asked = {name: settings.pop(name) for name in [*settings] if name in GateSettings.model_fields}
    held = None if baseline is None else read_baseline(Path(baseline))
    task = Task(held, gate_settings(asked))
    with messages_shown() as messages:
        if run is not None:
            if settings:
                raise UsageError(f"{min(settings)} is for a new run, and {run.id} is judged")
            labels = [models] if isinstance(models, str) else models
            chosen = None if labels is None else list(labels)
            return GateResult(judge_stored(run.record, replace(task, models=chosen), messages), run)
        given = fields_of(settings)
        request = (
            request_from_baseline(held, given, environment())
            if held
            else RunRequest.of(given, environment())
        )
        objects = None
        if models is not None:
            objects = ChosenModels.of(models)  # type: ignore[arg-type]
        try:
            found = judge_new(request, task, messages, chosen=objects)
        except CheckInterruptedError as interrupt:
            messages.info(str(interrupt))
            raise KeyboardInterrupt from interrupt
    path = request.runs_dir / found.record.id
    return GateResult(found, Run(found.record, path, objects.objects if objects else None))
