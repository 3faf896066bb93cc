"""Where a run's figures are from: everything that it takes to repeat or to doubt them."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.types import PlannedModel, RunPlan, RunRecord
from digitbench.types.labels import model_text
from digitbench.types.values import option_text

_VARIED = {"seed": "seed", "data": "training images", "both": "seed and training images"}


@dataclass(frozen=True)
class Provenance:
    """The facts of a run.

    Attributes:
        command: the command that repeats it.
        circumstances: names and values.
        models: for each model its label, plugin, version, source hash and options.
        versions: of distributions, by name.
        seeds: each trial's number and seed.
    """

    command: str
    circumstances: tuple[tuple[str, str], ...]
    models: tuple[tuple[str, str, str, str, str], ...]
    versions: tuple[tuple[str, str], ...]
    seeds: tuple[tuple[int, int], ...]


def provenance(record: RunRecord) -> Provenance:
    """Return the facts of a run."""
    seeds = {spec.trial: spec.seed for spec in record.plan.trial_specs()}
    return Provenance(
        command=command(record),
        circumstances=tuple(_circumstances(record)),
        models=tuple(map(_model, record.plan.models)),
        versions=(("Python", record.environment.python), *record.environment.versions.items()),
        seeds=tuple(seeds.items()),
    )


def command(record: RunRecord) -> str:
    """Return the command that repeats a run, without the places of this machine."""
    plan = record.plan
    words = [
        *("digitbench", "run", "--dataset", plan.dataset.name),
        *("--models", ",".join(model_text(row.label, row.alias_of) for row in plan.models)),
        *(["--quick"] if plan.dataset.quick else _trials(plan)),
        *("--seed", str(plan.base_seed), "--threads", str(plan.threads)),
    ]
    if plan.resampling is not None:
        words += ["--vary", plan.vary]
        words += ["--resample", plan.resampling.groups or plan.resampling.method]
        if plan.resampling.method == "subsample":
            words += ["--fraction", f"{plan.resampling.fraction:g}"]
    if plan.dataset.validation_size:
        rule = plan.dataset.validation_rule or plan.dataset.validation_size
        words += ["--validation", str(rule)]
    if plan.jobs > 1:
        words += ["--jobs", str(plan.jobs)]
    if plan.engine != "process":
        words += ["--engine", plan.engine]
    if plan.timeout_seconds is not None:
        words += ["--timeout", f"{plan.timeout_seconds:g}"]
    return shlex.join(words)


def _trials(plan: RunPlan) -> list[str]:
    """Return the options that say how many trials there are."""
    design = plan.sequential
    if design is None:
        return ["--trials", str(plan.trials)]
    words = ["--until-decided", *([",".join(design.pair)] if design.pair else [])]
    words += ["--trials", str(design.looks[0]), "--max-trials", str(design.looks[-1])]
    if design.budget_seconds is not None:
        words += ["--budget", f"{design.budget_seconds:g}s"]
    return words


def _circumstances(record: RunRecord) -> Iterator[tuple[str, str]]:
    plan, environment = record.plan, record.environment
    yield "Run", f"{record.id}, {record.status}"
    yield "Started", f"{record.started_at:%Y-%m-%d %H:%M:%S} UTC"
    if record.finished_at is not None:
        yield "Finished", f"{record.finished_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "Data", dataset_title(plan.dataset)
    yield "Source of the data", plan.dataset.source
    yield "Fingerprint of the data", plan.dataset.fingerprint
    once = any(map(plan.runs_once, plan.models))
    yield (
        "Trials of a model",
        f"{plan.trials}; 1 of a deterministic one" if once else str(plan.trials),
    )
    yield "Varied between trials", _VARIED[plan.vary]
    yield "Base seed", str(plan.base_seed)
    yield "Threads of a trial", str(plan.threads)
    yield "Trials at a time", str(plan.jobs)
    yield "Engine", plan.engine
    if plan.timeout_seconds is not None:
        yield "Time-out of a trial", formatting.duration(plan.timeout_seconds)
    yield "Processor", environment.processor
    yield "Processors available", str(environment.cpus)
    yield "Memory", formatting.size(environment.memory_bytes)
    yield "System", environment.platform
    variables = ", ".join(f"{name}={value}" for name, value in environment.variables.items())
    yield "Variables", variables or "none set"
    reused = sorted({r.reused_from for r in record.results if r.reused_from is not None})
    if reused:
        yield "Trials reused from", ", ".join(reused)


def _model(model: PlannedModel) -> tuple[str, str, str, str, str]:
    options = ", ".join(f"{name}={option_text(value)}" for name, value in model.options.items())
    distribution = " ".join(filter(None, (model.distribution, model.version)))
    return (
        model_text(model.label, model.alias_of),
        model.plugin,
        distribution or "a file",
        model.source_hash or formatting.ABSENT,
        options or "none",
    )
