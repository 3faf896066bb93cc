"""What commands print of a run, to look at in Python."""

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType

from digitbench.api.shown import Shown
from digitbench.report.choice import choice_report
from digitbench.report.misread import differing_groups, misread_report, worst_groups
from digitbench.report.plan import plan_tables
from digitbench.types import Images, RunRecord
from digitbench.workflows.choose import choose
from digitbench.workflows.execute import PendingRun
from digitbench.workflows.writers import ErrorsByGroup


def choice(record: RunRecord, limits: Mapping[str, str], metrics: Sequence[str]) -> Shown:
    """Return the best model within limits; see `Run.choose`."""
    found, typed = choose(record, limits, metrics)
    return Shown(lambda console: choice_report(record, found, typed, console))


def misread_groups(
    errors: ErrorsByGroup, drawn: Images | None, *, writers: int, digits: int, named: bool
) -> Shown:
    """Return who is misread; see `Run.writers`."""

    def draw(console: Console) -> RenderableType:
        parts: list[RenderableType] = [misread_report(errors.models, console)]
        if writers and errors.pair is not None:
            name = errors.models[0].found.name
            parts += [
                "",
                differing_groups(
                    *errors.pair,
                    errors.differences,
                    name,
                    most=writers,
                    images=drawn,
                    digits=digits,
                ),
            ]
        elif writers:
            for model in errors.models if named else errors.models[:1]:
                parts += ["", worst_groups(model, most=writers, images=drawn, digits=digits)]
        return Group(*parts)

    return Shown(draw)


def planned(pending: PendingRun) -> Shown:
    """Return what a run would do; see `digitbench.plan`."""
    trials, expected = pending.estimate()
    return Shown(lambda console: plan_tables(pending.plan, trials, expected, pending.specs))
