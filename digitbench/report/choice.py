"""The best model under limits: in words and a table, and as a JSON document."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.choice import Choice
from digitbench.analysis.costs import Excess, limited_costs, standings
from digitbench.analysis.summary import ModelSummary
from digitbench.metrics import COSTS, FRACTION, Metric
from digitbench.printable import printable
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.plain_tables import natural_width
from digitbench.report.populations import on, population_of
from digitbench.report.verdicts import listed
from digitbench.types import RunRecord

DOCUMENT_VERSION = 1

_VERDICT_WIDTH = 26
"""Columns in which a verdict can be read with ease."""


def choice_report(
    record: RunRecord, choice: Choice, typed: Mapping[Metric, str], console: Console
) -> RenderableType:
    """Return which model was chosen, and why each other one was not.

    What is limited stands beside the accuracy, or all costs if nothing is. Where the
    console is too narrow for one table, the verdicts stand in one of their own.

    Args:
        record: the run.
        choice: what was chosen of it.
        typed: the limits as the user wrote them.
        console: where it will be printed.
    """
    models = _ordered(choice)
    told = [kind for kind in COSTS if any(model.figure(kind) is not None for model in models)]
    limited = [kind for kind in COSTS if kind in choice.limits]
    kinds = [*limited, *(kind for kind in choice.limits if kind not in COSTS)] or told
    figures = ["Mean\n%", *(kind.heading for kind in kinds)]
    rows = [
        (
            _name(model),
            formatting.percent(model.accuracy.mean if model.accuracy else None),
            *(_amount(kind, model) for kind in kinds),
            _reason(choice, model, typed),
        )
        for model in models
    ]
    tables = [_table(["Model", *figures], [row[:-1] for row in rows])]
    if natural_width(tables[0], console) + _VERDICT_WIDTH <= console.width:
        tables = [_table(["Model", *figures, "Verdict"], rows)]
    else:
        tables.append(_table(["Model", "Verdict"], [(row[0], row[-1]) for row in rows]))
    title = Text(printable(dataset_title(record.plan.dataset)), style="bold")
    sentences = (Text(printable(sentence)) for sentence in _sentences(choice, typed))
    parts = [part for table in tables for part in ("", table)]
    return Group(title, "", *sentences, *parts, "", Text(_front_sentence(models), style="dim"))


def choice_document(record: RunRecord, choice: Choice) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes."""
    closest = choice.closest if choice.chosen is None else None
    models = _ordered(choice)
    kinds = dict.fromkeys((*COSTS, *choice.limits))
    return {
        "document_version": DOCUMENT_VERSION,
        "run": record.id,
        "population": population_of(choice.comparison),
        "limits": {kind.limit_key: choice.limits.get(kind) for kind in kinds},
        "chosen": choice.chosen.planned.label if choice.chosen else None,
        "alike": [model.planned.label for model in choice.alike],
        "untested": [model.planned.label for model in choice.untested],
        "cheapest_alike": choice.cheapest.planned.label if choice.cheapest else None,
        "closest": closest.model.planned.label if closest else None,
        "models": [
            {
                "model": model.planned.label,
                "accuracy_mean": model.accuracy.mean if model.accuracy else None,
                **{kind.short_key: model.figure(kind) for kind in kinds},
                "verdict": _verdict(choice, model),
                "excesses": [_excess_document(excess) for excess in _excesses(choice, model)],
            }
            for model in models
        ],
        "pareto_front": [s.model.planned.label for s in standings(models) if s.on_front],
    }


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for heading in headings:
        if heading in ("Model", "Verdict"):
            table.add_column(heading, overflow="fold")
        else:
            lines = "\n".join(map(printable, heading.splitlines()))
            table.add_column(Text(lines), justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def _ordered(choice: Choice) -> list[ModelSummary]:
    """Return all models: those within the limits by accuracy, then the others."""
    chosen = [choice.chosen] if choice.chosen else []
    fitting = sorted([*choice.alike, *choice.untested, *choice.beaten], key=_error)
    excluded = sorted((excluded.model for excluded in choice.excluded), key=_error)
    return [*chosen, *fitting, *excluded]


def _error(model: ModelSummary) -> float:
    return 1 - model.accuracy.mean if model.accuracy else 1.0


def _sentences(choice: Choice, typed: Mapping[Metric, str]) -> Iterable[str]:
    """Say what was chosen, what may be as good, or what comes closest."""
    if choice.chosen is None:
        yield from _nothing_fits(choice, typed)
        return
    name = _name(choice.chosen)
    accuracy = formatting.percent(choice.chosen.accuracy.mean if choice.chosen.accuracy else None)
    others = len(choice.alike) + len(choice.untested) + len(choice.beaten)
    within = " within the limits" if choice.limits else ""
    if others:
        yield f"{name} is the most accurate of {others + 1} models{within}: {accuracy} % right."
    else:
        yield f"{name} is the only model{within}: {accuracy} % right."
    if choice.alike:
        names = listed([_name(model) for model in choice.alike])
        where = on(population_of(choice.comparison))
        yield f"By these trials it cannot be told apart from {names}, {where}."
    if choice.untested:
        names = listed([_name(model) for model in choice.untested])
        yield f"It was not tested against {names}: with one trial the spread is unknown."
    if choice.cheapest:
        yield _cheapest_sentence(choice.chosen, choice.cheapest, choice.limits)


def _nothing_fits(choice: Choice, typed: Mapping[Metric, str]) -> Iterable[str]:
    if not choice.limits:
        yield "No model has a trial that succeeded."
        return
    yield "No model is within the limits."
    closest = choice.closest
    if closest:
        excess = closest.worst
        figure = formatting.amount(excess.kind.unit, excess.figure)
        how = f"{excess.ratio:.3g} times"
        if excess.kind.less_is_better is False:
            how = "under"
        percent = " %" if excess.kind.unit == FRACTION else ""
        yield (
            f"{_name(closest.model)} comes closest: its {excess.kind.name} of {figure}{percent} is "
            f"{how} the limit of {typed[excess.kind]}."
        )


def _cheapest_sentence(
    chosen: ModelSummary, cheapest: ModelSummary, limits: Mapping[Metric, float]
) -> str:
    """Say what the cheapest of the models that may be as good costs, beside the one chosen."""
    parts = [
        f"{kind.name} {' against '.join(_amount(kind, model) for model in (cheapest, chosen))}"
        for kind in limited_costs(limits)
        if cheapest.figure(kind) is not None
    ]
    told = f": {', '.join(parts)}" if parts else ""
    return f"Of these, {_name(cheapest)} is the cheapest{told}."


def _reason(choice: Choice, model: ModelSummary, typed: Mapping[Metric, str]) -> str:
    """Say in a few words why a model was chosen or not."""
    verdict = _verdict(choice, model)
    if verdict == "over a limit":
        return "; ".join(_excess_text(excess, typed) for excess in _excesses(choice, model))
    if verdict == "alike" and choice.chosen:
        return f"not told apart from {_name(choice.chosen)}"
    if verdict == "not tested" and choice.chosen:
        return f"not tested against {_name(choice.chosen)}"
    if verdict == "less accurate" and choice.chosen:
        return f"less accurate than {_name(choice.chosen)}"
    return {"chosen": "chosen", "failed": "no trial succeeded"}[verdict]


def _verdict(choice: Choice, model: ModelSummary) -> str:
    groups = {
        "alike": choice.alike,
        "not tested": choice.untested,
        "less accurate": choice.beaten,
    }
    if model is choice.chosen:
        return "chosen"
    for verdict, models in groups.items():
        if any(model is other for other in models):
            return verdict
    return "over a limit" if _excesses(choice, model) else "failed"


def _excesses(choice: Choice, model: ModelSummary) -> tuple[Excess, ...]:
    return next((e.excesses for e in choice.excluded if e.model is model), ())


def _excess_text(excess: Excess, typed: Mapping[Metric, str]) -> str:
    if excess.figure is None:
        return f"{excess.kind.name} {excess.kind.missing}"
    over = "under" if excess.kind.less_is_better is False else "over"
    return f"{excess.kind.name} {over} {typed[excess.kind]}"


def _excess_document(excess: Excess) -> dict[str, Any]:
    return {
        "limit": excess.kind.limit_key,
        "allowed": excess.limit,
        "figure": excess.figure,
    }


def _amount(kind: Metric, model: ModelSummary) -> str:
    return formatting.amount(kind.unit, model.figure(kind))


def _front_sentence(models: Sequence[ModelSummary]) -> str:
    """Say which models no other one beats in accuracy and every cost together."""
    found = standings(models)
    front = [_name(standing.model) for standing in found if standing.on_front]
    if len(front) == len(found):
        return "No model is beaten by another in accuracy and every cost at once."
    return (
        f"Not beaten by another in accuracy and every cost at once (Pareto front): {listed(front)}."
    )


def _name(model: ModelSummary) -> str:
    return printable(model.planned.label)
