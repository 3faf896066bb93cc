"""What commands print of a run, to look at in Python."""

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType

from digitbench.analysis.choice import choose
from digitbench.analysis.costs import Cost
from digitbench.analysis.estimate import estimate
from digitbench.analysis.groups import group_differences, misread
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.api.shown import Shown
from digitbench.errors import UsageError
from digitbench.report.choice import choice_report
from digitbench.report.misread import ModelMisread, differing_groups, misread_report, worst_groups
from digitbench.report.plan import plan_tables
from digitbench.runner.history import earlier_runs
from digitbench.runner.run import environment_of
from digitbench.runner.selection import find_model
from digitbench.types import Images, RunRecord
from digitbench.workflows.execute import PendingRun
from digitbench.workflows.quantities import parse_bytes, parse_seconds

_LIMITS = {
    "max_fit": (Cost.FIT, parse_seconds),
    "max_predict": (Cost.PREDICT, parse_seconds),
    "max_latency": (Cost.LATENCY, parse_seconds),
    "max_size": (Cost.SIZE, parse_bytes),
    "max_memory": (Cost.MEMORY, parse_bytes),
}
_TWO = 2


def choice(record: RunRecord, limits: Mapping[str, str]) -> Shown:
    """Return the best model within limits; see `Run.choose`."""
    if unknown := limits.keys() - _LIMITS.keys():
        raise UsageError(f"{min(unknown)} is no limit; there are: {', '.join(_LIMITS)}")
    values = {_LIMITS[name][0]: _LIMITS[name][1](text, name) for name, text in limits.items()}
    typed = {_LIMITS[name][0]: text.strip() for name, text in limits.items()}
    found = choose(summarise(record), compare_run(record), values)
    return Shown(lambda console: choice_report(record, found, typed, console))


def misread_groups(
    chosen: Sequence[Outcomes], drawn: Images | None, *, writers: int, digits: int, named: bool
) -> Shown:
    """Return who is misread; see `Run.writers`."""
    shown = [ModelMisread(model, misread(model)) for model in chosen]

    def draw(console: Console) -> RenderableType:
        parts: list[RenderableType] = [misread_report(shown, console)]
        if writers and named and len(chosen) == _TWO:
            one, other = chosen
            differences = group_differences(one, other)
            name = shown[0].found.name
            parts += [
                "",
                differing_groups(
                    one, other, differences, name, most=writers, images=drawn, digits=digits
                ),
            ]
        elif writers:
            for model in shown if named else shown[:1]:
                parts += ["", worst_groups(model, most=writers, images=drawn, digits=digits)]
        return Group(*parts)

    return Shown(draw)


def planned(pending: PendingRun) -> Shown:
    """Return what a run would do; see `digitbench.plan`."""
    plan, host = pending.plan, pending.prepared.host
    trials = pending.left_after_reuse()
    expected = estimate(plan, trials, environment_of(plan), earlier_runs(pending.runs_dir))
    specs = {model.name: find_model(model.name, host).spec for model in plan.models}
    return Shown(lambda console: plan_tables(plan, trials, expected, specs))
