"""Finds the engine that `--engine` names and makes it."""

from digitbench import __version__
from digitbench.distributions import OWN_NAME
from digitbench.errors import UsageError
from digitbench.foreign import foreign_code
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.runner.engines import plugin
from digitbench.runner.engines.checked import CheckedEngine
from digitbench.runner.model_requests import parse_models
from digitbench.runner.resolve import find_engine, parse_option_values
from digitbench.types import Engine, EngineContext

DEFAULT_ENGINE = "process"
_SCHEDULER = "scheduler"


def make_engine(
    text: str, host: PluginHost, context: EngineContext, scheduler: str | None = None
) -> Engine:
    """Make an engine.

    Args:
        text: what `--engine` says: a name, perhaps with options in brackets.
        host: the plugins.
        context: what the engine may know.
        scheduler: what `--scheduler` says, which is short for the engine's option of that name.

    Raises:
        UsageError: there is no such engine, it cannot do what is asked of it, or an option is
            wrong.
    """
    if DEFAULT_ENGINE not in host.engines:  # digitbench's own plugins are disabled or not found
        host.add(PluginInfo("engines", OWN_NAME, __version__), lambda: plugin)
    request, *others = parse_models(text, "--engine")
    if others or request.label is not None:
        raise UsageError(f"--engine takes one engine, not '{text}'")
    offer = find_engine(request.name, host)
    spec, values = offer.spec, dict(request.options)
    if scheduler is not None:
        _check_scheduler(request.name, values, host)
        values[_SCHEDULER] = scheduler
    if context.examine is not None and not spec.in_this_process:
        raise UsageError("a debugger needs the trials in this process: use --engine inline")
    options = parse_option_values(spec.name, spec.options, values, "engine")
    with foreign_code(lambda reason: UsageError(f"no engine {spec.name} can be made: {reason}")):
        engine = spec.build(options, context)
    own = offer.plugin.distribution == OWN_NAME
    return engine if own else CheckedEngine(spec.name, engine)


def _check_scheduler(name: str, options: dict[str, object], host: PluginHost) -> None:
    """Refuse `--scheduler` where it has no meaning.

    Raises:
        UsageError: the engine takes no scheduler, or has been given one already.
    """
    takers = [n for n, o in host.engines.items() if _SCHEDULER in o.spec.options.model_fields]
    if name not in takers:
        first = takers[0] if takers else "dask"
        raise UsageError(f"--scheduler is for the engine {first}: add --engine {first}")
    if _SCHEDULER in options:
        raise UsageError("--engine names a scheduler too: leave out --scheduler")
