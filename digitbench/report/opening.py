"""How all that is printed of a run begins: the verdict, and the trials that failed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from digitbench.analysis.summary import ModelSummary
from digitbench.printable import printable
from digitbench.report.headline import Answer, Headline
from digitbench.types import TrialResult


def headline_lines(found: Headline) -> Iterator[Text]:
    """Yield the verdict as lines for a terminal: the answer stands out, the costs do not."""
    smoke = found.answer is Answer.SMOKE_RUN
    first, *others = found.sentences
    yield Text(printable(first), style="bold yellow" if smoke else "bold green")
    for sentence in others:
        style = "" if sentence == found.recommendation else "bold"
        yield Text(printable(sentence), style=style)


def failure_lines(summaries: Sequence[ModelSummary]) -> Iterator[Text]:
    """Yield a red line for each reason for which trials of a model failed."""
    for summary in summaries:
        by_reason = sorted(summary.failed, key=_reason)
        for reason, group in groupby(by_reason, key=_reason):
            trials = list(group)
            numbers = ", ".join(str(trial.spec.trial) for trial in trials)
            which = f"trial {numbers}" if len(trials) == 1 else f"trials {numbers}"
            label = summary.planned.label
            yield Text(printable(f"{label}, {which} failed: {reason}"), style="bold red")


def _reason(trial: TrialResult) -> str:
    return trial.error or ""
