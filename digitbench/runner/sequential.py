"""The design of a run that goes on until a comparison is settled, and the time it has taken."""

from collections.abc import Iterable, Sequence
from itertools import permutations

from digitbench.errors import UsageError
from digitbench.plugins import PluginHost
from digitbench.runner.plan import RunRequest
from digitbench.runner.selection import ALL_MODELS, parse_models, resolve_models
from digitbench.types import PlannedModel, SequentialDesign, TrialResult


def sequential_design(
    request: RunRequest, models: Sequence[PlannedModel], host: PluginHost
) -> SequentialDesign | None:
    """Return the design that was asked for; None if the number of trials is fixed.

    Args:
        request: what was asked for.
        models: the run's.
        host: the plugins, for the names of the two models to compare.

    Raises:
        UsageError: there are not two models to compare, or they are not among the run's.
    """
    if request.until_decided is None:
        return None
    if len(models) == 1:
        raise UsageError(
            f"--until-decided compares models, and there is only {models[0].label}: name two or "
            "more with --models"
        )
    return SequentialDesign(
        pair=_pair(request.until_decided, models, host),
        looks=request.looks,
        budget_seconds=request.budget_seconds,
    )


def busy_seconds(results: Iterable[TrialResult]) -> float:
    """Return for how long at least one of some trials was under way; reused ones count nothing.

    So the time between an interrupt and the resumption of a run does not count.
    """
    spans = sorted(
        (result.started_at.timestamp(), result.finished_at.timestamp())
        for result in results
        if result.finished_at is not None and result.reused_from is None
    )
    busy, until = 0.0, float("-inf")
    for start, end in spans:
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return busy


def _pair(text: str, models: Sequence[PlannedModel], host: PluginHost) -> tuple[str, str] | None:
    """Return the labels that the two models to compare have in the run; None for all pairs."""
    if text == ALL_MODELS:
        return None
    for first, second in permutations([model.label for model in models], 2):
        if text == f"{first},{second}":  # labels, which need not be names of models
            return first, second
    named = resolve_models(parse_models(text), host)
    if len(named) != 2:  # noqa: PLR2004
        raise UsageError(f"--until-decided takes two models, such as cnn,svm: not '{text}'")
    first, second = (_label_in_run(model, models) for model in named)
    return first, second


def _label_in_run(named: PlannedModel, models: Sequence[PlannedModel]) -> str:
    for model in models:
        if (model.name, model.options) == (named.name, named.options):
            return model.label
    raise UsageError(
        f"{named.label}, which --until-decided names, is not run: add it to --models, which has "
        f"{', '.join(model.label for model in models)}"
    )
