"""digitbench's own engines, offered the way any plugin offers its own."""

from collections.abc import Iterable

from digitbench import hookimpl
from digitbench.errors import UsageError
from digitbench.types import Engine, EngineContext, EngineSpec, NoOptions


def _process(options: NoOptions, context: EngineContext) -> Engine:
    from digitbench.runner.engines.process import ProcessEngine

    return ProcessEngine(context)


def _inline(options: NoOptions, context: EngineContext) -> Engine:
    from digitbench.runner.engines.inline import InlineEngine

    if context.jobs > 1:
        raise UsageError("the engine inline runs one trial at a time: leave out --jobs")
    if context.timeout_seconds is not None:
        raise UsageError("the engine inline cannot stop a trial: leave out --timeout")
    return InlineEngine(context.examine)


@hookimpl
def digitbench_engines() -> Iterable[EngineSpec]:
    """Return the engines `process` and `inline`."""
    return [
        EngineSpec("process", "Worker processes on this machine; the default", _process),
        EngineSpec(
            "inline",
            "digitbench's own process, one trial after the other; for debugging",
            _inline,
            in_this_process=True,
        ),
    ]
