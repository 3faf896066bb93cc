"""A reproduction as a Markdown page: tables, where and how they were made, what was left open."""

from collections.abc import Iterable, Iterator, Sequence

from digitbench.analysis.paper import Paper
from digitbench.analysis.reproduction import ExperimentResult
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.reproduction import READING_NOTES, notes, sections
from digitbench.report.tables.markdown import code, escaped
from digitbench.types import PlannedModel, RunRecord
from digitbench.types.values import option_text


def reproduction_page(
    record: RunRecord, paper: Paper, experiments: Sequence[ExperimentResult]
) -> str:
    """Return the page; a pure function of the stored run."""
    opening = (
        f"The experiments of {paper.reference}, repeated with digitbench. This page is the "
        "output of the command below."
    )
    lines = [
        "# Reproduction of the paper",
        "",
        opening,
        "",
        *_code(command(record, experiments)),
        "",
    ]
    for result in experiments:
        lines += _experiment(result)
    lines += ["## What the figures are", "", *(f"- {note}" for note in READING_NOTES), ""]
    lines += ["## Where and how", "", *_table(("", ""), _circumstances(record)), ""]
    lines += ["### Versions", ""]
    versions = record.environment.versions.items()
    lines += [*_table(("Distribution", "Version"), versions), ""]
    lines += ["### Options", "", "Every option of each model, defaults included.", ""]
    options = ((f"`{model.label}`", _options(model)) for model in record.plan.models)
    lines += [*_table(("Model", "Options"), options), ""]
    lines += ["## What the paper leaves open, and how it is read here", ""]
    for result in experiments:
        rows = result.experiment.open_points
        lines += [f"### {result.experiment.title}", ""]
        lines += [*_table(("Open point", "Reading"), rows), ""]
    return "\n".join(lines)


def command(record: RunRecord, experiments: Iterable[ExperimentResult]) -> str:
    """Return the command that makes this reproduction, without the places of this machine."""
    plan = record.plan
    line = (
        f"digitbench reproduce --trials {plan.trials} --seed {plan.base_seed} "
        f"--threads {plan.threads}"
    )
    labels = {model.label for model in plan.models}
    best = any(labels.intersection(result.experiment.best) for result in experiments)
    return f"{line} --best" if best else line


def _experiment(result: ExperimentResult) -> Iterator[str]:
    labels = (code(recipe.summary.planned.label) for recipe in result.recipes)
    rows = [(row.heading, *row.cells) for section in sections(result) for row in section]
    yield from (f"## {result.experiment.title}", "", "Accuracies in %.", "")
    yield from _table(("", "Paper", *labels), rows, numeric=True)
    yield ""
    yield from (f"- {note}" for note in notes(result))
    for recipe in result.recipes:
        for trial in recipe.summary.failed:
            error = escaped(trial.error or "")
            yield f"- {code(trial.spec.model)}, trial {trial.spec.trial} failed: {error}"
    yield ""


def _circumstances(record: RunRecord) -> Iterator[tuple[str, str]]:
    plan, environment = record.plan, record.environment
    seeds = {spec.trial: spec.seed for spec in plan.trial_specs()}
    yield "Date", _date(record)
    yield "Run", f"`{record.id}`, {record.status}"
    yield "Processor", environment.processor
    yield "Processors available", str(environment.cpus)
    yield "Threads per trial", str(plan.threads)
    yield "Memory", formatting.size(environment.memory_bytes)
    yield "System", environment.platform
    yield "Python", environment.python
    yield "Variables", ", ".join(f"{k}={v}" for k, v in environment.variables.items()) or "none set"
    yield "Engine", plan.engine
    yield "Data", dataset_title(plan.dataset)
    yield "Fingerprint of the data", f"`{plan.dataset.fingerprint}`"
    yield "Base seed", str(plan.base_seed)
    yield "Seeds of the trials", ", ".join(map(str, seeds.values()))


def _options(model: PlannedModel) -> str:
    return ", ".join(f"{name}={option_text(value)}" for name, value in model.options.items())


def _date(record: RunRecord) -> str:
    start = f"{record.started_at:%Y-%m-%d %H:%M}"
    if record.finished_at is None:
        return f"{start} UTC"
    return f"{start} to {record.finished_at:%Y-%m-%d %H:%M} UTC"


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: bool = False
) -> Iterator[str]:
    """Yield the lines of a Markdown table; all columns but the first to the right if numeric."""
    yield _line(headings)
    yield _line(["---", *("---:" if numeric else "---" for _ in headings[1:])])
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _code(text: str) -> tuple[str, str, str]:
    return "```sh", text, "```"
