"""What the shell offers after Tab: names of models, data sets, runs, engines and exporters.

Only what is installed is looked at, and manifests of runs; no framework is imported. Whatever goes
wrong gives no names: nothing is ever printed into somebody's prompt.
"""

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from digitbench.cli.config import found_table
from digitbench.printable import printable

if TYPE_CHECKING:
    from digitbench.types import ModelOptions
    from digitbench.workflows.catalogue import PluginHost

Offered = tuple[str, str]
"""A word and what the shell may show beside it."""
Completer = Callable[[typer.Context, str], list[Offered]]

_MOST_RUNS = 50
_OPTION = re.compile(
    r"(?P<start>(?:.*,)?\s*(?:[^\s\[\],=]+=)?(?P<model>[^\s\[\],=]+)\[(?:[^\[\]]*,)?)(?P<word>\w*)"
)
_BEFORE_NAME = re.compile(r"(?:.*,)?\s*(?:[^\s\[\],=]+=)?", re.DOTALL)
"""What stands before the name of the last model: other models, and a label for it."""


def _quiet(names: Callable[[typer.Context, str], Iterable[Offered]]) -> Completer:
    """Make a function that gives names into one that never fails and never prints.

    A name that nobody could type is left out.
    """

    @wraps(names)
    def completer(ctx: typer.Context, incomplete: str) -> list[Offered]:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), suppress(Exception):
            offered = names(ctx, incomplete)
            return [(word, printable(text)) for word, text in offered if word.isprintable()]
        return []

    return completer


@_quiet
def complete_models(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the models for the last item of a list, or the options of one in brackets."""
    host = _host(ctx)
    if option := _OPTION.fullmatch(incomplete):
        offer = host.model(option["model"])
        yield from _options(option["start"], offer.spec.options if offer else None)
        return
    before = found[0] if (found := _BEFORE_NAME.match(incomplete)) else ""
    for name, model in host.models.items():
        yield f"{before}{name}", model.spec.summary
    for name, family in host.families.items():
        yield f"{before}{name}:", family.spec.summary


@_quiet
def complete_test_sets(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the test sets, then data sets, for the last item of a list, or options in brackets."""
    host = _host(ctx)
    if option := _OPTION.fullmatch(incomplete):
        offer = host.test_sets.get(option["model"].partition(":")[0])
        yield from _options(option["start"], offer.spec.options if offer else None)
        return
    before, comma, _ = incomplete.rpartition(",")
    for name, test_set in host.test_sets.items():
        colon = ":" if test_set.spec.argument else ""
        yield f"{before}{comma}{name}{colon}", test_set.spec.summary
    for name, dataset in host.datasets.items():
        if name not in host.test_sets:
            yield f"{before}{comma}{name}", dataset.spec.summary


def _options(start: str, options: "type[ModelOptions] | None") -> Iterator[Offered]:
    """Offer options, each whole, with its default: shells put a space after it."""
    from digitbench.types.values import option_text

    for name, field in options.model_fields.items() if options else ():
        if not field.is_required():
            default = field.get_default(call_default_factory=True)
            value = option_text(list(default) if isinstance(default, tuple) else default)
            yield f"{start}{name}={value}]", field.description or ""


@_quiet
def complete_datasets(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the data sets."""
    for name, offer in _host(ctx).datasets.items():
        yield name, offer.spec.summary


def complete_resampling(incomplete: str) -> Iterator[Offered]:
    """Offer ways to draw training images; groups are called as their data set calls them."""
    yield "bootstrap", "images, with replacement"
    yield "subsample", "images, without replacement"
    yield "writers", "whole writers, where they are known, as MNIST's are"


def complete_validation(incomplete: str) -> Iterator[Offered]:
    """Offer ways to hold out as many images as are held out of MNIST by custom."""
    yield "5000", "the last images"
    yield "writers:5000", "images of whole writers, where they are known, as MNIST's are"


@_quiet
def complete_engines(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the engines."""
    for name, offer in _host(ctx).engines.items():
        yield name, offer.spec.summary


@_quiet
def complete_exporters(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the exporters of runs, and the formats of models."""
    host = _host(ctx)
    for name, offer in host.exporters.items():
        yield name, offer.spec.summary
    formats: dict[str, list[str]] = {}
    for model, entry in host.models.items():
        for name in entry.spec.exports:
            formats.setdefault(name, []).append(model)
    for name, models in formats.items():
        yield name, f"a format of {', '.join(models)}"


@_quiet
def complete_runs(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer `latest` and the runs, newest first."""
    from digitbench.workflows.stored import run_paths

    paths = run_paths(_runs_dir(ctx))
    if paths:
        yield "latest", "the newest run"
    for path in islice(paths, _MOST_RUNS):
        yield path.name, ""


@_quiet
def complete_sides(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer what may be compared: models of the newest run, runs, and `RUN:MODEL` after a colon."""
    from digitbench.workflows.stored import find_run

    runs_dir = _runs_dir(ctx)
    run, colon, _ = incomplete.partition(":")
    if colon:
        for label in _labels(find_run(runs_dir, run)):
            yield f"{run}:{label}", ""
        return
    for label in _labels(find_run(runs_dir, ctx.params.get("run") or "latest")):
        yield label, "model of the run"
    yield from complete_runs(ctx, incomplete)


@_quiet
def complete_models_of_run(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the models of the run that is named, or else of the newest one."""
    from digitbench.workflows.stored import find_run

    for label in _labels(find_run(_runs_dir(ctx), ctx.params.get("run") or "latest")):
        yield label, ""


@_quiet
def complete_history(ctx: typer.Context, incomplete: str) -> Iterator[Offered]:
    """Offer the models of the stored runs, by name and by label."""
    from digitbench.workflows.stored import labels, run_paths

    found: dict[str, None] = {}
    for path in islice(run_paths(_runs_dir(ctx)), _MOST_RUNS):
        with suppress(Exception):  # a damaged run
            for names in labels(path):
                found |= dict.fromkeys(names)
    for name in found:
        yield name, ""


def in_completion() -> bool:
    """Tell whether the shell has started this process to complete a word."""
    return "_DIGITBENCH_COMPLETE" in os.environ


def _labels(run: Path) -> list[str]:
    from digitbench.workflows.stored import labels

    return [label for _, label in labels(run)]


def _host(ctx: typer.Context) -> "PluginHost":
    """Load the plugins that the command would, those of `--plugin-file` and the config file too."""
    from digitbench.workflows.catalogue import load_plugins

    files = [Path(file) for file in _setting(ctx, "plugin_files") or ()]
    return load_plugins(files=files)


def _runs_dir(ctx: typer.Context) -> Path:
    return Path(_setting(ctx, "runs_dir") or "runs")


def _setting(ctx: typer.Context, parameter: str) -> Any:
    """Return what the line says so far, or else the config file, or else the option's default."""
    source = ctx.get_parameter_source(parameter)
    value = ctx.params.get(parameter)
    if source is not None and source.name in {"COMMANDLINE", "ENVIRONMENT"}:
        return value
    file, table = found_table(ctx.params.get("config"))
    for name, setting in table.items():
        if name.replace("-", "_") == parameter:
            parts = setting if isinstance(setting, list) else [setting]
            paths = [Path(file.parent, Path(part).expanduser()) for part in parts]
            return paths if isinstance(setting, list) else paths[0]
    return value
