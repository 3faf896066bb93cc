"""What comes before every run: load the plugins and the data, and make the plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digitbench.datasets.load import (
    FALLBACK_DATASET,
    LoadedDataset,
    default_cache_dir,
    load_dataset,
    load_default,
)
from digitbench.datasets.quick import quick_part
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.resolve import find_dataset, resolve_models
from digitbench.runner.set_requests import parse_test_sets, requests_of_sets
from digitbench.runner.wanted_sets import (
    LoadedSets,
    WantedSet,
    check_classes,
    load_sets,
    resolve_test_sets,
)
from digitbench.types import (
    DataContext,
    Engine,
    EngineContext,
    PlannedTestSet,
    PluginSources,
    RunPlan,
    SequentialDesign,
    TrialData,
)
from digitbench.workflows.chosen import ChosenModels
from digitbench.workflows.messages import Messages
from digitbench.workflows.plan import jobs_of, make_plan, sequential_design
from digitbench.workflows.request import RunRequest

Examine = Callable[[BaseException], None]


@dataclass(frozen=True)
class Prepared:
    """A plan with what it takes to run it."""

    plan: RunPlan
    host: PluginHost
    data: TrialData
    engine: Engine


def prepare(
    request: RunRequest,
    messages: Messages,
    examine: Examine | None = None,
    chosen: ChosenModels | None = None,
    design: SequentialDesign | None = None,
    stored_sets: Sequence[PlannedTestSet] | None = None,
    early: object | None = None,
) -> Prepared:
    """Make the plan of what was asked for; say which plugins failed and which data stand in.

    Args:
        request: what was asked for.
        messages: where that is said.
        examine: gets the error of a trial that fails, in the process that runs it.
        chosen: the models; None for those that the request names.
        design: how a stored run's number of trials is decided; None for what is asked for.
        stored_sets: a stored run's test sets; None for what is asked for.
        early: what `digitbench.workflows.early.early_worker` gave.

    Raises:
        DigitbenchError: a model, an option, the data set or the engine is not there, or bad.
    """
    chosen = chosen or ChosenModels.of(request.models)
    host = load_plugins(files=request.plugin_files)
    if chosen.objects:
        host.offer_python_models(chosen.objects.__getitem__)
    for failure in host.failures:
        messages.warn(str(failure))
    models = resolve_models(chosen.requests, host, quick=request.quick)
    trials = request.trials
    if design is None and (design := sequential_design(request, models, host)):
        trials = design.looks[0]
    jobs = jobs_of(request, models, trials)
    request = request.model_copy(update={"jobs": jobs})
    context = EngineContext(
        jobs=jobs,
        timeout_seconds=request.timeout_seconds,
        plugins=PluginSources(
            tuple(path.resolve() for path in request.plugin_files),
            {} if request.engine == "inline" else chosen.packed(),
        ),
        data_dir=request.data_dir,
        offline=request.offline,
        examine=examine,
        early=early,
    )
    engine = make_engine(request.engine, host, context, request.scheduler)
    if stored_sets is None:
        asked = parse_test_sets(request.test_sets)
    else:
        asked = requests_of_sets(stored_sets)
    wanted = resolve_test_sets(asked, host)
    loaded = _load_data(request, host, messages)
    sets = _load_sets(wanted, request, host, loaded, messages)
    plan, data = make_plan(request, models, loaded, design, trials)
    plan = plan.model_copy(update={"test_sets": sets.planned})
    return Prepared(plan, host, replace(data, test_sets=sets.test_sets), engine)


def _load_sets(
    wanted: Sequence[WantedSet],
    request: RunRequest,
    host: PluginHost,
    loaded: LoadedDataset,
    messages: Messages,
) -> LoadedSets:
    """Load the further test sets, saying which are left out.

    Raises:
        UsageError: the labels of one mean something else than those of the run's data set.
    """
    check_classes(wanted, find_dataset(loaded.dataset.name, host))
    with messages.loading(_where(request)) as context:
        return load_sets(wanted, loaded, context, messages.warn, quick=request.quick)


def _where(request: RunRequest) -> DataContext:
    """Say where loaders may look."""
    return DataContext(default_cache_dir(), request.data_dir, request.offline)


def _load_data(request: RunRequest, host: PluginHost, messages: Messages) -> LoadedDataset:
    """Load the data set that was named, or the default one, saying so if that is a stand-in."""
    with messages.loading(_where(request)) as context:
        if request.quick:
            spec = find_dataset(request.dataset or FALLBACK_DATASET, host)
            part = quick_part(load_dataset(spec, context))
            sizes = (
                f"{len(part.dataset.train):,} training and {len(part.dataset.test):,} test images"
            )
            messages.banner(
                "SMOKE RUN: this shows that the models run, and no more",
                f"One trial of each on {sizes} of '{spec.name}'.\n"
                "The figures below say nothing about how good the models are.",
            )
            return part
        if request.dataset is not None:
            return load_dataset(find_dataset(request.dataset, host), context)
        specs = {name: offer.spec for name, offer in host.datasets.items()}
        default = load_default(specs, context)
    if default.fallback_reason is not None:
        name = default.loaded.dataset.name
        messages.banner(
            f"NOT MNIST: this run uses the small bundled data set '{name}'",
            f"{default.fallback_reason}\nThe figures below say nothing about MNIST.",
        )
    return default.loaded
