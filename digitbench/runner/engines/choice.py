"""The engines by name."""

from collections.abc import Callable
from pathlib import Path

from digitbench.errors import UsageError
from digitbench.runner.engines import Engine

ENGINES = ("process", "inline", "dask")
DEFAULT_ENGINE = "process"


def make_engine(
    name: str,
    *,
    jobs: int = 1,
    timeout_seconds: float | None = None,
    plugin_files: tuple[Path, ...] = (),
    examine: Callable[[BaseException], None] | None = None,
) -> Engine:
    """Make the engine of a name.

    Args:
        name: one of `ENGINES`.
        jobs: how many trials run at a time.
        timeout_seconds: how long a trial may take.
        plugin_files: single-file plugins that other processes are to load.
        examine: gets the error of a trial that fails, in the process that runs it.

    Raises:
        UsageError: there is no such engine, or it cannot do what is asked of it.
    """
    if name == "inline":
        return _inline(jobs, timeout_seconds, examine)
    if examine is not None:
        raise UsageError("a debugger needs the trials in this process: use --engine inline")
    if name == "process":
        from digitbench.runner.engines.process import ProcessEngine

        return ProcessEngine(jobs, timeout_seconds, plugin_files)
    raise UsageError(f"there is no engine '{name}'; there are: {', '.join(ENGINES)}")


def _inline(
    jobs: int, timeout_seconds: float | None, examine: Callable[[BaseException], None] | None
) -> Engine:
    from digitbench.runner.engines.inline import InlineEngine

    if jobs > 1:
        raise UsageError("the engine inline runs one trial at a time: leave out --jobs")
    if timeout_seconds is not None:
        raise UsageError("the engine inline cannot stop a trial: leave out --timeout")
    return InlineEngine(examine)
